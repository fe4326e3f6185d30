import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TaskItem } from '../../../src/api';
import { Bench, until } from './harness';

let bench: Bench;
let small: TaskItem;
/** Takes restic minutes. */
let endless: TaskItem;
beforeAll(async () => {
  bench = await Bench.start();
  const one = bench.volume('small');
  writeFileSync(join(one.source, 'file'), randomBytes(1000));
  small = one.item;
  const two = bench.volume('endless');
  writeFileSync(join(two.source, 'zeros'), '');
  truncateSync(join(two.source, 'zeros'), 2 ** 40);
  endless = two.item;
}, 30_000);
afterAll(() => bench.stop());

test('a mover that is killed in its second item has told of the first', async () => {
  const bucket = bench.createRepository();
  const { child, told, ended } = bench.start(bench.backupTask(bucket, [small, endless]), { pod: 'pod-1' });
  await until(
    'the second item is begun',
    () => told()?.items.length === 1 && bench.objects(bucket, 'locks').length > 0,
  );
  child.kill('SIGKILL');

  const { code, outcome } = await ended;
  expect(code).toBeNull();
  expect(outcome).toMatchObject({
    partial: true,
    repository: expect.stringMatching(/^[0-9a-f]{64}$/),
    recoveryKey: false,
    items: [{ state: 'Success', files: 1, snapshot: bench.resticSnapshots(bucket)[0]?.id.slice(0, 16) }],
  });
  // What it held is still there: see locks.test.ts.
  expect(bench.objects(bucket, 'locks')).toHaveLength(1);
}, 30_000);

test('one that is killed in its first item has told which repository it is', async () => {
  const bucket = bench.createRepository();
  const { child, ended } = bench.start(bench.backupTask(bucket, [endless]), { pod: 'pod-1' });
  await until('restic holds a lock', () => bench.objects(bucket, 'locks').length > 0);
  child.kill('SIGKILL');
  const { outcome } = await ended;
  expect(outcome).toEqual({
    version: 1,
    partial: true,
    repository: expect.stringMatching(/^[0-9a-f]{64}$/),
    recoveryKey: false,
    items: [],
  });
}, 30_000);

test('a restic that the kernel kills is OutOfMemory; the next item is tried', async () => {
  const bucket = bench.createRepository();
  const { child, ended } = bench.start(bench.backupTask(bucket, [endless, small]));
  await until('restic holds a lock', () => bench.objects(bucket, 'locks').length > 0);
  const [restic] = childrenOf(child.pid ?? 0);
  process.kill(restic ?? 0, 'SIGKILL');
  const { outcome } = await ended;
  expect(outcome?.items).toMatchObject([{ state: 'Failed', reason: 'OutOfMemory' }, { state: 'Success' }]);
  expect(outcome?.partial).toBeUndefined();
}, 30_000);

const childrenOf = (pid: number): number[] =>
  readdirSync(`/proc/${pid}/task`).flatMap((task) =>
    readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8').trim().split(' ').filter(Boolean).map(Number),
  );
