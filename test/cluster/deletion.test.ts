import type { Cluster } from '../../demo/cluster';
import { JOB_NAMESPACE, OPERATOR_NAMESPACE } from '../../demo/deploy';
import { runOnce } from '../../demo/round';
import { contentOf, keysOf } from './bucket-tree';
import { deployAll, GUESTBOOK, theCluster, WIKI } from './deployment';

jest.setTimeout(240_000);

let cluster: Cluster;
const objects = () => ['guestbook-backup', 'wiki-backup'].map(contentOf);
const snapshots = () => keysOf('guestbook-backup', 'snapshots/');
const remove = (...what: string[]) => cluster.kubectl(['delete', ...what]);

/** From the least to everything, each beside what is already gone. */
const DELETIONS: [what: string, deletion: () => Promise<unknown>][] = [
  ['a ServiceBackup', () => remove('servicebackup', 'backup', '-n', 'guestbook')],
  ['the BackupConfig', () => remove('backupconfig', 'default', '-n', OPERATOR_NAMESPACE)],
  ["a service's namespace", () => remove('namespace', 'wiki', '--wait=false')],
  ['the CRDs', () => remove('crd', 'servicebackups.servicebackup.io', 'backupconfigs.servicebackup.io')],
  [
    'everything',
    async () => {
      await remove('namespace', OPERATOR_NAMESPACE, JOB_NAMESPACE);
      await cluster.kubectl(['wait', 'namespace/wiki', '--for=delete', '--timeout=60s']);
    },
  ],
];

let before: ReturnType<typeof objects>;
let deployed = false;
beforeAll(async () => {
  cluster = await theCluster();
  await runOnce(cluster, [GUESTBOOK, WIKI], `before-deletion-${Date.now()}`, () => {});
  before = objects();
  for (const bucket of before) expect(Object.keys(bucket).length).toBeGreaterThan(5);
});
// Other files need what was deleted, however the tests ended.
afterAll(() => (deployed ? undefined : deployAll(cluster, () => {})), 120_000);

test.each(DELETIONS)('deleting %s leaves every object in the buckets as it was', async (_, deletion) => {
  await deletion();
  expect(objects()).toEqual(before);
});

test('what is deployed again goes on with the repository and the snapshots that are there', async () => {
  const known = snapshots();
  await deployAll(cluster, () => {});
  deployed = true;
  expect(objects()).toEqual(before);

  const [guestbook, wiki] = await runOnce(
    cluster,
    [GUESTBOOK, WIKI],
    `after-deletion-${Date.now()}`,
    () => {},
  );
  expect(wiki!.status).toMatchObject({ state: 'Success' });
  expect(guestbook!.status).toMatchObject({ state: 'Success' });
  // Parents were found: no file is new to them. Retention took at most one of each item.
  for (const { files, filesNew } of guestbook!.status!.items!) {
    expect(files).toBeGreaterThan(100);
    expect(filesNew).toBe(0);
  }
  expect(snapshots().length).toBeGreaterThanOrEqual(known.length);
});
