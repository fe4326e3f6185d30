import { up } from '../../testbed/simulation';
import { deployOperator } from '../../testbed/simulation/cluster';

/** Starts a control plane with simulated nodes and pods, and deploys, from the project's own synthesis, all but the operator. */
export default async function setup(): Promise<void> {
  await up();
  (await deployOperator()).close();
}
