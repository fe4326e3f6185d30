import type { Cluster } from '../../demo/cluster';
import { mustServiceBackup } from '../../demo/command-line';
import { JOB_NAMESPACE, OPERATOR_NAMESPACE } from '../../demo/deploy';
import { runOnce } from '../../demo/round';
import { contentOf } from './bucket-tree';
import { deployAll, GUESTBOOK, theCluster, WIKI } from './deployment';

jest.setTimeout(240_000);

let cluster: Cluster;
const BUCKETS = ['guestbook-backup', 'wiki-backup'];
const objects = () => BUCKETS.map(contentOf);
const remove = (...what: string[]) => cluster.kubectl(['delete', ...what]);
const snapshots = async () => {
  const out = await mustServiceBackup(cluster, ['snapshots', 'guestbook/backup', '--json']);
  return (JSON.parse(out) as { snapshots: { id: string }[] }).snapshots.map(({ id }) => id);
};

/** From the least to everything, each beside what is already gone. */
const DELETIONS: [what: string, deletion: () => Promise<unknown>][] = [
  ['a ServiceBackup', () => remove('servicebackup', 'backup', '-n', 'guestbook')],
  ['the BackupConfig', () => remove('backupconfig', 'default', '-n', OPERATOR_NAMESPACE)],
  ["a service's namespace", () => remove('namespace', 'wiki')],
  ['the CRDs', () => remove('crd', 'servicebackups.servicebackup.io', 'backupconfigs.servicebackup.io')],
  ['everything', () => remove('namespace', OPERATOR_NAMESPACE, JOB_NAMESPACE)],
];

let before: { objects: ReturnType<typeof objects>; snapshots: string[] };
beforeAll(async () => {
  cluster = await theCluster();
  await runOnce(cluster, [GUESTBOOK, WIKI], `before-deletion-${Date.now()}`, () => {});
  before = { snapshots: await snapshots(), objects: objects() };
  for (const bucket of before.objects) expect(Object.keys(bucket).length).toBeGreaterThan(5);
});
// Other files need what was deleted, however the tests ended.
afterAll(() => deployAll(cluster, () => {}), 120_000);

test.each(DELETIONS)('deleting %s leaves every object in the buckets as it was', async (_, deletion) => {
  await deletion();
  expect(objects()).toEqual(before.objects);
});

test('what is deployed again goes on with the repository and the snapshots that are there', async () => {
  await deployAll(cluster, () => {});
  expect(objects()).toEqual(before.objects);

  const [guestbook, wiki] = await runOnce(
    cluster,
    [GUESTBOOK, WIKI],
    `after-deletion-${Date.now()}`,
    () => {},
  );
  expect(guestbook!.status).toMatchObject({
    state: 'Success',
    items: [{ state: 'Success' }, { state: 'Success' }],
  });
  expect(wiki!.status).toMatchObject({ state: 'Success' });
  // The parent was found: what did not change is not read again.
  for (const { filesUnmodified } of guestbook!.status!.items!) expect(filesUnmodified).toBeGreaterThan(100);
  expect((await snapshots()).length).toBeGreaterThan(before.snapshots.length);
});
