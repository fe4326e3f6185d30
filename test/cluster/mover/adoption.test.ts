import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ListTask, RestoreTask, SnapshotLine, TaskItem } from '../../../src/api';
import { CAPABILITIES } from '../../../src/api/capabilities';
import { Bench, describeTree, fill } from './harness';

/** Where K8up and VolSync mount what they back up; here it is mounted for a single command each. */
const DATA = '/data';

let bench: Bench;
/** A repository that others have filled, and nobody owns. */
let foreign: string;
/** The claim that K8up backed up, as VolSync did. */
let original: string;
let claim: TaskItem;
let madeData = false;

beforeAll(async () => {
  bench = await Bench.start();
  const { source, item } = bench.volume('pg');
  fill(source);
  original = describeTree(source);
  claim = item;

  foreign = bench.createRepository();
  rmSync(bench.inBucket(foreign, 'service-backup.json'));
  if (!existsSync(DATA)) {
    mkdirSync(DATA);
    madeData = true;
  }
  const restic = `${bench.restic} backup --quiet`;
  const mount = (at: string) => `mount --bind ${source} ${at}`;
  const scripts = [
    // K8up: each claim below /data, by its absolute path, under the namespace's name.
    `mount -t tmpfs tmpfs ${DATA}; mkdir ${DATA}/pg; ${mount(`${DATA}/pg`)}; ${restic} --host wiki --time '2026-01-01 00:00:00' ${DATA}/pg`,
    // VolSync: one claim, mounted on /data, from inside, always under this name.
    `${mount(DATA)}; cd ${DATA}; ${restic} --host volsync --exclude=lost+found --time '2026-01-02 00:00:00' .`,
  ];
  for (const script of scripts) {
    execFileSync('unshare', ['--mount', 'sh', '-ec', script], {
      env: bench.resticEnv(foreign),
      stdio: 'pipe',
    });
  }
}, 40_000);
afterAll(() => {
  bench.stop();
  if (madeData) rmdirSync(DATA);
});

const adopting = (bucket: string) => bench.repository(bucket, { adoptFrom: 'unowned' });
const list = async (bucket: string): Promise<SnapshotLine[]> => {
  const task: ListTask = { version: 1, kind: 'list', repository: adopting(bucket) };
  const { lines } = await bench.run(task, { capabilities: [] });
  return lines.filter((line) => line.type === 'snapshot');
};
const restore = async (bucket: string, item: string, select: RestoreTask['select']) => {
  const target = bench.volume().source;
  const task: RestoreTask = {
    version: 1,
    kind: 'restore',
    repository: adopting(bucket),
    item,
    select,
    target,
  };
  const capabilities = CAPABILITIES.restore.map((name) => name.toLowerCase());
  const { lines } = await bench.run(task, { capabilities });
  return { target, selected: lines[0], result: lines.at(-1) };
};

test('what K8up and VolSync made is there as they made it', () => {
  expect(bench.resticSnapshots(foreign)).toMatchObject([
    { hostname: 'wiki', paths: ['/data/pg'] },
    { hostname: 'volsync', paths: ['/data'] },
  ]);
});

test('before it is adopted it can be listed and restored, and that changes nothing', async () => {
  const before = bench.objects(foreign);
  const found = await list(foreign);
  expect(found).toMatchObject([
    { item: 'pg', files: 7 },
    { item: 'volsync', files: 7 },
  ]);
  expect(found.some(({ run }) => run !== undefined)).toBe(false);

  const k8up = await restore(foreign, 'pg', { latest: true });
  expect(k8up.result).toMatchObject({ type: 'result', state: 'Success', files: 7 });
  expect(describeTree(k8up.target)).toBe(original);
  expect(bench.objects(foreign)).toEqual(before);
}, 30_000);

test('what VolSync made is restored with its contents at the root, too', async () => {
  const { result, target } = await restore(foreign, 'volsync', { latest: true });
  expect(result).toMatchObject({ state: 'Success', files: 7 });
  // Nobody noted owner, mode and time of its root directory.
  const inside = (tree: string) => tree.split('\n').filter((line) => !line.startsWith(' d'));
  expect(inside(describeTree(target))).toEqual(inside(original));
}, 20_000);

test('adopted, it goes on under our names: what others made stays, whatever retention says, and can be restored', async () => {
  const bucket = bench.copyOf(foreign);
  const before = await list(bucket);
  const retention = { policy: { last: 1 }, items: [], maxForgetPercent: 100, acknowledged: true };
  for (const run of ['run-1', 'run-2']) {
    const task = bench.backupTask(bucket, [claim], { run, repository: adopting(bucket), retention });
    const { outcome } = await bench.run(task);
    expect(outcome).toMatchObject({ items: [{ state: 'Success', files: 7 }], retention: { kept: 1 } });
  }
  expect(JSON.parse(readFileSync(bench.inBucket(bucket, 'service-backup.json'), 'utf8'))).toMatchObject(
    bench.repository(bucket).owner,
  );
  const after = await list(bucket);
  expect(after.slice(0, 2)).toEqual(before);
  expect(after.slice(2)).toMatchObject([{ item: 'pg', run: 'run-2' }]);

  // Both are of an item `pg`: the newest is meant, and each can be named.
  const latest = await restore(bucket, 'pg', { latest: true });
  expect(latest).toMatchObject({ selected: { id: after[2]?.id }, result: { state: 'Success' } });
  const named = await restore(bucket, 'pg', { snapshot: before[0]?.id.slice(0, 8) ?? '' });
  expect(named).toMatchObject({ selected: { id: before[0]?.id }, result: { state: 'Success' } });
  expect(describeTree(named.target)).toBe(original);
}, 40_000);

test('one that is newer than ours is the latest', async () => {
  const bucket = bench.copyOf(foreign);
  const args = ['backup', '.', '--quiet', '--host', 'wiki/backup/pg', '--time', '2025-12-31 00:00:00'];
  bench.resticRun(bucket, args, { cwd: claim.path });
  const [, k8up] = await list(bucket);
  expect((await restore(bucket, 'pg', { latest: true })).selected).toMatchObject({ id: k8up?.id });
}, 20_000);

test('a volume that holds a directory named as its own path is not cut short', async () => {
  const bucket = bench.copyOf(foreign);
  const source = join(bench.directory, 'nested');
  mkdirSync(join(source, 'data'), { recursive: true });
  for (const file of ['data/inside', 'other']) writeFileSync(join(source, file), file);
  const script = `mount --bind ${source} ${DATA}; cd ${DATA}; ${bench.restic} backup --quiet --host volsync .`;
  execFileSync('unshare', ['--mount', 'sh', '-ec', script], { env: bench.resticEnv(bucket), stdio: 'pipe' });
  const { result, target } = await restore(bucket, 'volsync', { latest: true });
  expect(result).toMatchObject({ state: 'Success', files: 2 });
  expect(readFileSync(join(target, 'other'), 'utf8')).toBe('other');
  expect(readFileSync(join(target, 'data', 'inside'), 'utf8')).toBe('data/inside');
}, 20_000);
