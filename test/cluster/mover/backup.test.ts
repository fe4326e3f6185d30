import { randomBytes } from 'node:crypto';
import { chownSync, existsSync, mkdirSync, readdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TaskItem } from '../../../src/api';
import { Bench, describeTree, fill, until } from './harness';

let bench: Bench;
beforeAll(async () => {
  bench = await Bench.start();
});
afterAll(() => bench.stop());

test('two volumes are backed up, and the second run finds the parents though paths have changed', async () => {
  const bucket = bench.createRepository();
  const data = bench.volume('data');
  const config = bench.volume('config');
  fill(data.source);
  writeFileSync(join(config.source, 'settings'), 'a=1\n');
  const before = describeTree(data.source);

  const first = await bench.run(bench.backupTask(bucket, [data.item, config.item]));

  expect(first).toMatchObject({ code: 0, outcome: { items: [{ state: 'Success' }, { state: 'Success' }] } });
  expect(first.outcome?.items[0]).toMatchObject({ files: 7, filesNew: 7, filesUnmodified: 0 });
  expect(first.outcome?.repository).toMatch(/^[0-9a-f]{64}$/);

  const elsewhere = bench.volume('config');
  writeFileSync(join(elsewhere.source, 'other'), 'b=2\n');
  const second = await bench.run(
    bench.backupTask(bucket, [elsewhere.item, data.item], {
      run: 'run-2',
      repository: bench.repository(bucket, { knownId: first.outcome?.repository }),
    }),
  );

  expect(second.outcome?.items[1]).toMatchObject({ state: 'Success', filesNew: 0, filesUnmodified: 7 });
  expect(describeTree(data.source)).toBe(before);
  const snapshots = bench.resticSnapshots(bucket);
  expect(snapshots.map(({ hostname }) => hostname)).toEqual([
    'wiki/backup/data',
    'wiki/backup/config',
    'wiki/backup/config',
    'wiki/backup/data',
  ]);
  expect(snapshots[0]?.tags).toEqual([
    'run=run-1',
    'cluster=cluster-a',
    'type=pvc',
    'root=2770:999:998:1609459200.500000000',
  ]);
}, 60_000);

test('of several items, each has its own outcome, and no empty snapshot becomes the latest', async () => {
  const bucket = bench.createRepository();
  const good = bench.volume('good');
  writeFileSync(join(good.source, 'file'), 'contents');
  const empty = bench.volume('empty');
  const mayBeEmpty = bench.volume('may-be-empty');
  const directories = bench.volume('directories');
  mkdirSync(join(directories.source, 'lost+found'));
  const excluded = bench.volume('excluded');
  mkdirSync(join(excluded.source, 'sub', 'cache'), { recursive: true });
  for (const file of ['cache', 'sub/cache/kept', 'sub/x.part'])
    writeFileSync(join(excluded.source, file), 'x');
  const partly = bench.volume('partly');
  const wholly = bench.volume('wholly');
  mkdirSync(join(wholly.source, 'directory'));
  for (const { source } of [partly, wholly]) writeFileSync(join(source, 'secret'), 'x', { mode: 0 });
  for (const { source } of [partly, wholly]) chownSync(join(source, 'secret'), 1000, 1000);
  writeFileSync(join(partly.source, 'open'), 'x');
  for (let i = 0; i < 25; i++) writeFileSync(join(partly.source, `closed-${i}`), 'x', { mode: 0 });
  for (let i = 0; i < 25; i++) chownSync(join(partly.source, `closed-${i}`), 1000, 1000);
  const directory = join(bench.directory, 'no-mount');
  mkdirSync(directory);
  writeFileSync(join(directory, 'file'), 'of the node');

  const run = await bench.run(
    bench.backupTask(bucket, [
      { ...good.item, name: 'not-staged', path: directory },
      { ...good.item, name: 'writable', path: good.source },
      empty.item,
      directories.item,
      { ...mayBeEmpty.item, allowEmpty: true },
      { ...excluded.item, exclude: ['/cache', '*.part'] },
      partly.item,
      { ...partly.item, name: 'strict', onUnreadable: 'Fail' },
      wholly.item,
      { ...good.item, previous: { bytes: 9000, files: 3 } },
    ]),
    { capabilities: [] },
  );

  const results = run.outcome?.items.map(({ state, reason, files }) => [state, reason, files]);
  expect(results).toEqual([
    ['Failed', 'VolumeNotStaged', undefined],
    ['Failed', 'VolumeNotStaged', undefined],
    ['Failed', 'NoFiles', undefined],
    ['Failed', 'NoFiles', undefined],
    ['Success', undefined, 0],
    ['Success', undefined, 1],
    ['Warning', 'UnreadableFiles', 1],
    ['Failed', 'UnreadableFiles', 1],
    ['Failed', 'UnreadableFiles', undefined],
    ['Warning', 'SuspiciousShrink', 1],
  ]);
  expect(run.outcome?.items[6]?.message).toMatch(
    /^26 files or directories of claim partly could not be read \(.*permission denied\): (closed-\d+, ){19}closed-\d+, …\.$/,
  );
  // The figures of a failure, too, tell of the snapshot that was made.
  expect(run.outcome?.items[7]?.snapshot).toMatch(/^[0-9a-f]{16}$/);
  expect(run.stderr.match(/^claim strict: could not be read: closed-\d+$/gm)).toHaveLength(20);
  expect(run.code).toBe(1);
  expect(bench.resticSnapshots(bucket).map(({ hostname }) => hostname)).toEqual([
    'wiki/backup/excluded',
    'wiki/backup/partly',
    'wiki/backup/strict',
    'wiki/backup/good',
  ]);
}, 40_000);

test('retention forgets old snapshots of what succeeded, and of nothing else', async () => {
  const bucket = bench.createRepository();
  const [good, bad] = [bench.volume('good'), bench.volume('bad')];
  for (const { source } of [good, bad]) writeFileSync(join(source, 'file'), 'contents');
  const both = [good.item, bad.item];
  for (const run of ['run-1', 'run-2']) await bench.run(bench.backupTask(bucket, both, { run }));
  rmSync(join(bad.source, 'file'));

  const { outcome } = await bench.run(
    bench.backupTask(bucket, both, {
      run: 'run-3',
      retention: {
        policy: { last: 1 },
        items: [{ name: 'of-another-node', snapshot: 'f'.repeat(16) }],
        maxForgetPercent: 100,
        acknowledged: false,
      },
    }),
  );

  expect(outcome).toMatchObject({
    items: [{ state: 'Success' }, { state: 'Failed', reason: 'NoFiles' }],
    retention: { kept: 1, forgotten: 2 },
  });
  expect(bench.resticSnapshots(bucket).map(({ hostname }) => hostname)).toEqual([
    'wiki/backup/bad',
    'wiki/backup/bad',
    'wiki/backup/good',
  ]);
}, 40_000);

describe('while restic runs', () => {
  let bucket: string;
  let large: TaskItem;
  beforeAll(async () => {
    bucket = bench.createRepository();
    const { source, item } = bench.volume('large');
    large = item;
    writeFileSync(join(source, 'first'), 'x');
    await bench.run(bench.backupTask(bucket, [item]));
    // Zeros without end: nothing is uploaded, and restic is busy for minutes.
    truncateSync(join(source, 'first'), 2 ** 40);
    for (let i = 0; i < 8; i++) writeFileSync(join(source, `random-${i}`), randomBytes(4_000_000));
  }, 20_000);
  const locks = () => {
    const directory = bench.inBucket(bucket, 'locks');
    return existsSync(directory) ? readdirSync(directory) : [];
  };

  test('SIGTERM ends it within seconds: Cancelled, for the items to come, too, and no lock stays', async () => {
    const { child, ended } = bench.start(bench.backupTask(bucket, [large, large]));
    await until('restic holds a lock', () => locks().length > 0);
    const signalled = Date.now();
    child.kill('SIGTERM');
    const { code, outcome } = await ended;
    expect(Date.now() - signalled).toBeLessThan(5000);
    expect(code).toBe(1);
    expect(outcome?.items.map(({ reason }) => reason)).toEqual(['Cancelled', 'Cancelled']);
    expect(outcome?.items[1]?.message).toMatch(/^Not begun: Stopped from outside/);
    expect(locks()).toEqual([]);
  }, 30_000);

  test('a store that hangs ends it as StorageNotAnswering', async () => {
    const env = { SERVICE_BACKUP_KILL_SECONDS: '1' };
    const repository = bench.repository(bucket, { stallSeconds: 2 });
    const task = bench.backupTask(bucket, [{ ...large, exclude: ['first'] }], { repository });
    const { ended } = bench.start(task, { env });
    await until('restic holds a lock', () => locks().length > 0);
    bench.freezeS3();
    try {
      const { outcome } = await ended;
      expect(outcome?.items).toMatchObject([{ state: 'Failed', reason: 'StorageNotAnswering' }]);
    } finally {
      bench.thawS3();
    }
  }, 30_000);
});
