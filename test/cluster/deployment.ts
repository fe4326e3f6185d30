import { type Cluster, ofTestbed } from '../../demo/cluster';
import {
  apply,
  buildBundles,
  OPERATOR_NAMESPACE,
  synthesiseAnew,
  waitForDeployments,
  writeSecrets,
} from '../../demo/deploy';
import { createBuckets, fillVolumes, optionsOn } from '../../demo/scene';
import type { Waiting } from '../../demo/steps';
import { attach } from '../../testbed';

export { GUESTBOOK, WIKI } from '../../demo/scene';

export const theCluster = async (): Promise<Cluster> => ofTestbed(await attach());

export async function deployAll(cluster: Cluster, waiting: Waiting): Promise<void> {
  await buildBundles();
  synthesiseAnew(optionsOn(cluster, cluster.nodes[1]));
  await apply(cluster, waiting);
  await writeSecrets(cluster);
  await createBuckets(cluster);
  await waitForDeployments(cluster, [OPERATOR_NAMESPACE, 'guestbook', 'wiki'], 120, waiting);
  waiting('the volumes to be filled');
  await fillVolumes(cluster);
}

/** Puts wiki's pod on a node, or nowhere. */
export async function placeWiki(cluster: Cluster, node: string | undefined): Promise<void> {
  const replicas = node ? 1 : 0;
  const spec = {
    replicas,
    ...(node && { template: { spec: { nodeSelector: { 'kubernetes.io/hostname': node } } } }),
  };
  await cluster.kubectl([
    'patch',
    'deployment',
    'wiki',
    '-n',
    'wiki',
    '--type=merge',
    '-p',
    JSON.stringify({ spec }),
  ]);
  await waitForDeployments(cluster, ['wiki'], 120, () => {});
}
