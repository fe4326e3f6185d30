import { chmodSync, chownSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RestoreTask } from '../../../src/api';
import { CAPABILITIES } from '../../../src/api/capabilities';
import { Bench, describeTree, fill } from './harness';

let bench: Bench;
let bucket: string;
let original: string;
beforeAll(async () => {
  bench = await Bench.start();
  bucket = bench.createRepository();
  const { source, item } = bench.volume();
  fill(source);
  original = describeTree(source);
  const backup = await bench.run(bench.backupTask(bucket, [item]));
  expect(backup.outcome?.items[0]).toMatchObject({ state: 'Success' });
}, 30_000);
afterAll(() => bench.stop());

const capabilities = CAPABILITIES.restore.map((name) => name.toLowerCase());
const target = () => bench.volume().source;
const restoreTask = (into: string, changes: Partial<RestoreTask> = {}): RestoreTask => ({
  version: 1,
  kind: 'restore',
  repository: bench.repository(bucket),
  item: 'data',
  select: { latest: true },
  target: into,
  ...changes,
});

test('an item is restored as it was: contents, modes, owners, times, links, and its root directory', async () => {
  const into = target();
  // As a driver may hand it over.
  chownSync(into, 1234, 1234);
  chmodSync(into, 0o700);
  mkdirSync(join(into, 'lost+found'));
  const run = await bench.run(restoreTask(into), { capabilities });
  expect(run.stderr).toBe('');
  expect(run.lines.at(0)).toMatchObject({ type: 'snapshot', item: 'data', run: 'run-1', files: 7 });
  expect(run.lines.at(-1)).toMatchObject({ type: 'result', state: 'Success', files: 7 });
  expect(run).toMatchObject({ code: 0, outcome: { items: [{ state: 'Success', files: 7 }] } });
  expect(describeTree(into).replace(/^lost\+found.*\n/m, '')).toBe(original);
}, 20_000);

test('not one of its capabilities is too much: without it, something is missing', async () => {
  const complete = await Promise.all(
    capabilities.map(async (missing) => {
      const into = target();
      const rest = capabilities.filter((name) => name !== missing);
      const { code } = await bench.run(restoreTask(into), { capabilities: rest });
      return code === 0 && describeTree(into) === original ? [missing] : [];
    }),
  );
  expect(complete.flat()).toEqual([]);
}, 60_000);

test('what cannot be restored is said: nothing is begun', async () => {
  const into = target();
  writeFileSync(join(into, 'precious'), 'x');
  const full = await bench.run(restoreTask(into), { capabilities });
  const before = await bench.run(restoreTask(target(), { select: { asOf: '2001-01-01' } }), { capabilities });
  const stranger = { ...bench.repository(bucket).owner, cluster: 'cluster-b' };
  const anothers = await bench.run(
    restoreTask(target(), { repository: bench.repository(bucket, { owner: stranger }) }),
    { capabilities },
  );
  const failures = [full, before, anothers].map(({ code, lines, outcome }) => ({
    code,
    lines: lines.map((line) => ('reason' in line ? line.reason : line.type)),
    outcome: outcome?.failure?.reason,
  }));
  expect(failures).toEqual([
    { code: 1, lines: ['TargetNotEmpty'], outcome: 'TargetNotEmpty' },
    { code: 1, lines: ['NoSuchSnapshot'], outcome: 'NoSuchSnapshot' },
    { code: 1, lines: ['RepositoryOwnedByAnother'], outcome: 'RepositoryOwnedByAnother' },
  ]);
  expect(full.lines[0]).toMatchObject({
    message: 'The target of the restore holds precious: nothing was written. Restore into a new claim.',
  });
}, 30_000);

test('a list ends with how many there were', async () => {
  const run = await bench.run({ version: 1, kind: 'list', repository: bench.repository(bucket) });
  expect(run.lines).toEqual([
    expect.objectContaining({ type: 'snapshot', item: 'data', run: 'run-1', files: 7 }),
    { type: 'end', count: 1 },
  ]);
  expect(run).toMatchObject({ code: 0, outcome: { items: [] } });
});

test('a snapshot that cannot be read is told, and nothing else put in its place', async () => {
  const damaged = bench.copyOf(bucket);
  const [older] = bench.resticSnapshots(damaged);
  bench.resticRun(damaged, ['backup', __filename, '--host', 'wiki/backup/data', '--quiet']);
  const [, newer] = bench.resticSnapshots(damaged);
  writeFileSync(bench.inBucket(damaged, 'snapshots', newer?.id ?? ''), 'x'.repeat(200));
  const repository = bench.repository(damaged);
  const env = { RESTIC_CACHE_DIR: join(bench.directory, 'cache-damaged') };

  const all = await bench.run({ version: 1, kind: 'list', repository }, { env });
  expect(all.lines).toMatchObject([
    { type: 'snapshot', id: older?.id },
    { type: 'end', count: 1, unreadable: expect.stringContaining('invalid data returned') },
  ]);

  const latest = await bench.run(restoreTask(target(), { repository }), { capabilities, env });
  expect(latest.lines).toEqual([
    {
      type: 'result',
      state: 'Failed',
      reason: 'RepositoryDamaged',
      message: expect.stringMatching(
        new RegExp(
          `^There are snapshots that cannot be read \\(.*\\), so that the one asked for may be among them: nothing was written\\. Of item data, the nearest that can be read is ${older?.id.slice(0, 8)} of \\S+: to restore it, name it by its id\\.$`,
        ),
      ),
    },
  ]);
  const named = restoreTask(target(), { repository, select: { snapshot: older?.id.slice(0, 8) ?? '' } });
  expect((await bench.run(named, { capabilities, env })).code).toBe(0);
}, 20_000);

test('a task that is not understood is reported', async () => {
  expect(await bench.run('{"version":7}')).toMatchObject({
    code: 1,
    outcome: { failure: { reason: 'TaskInvalid' } },
    lines: [{ type: 'result', state: 'Failed', reason: 'TaskInvalid' }],
  });
});
