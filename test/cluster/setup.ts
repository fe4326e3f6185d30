import { useTestbed } from '../../demo/cluster';
import { step } from '../../demo/steps';
import { deployAll } from './deployment';

/** Boots the testbed and deploys, from the project's own synthesis, the operator and the demo's services. */
export default async function setup(): Promise<void> {
  console.log('');
  const cluster = await step('Booting a Kubernetes of two nodes', (waiting) =>
    useTestbed((title, forWhat) => waiting(forWhat, title)),
  );
  await step('Deploying operator and services', (waiting) => deployAll(cluster, waiting));
}
