/** Run by mirror.test.ts in a process of its own: jest cannot load @kubernetes/client-node. Prints what a Mirror tells, as JSON lines. */
import { Kube, Mirror, RESOURCES } from '../../src/kube';

const [path, namespace] = process.argv.slice(2);
const say = (line: object) => process.stdout.write(`${JSON.stringify(line)}\n`);

const mirror = new Mirror(Kube.fromKubeconfig({ path }), {
  resource: RESOURCES.configMaps,
  namespace,
  labelSelector: 'probe=mirror',
  select: (map: { metadata: { name: string; labels?: Record<string, string> } }) =>
    map.metadata.labels?.value ?? '',
  onChange: (key, now) => say({ key, now: now ?? null }),
  onTrouble: (error) => say({ trouble: (error as Error).message }),
}).start();

mirror.whenSynced.then(() => say({ synced: mirror.size }));
process.on('SIGTERM', () => mirror.stop().then(() => process.exit(0)));
