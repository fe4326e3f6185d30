import type { Cluster } from './cluster';
import type { Service } from './round';
import { SEEDS } from './seed';
import type { SceneOptions } from './services';

export const GUESTBOOK: Service = { namespace: 'guestbook', name: 'backup' };
export const WIKI: Service = { namespace: 'wiki', name: 'backup' };
export const SERVICES = [GUESTBOOK, WIKI];

/** Each volume, and the workload whose pod fills it. */
const VOLUMES = [
  { service: GUESTBOOK, claim: 'uploads', workload: 'web' },
  { service: GUESTBOOK, claim: 'database', workload: 'database' },
  { service: WIKI, claim: 'pages', workload: 'wiki' },
] as const;

/** guestbook has a volume on each node (two groups), staged in two ways; wiki has one, on the node named. */
export function optionsOn(cluster: Cluster, wikiNode: string): SceneOptions {
  const [one, two] = cluster.nodes;
  const { plain, handle } = cluster.storageClasses;
  return {
    s3Host: cluster.s3.host,
    region: cluster.s3.region,
    storageClasses: { uploads: plain, database: handle, pages: handle },
    nodes: { web: one, database: two, wiki: wikiNode },
  };
}

export async function createBuckets(cluster: Cluster): Promise<void> {
  for (const { namespace } of SERVICES) await cluster.createBucket(`${namespace}-backup`);
}

/** Fills every volume, from within the pod that uses it. */
export async function fillVolumes(cluster: Cluster): Promise<void> {
  await Promise.all(
    VOLUMES.map(({ service, claim, workload }) =>
      cluster.kubectl([
        'exec',
        '-n',
        service.namespace,
        `deploy/${workload}`,
        '--',
        'sh',
        '-ec',
        SEEDS[claim],
      ]),
    ),
  );
}
