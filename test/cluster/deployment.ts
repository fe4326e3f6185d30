import { type Cluster, ofTestbed } from '../../demo/cluster';
import {
  apply,
  buildBundles,
  OPERATOR_NAMESPACE,
  synthesise,
  waitForDeployments,
  writeSecrets,
} from '../../demo/deploy';
import type { Service } from '../../demo/round';
import { SEEDS } from '../../demo/seed';
import type { Waiting } from '../../demo/steps';
import type { ServicesOptions } from '../../services';
import { attach } from '../../testbed';

export const GUESTBOOK: Service = { namespace: 'guestbook', name: 'backup' };
export const WIKI: Service = { namespace: 'wiki', name: 'backup' };

export const theCluster = async (): Promise<Cluster> => ofTestbed(await attach());

/** guestbook has a volume on each node (two groups); wiki has one. */
export const options = (cluster: Cluster, wikiNode = 'node-2'): ServicesOptions => ({
  s3Host: cluster.s3.host,
  region: cluster.s3.region,
  storageClasses: { uploads: 'plain', database: 'ceph', pages: 'ceph' },
  nodes: { web: 'node-1', database: 'node-2', wiki: wikiNode },
});

export async function deployAll(cluster: Cluster, waiting: Waiting): Promise<void> {
  await buildBundles();
  await apply(cluster, synthesise(options(cluster)), waiting);
  await writeSecrets(cluster);
  await cluster.createBucket('guestbook-backup');
  await cluster.createBucket('wiki-backup');
  await waitForDeployments(cluster, [OPERATOR_NAMESPACE, 'guestbook', 'wiki'], 120, waiting);
  waiting('the volumes to be filled');
  const fill = (namespace: string, workload: string, claim: keyof typeof SEEDS) =>
    cluster.kubectl(['exec', '-n', namespace, `deploy/${workload}`, '--', 'sh', '-ec', SEEDS[claim]]);
  await Promise.all([
    fill('guestbook', 'web', 'uploads'),
    fill('guestbook', 'database', 'database'),
    fill('wiki', 'wiki', 'pages'),
  ]);
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
