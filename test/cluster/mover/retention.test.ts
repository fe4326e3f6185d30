import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RetentionPolicy, TaskItem } from '../../../src/api';
import { keepFlags } from '../../../src/mover/retention-plan';
import { Random } from '../../random';
import { Bench } from './harness';
import { s3Error } from './proxy';

const HOST = 'wiki/backup/data';
const STRANGERS = ['wiki', 'volsync'];

let bench: Bench;
let item: TaskItem;
let other: TaskItem;
/** A repository with snapshots of two years of the item, and some of others. */
let history: string;
/** Those of the item, oldest first. */
let ids: string[];

beforeAll(async () => {
  bench = await Bench.start();
  const volume = bench.volume();
  item = volume.item;
  writeFileSync(join(volume.source, 'file'), 'contents');
  const second = bench.volume('other');
  other = second.item;
  writeFileSync(join(second.source, 'file'), 'contents');
  history = bench.createRepository();
  const random = new Random(7);
  const days = Array.from({ length: 24 }, () => random.int(1, 730)).sort((a, b) => b - a);
  const wanted = STRANGERS.map((host) => [host, 400] as [string, number]);
  for (const day of days) wanted.push([HOST, day]);
  for (const [host, day] of wanted) {
    const then = new Date(Date.UTC(2026, 10, 20) - day * 86_400_000);
    const time = then.toISOString().slice(0, 19).replace('T', ' ');
    const args = ['backup', '.', '--host', host, '--time', time, '--force', '--quiet'];
    bench.resticRun(history, args, { cwd: item.path });
  }
  ids = snapshotsOf(history, HOST);
}, 60_000);
afterAll(() => bench.stop());

const snapshotsOf = (bucket: string, host: string) =>
  bench.resticSnapshots(bucket).flatMap(({ hostname, id }) => (hostname === host ? [id] : []));
const backUp = (
  bucket: string,
  policy: RetentionPolicy,
  limits: { maxForgetPercent?: number; acknowledged?: boolean } = {},
  endpoint = bench.endpoint,
) =>
  bench.run(
    bench.backupTask(bucket, [item], {
      run: 'run-9',
      repository: bench.repository(bucket, { endpoint }),
      retention: { policy, items: [], maxForgetPercent: 20, acknowledged: false, ...limits },
    }),
  );

/** The last group of a run: an earlier one backed up the item. */
function lastGroup(bucket: string, snapshot: string, policy: RetentionPolicy) {
  const items = [{ name: 'data', snapshot }];
  return bench.backupTask(bucket, [other], {
    run: 'run-9',
    retention: { policy, items, maxForgetPercent: 100, acknowledged: false },
  });
}

test('of any policy on two years of snapshots, exactly what restic itself would forget goes, and the last good one never', async () => {
  const random = new Random(11);
  const fresh = ids.at(-1) ?? '';
  for (let i = 0; i < 9; i++) {
    const policy: RetentionPolicy = { hourly: random.int(1, 3) };
    for (const field of random.some(['last', 'daily', 'weekly', 'monthly', 'yearly'] as const))
      policy[field] = random.int(1, 9);
    const bucket = bench.copyOf(history);
    const flags = [
      '--dry-run',
      '--no-lock',
      '--json',
      '--host',
      HOST,
      '--group-by',
      'host',
      ...keepFlags(policy),
    ];
    const [{ remove } = {}] = JSON.parse(bench.resticRun(bucket, ['forget', ...flags])) as {
      remove?: { id: string }[] | null;
    }[];
    const { outcome } = await bench.run(lastGroup(bucket, fresh.slice(0, 16), policy));

    const after = bench.resticSnapshots(bucket);
    const of = (host: string) => after.flatMap(({ hostname, id }) => (hostname === host ? [id] : []));
    const left = of(HOST);
    const gone = ids.filter((id) => !left.includes(id));
    expect(gone.sort()).toEqual((remove ?? []).map(({ id }) => id).sort());
    expect(left).toContain(fresh);
    expect(outcome?.retention).toEqual({ kept: left.length + 1, forgotten: gone.length });
    for (const host of STRANGERS) expect(of(host)).toHaveLength(1);
  }
}, 60_000);

test('a mistyped policy forgets nothing of the item, and waits for a person', async () => {
  const bucket = bench.copyOf(history);
  const { code, outcome } = await backUp(bucket, { last: 3 });
  expect(code).toBe(0);
  expect(outcome?.retention).toEqual({
    kept: 0,
    forgotten: 0,
    failure: {
      reason: 'AcknowledgementNeeded',
      message:
        'Retention would forget 22 of 25 snapshots of item data at once (keep-last 3), and maxForgetPercent (20 %) allows 5: nothing was forgotten of it. ' +
        'Correct the policy; or, if it is meant so, acknowledge it (service-backup acknowledge).',
    },
  });
  expect(snapshotsOf(bucket, HOST)).toHaveLength(25);

  const approved = await backUp(bucket, { last: 3 }, { acknowledged: true });
  expect(approved.outcome?.retention).toEqual({ kept: 3, forgotten: 23 });
  expect(snapshotsOf(bucket, HOST)).toHaveLength(3);
  expect(bench.resticSnapshots(bucket)).toHaveLength(5);
}, 30_000);

test('a policy that keeps nothing is refused', async () => {
  const bucket = bench.copyOf(history);
  const { outcome } = await backUp(bucket, { daily: 0 }, { acknowledged: true });
  expect(outcome?.retention?.failure).toEqual({
    reason: 'RetentionFailed',
    message:
      'resticRetentionPolicy keeps nothing: set at least one of its fields to 1 or more. Nothing was forgotten.',
  });
  expect(snapshotsOf(bucket, HOST)).toHaveLength(25);
}, 20_000);

test('a snapshot from the future, which would push out the new one, stops it', async () => {
  const bucket = bench.copyOf(history);
  const args = ['backup', '.', '--host', HOST, '--time', '2126-11-01 00:00:00'];
  bench.resticRun(bucket, args, { cwd: item.path });
  const { outcome } = await backUp(bucket, { last: 1 }, { acknowledged: true });
  expect(outcome?.items).toMatchObject([{ state: 'Success' }]);
  expect(outcome?.retention).toMatchObject({
    forgotten: 0,
    failure: {
      reason: 'RetentionFailed',
      message: expect.stringContaining('are there snapshots from the future?'),
    },
  });
  expect(snapshotsOf(bucket, HOST)).toHaveLength(26);
}, 20_000);

test('restic says nothing of what it may not delete, and exits 0: RetentionFailed', async () => {
  const bucket = bench.copyOf(history);
  await bench.behind(
    ({ method, key }) =>
      method === 'DELETE' && key.startsWith('snapshots/')
        ? s3Error(403, 'AccessDenied', 'Access Denied')
        : undefined,
    async (endpoint) => {
      const { code, outcome } = await backUp(bucket, { last: 24 }, {}, endpoint);
      expect(code).toBe(0);
      expect(outcome?.items).toMatchObject([{ state: 'Success' }]);
      expect(outcome?.retention).toMatchObject({
        kept: 25,
        forgotten: 0,
        failure: {
          reason: 'RetentionFailed',
          message: expect.stringMatching(
            /can be read, but the key may not delete: .*unable to remove snapshot/,
          ),
        },
      });
    },
  );
  expect(snapshotsOf(bucket, HOST)).toHaveLength(25);
}, 20_000);

test('a snapshot that cannot be read, over which restic passes with exit 0, stops it: RepositoryDamaged', async () => {
  const bucket = bench.copyOf(history);
  writeFileSync(bench.inBucket(bucket, 'snapshots', ids[3] ?? ''), 'x'.repeat(300));
  const env = { RESTIC_CACHE_DIR: join(bench.directory, 'fresh-cache') };
  const { outcome } = await bench.run(lastGroup(bucket, ids.at(-1) ?? '', { last: 1 }), { env });
  expect(outcome).toMatchObject({
    items: [{ state: 'Warning', reason: 'RepositoryDamaged', files: 1 }],
    retention: { kept: 0, forgotten: 0, failure: { reason: 'RepositoryDamaged' } },
  });
  expect(bench.objects(bucket, 'snapshots')).toHaveLength(27);
}, 20_000);
