import { randomBytes } from 'node:crypto';
import { readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { MaintainTask, TaskItem } from '../../../src/api';
import { Bench, type Run } from './harness';
import { s3Error } from './proxy';

const PARTS = 3;

let bench: Bench;
/** A repository with a dozen packs, in three snapshots of as many files. */
let whole: string;
let volume: { source: string; item: TaskItem };

beforeAll(async () => {
  bench = await Bench.start();
  volume = bench.volume();
  const { source, item } = volume;
  whole = bench.createRepository();
  for (const run of ['run-1', 'run-2', 'run-3']) {
    for (const name of ['a', 'b', 'c']) writeFileSync(join(source, `${name}-${run}`), randomBytes(4_600_000));
    const args = [
      '--host',
      'wiki/backup/data',
      '--group-by',
      'host',
      '--tag',
      `run=${run}`,
      '--pack-size',
      '4',
    ];
    bench.resticRun(whole, ['backup', '.', '--quiet', ...args], { cwd: item.path });
  }
}, 60_000);
afterAll(() => bench.stop());

/** Nothing of another repository's state is remembered: a Job's cache is empty, too. */
const maintain = (bucket: string, changes: Partial<MaintainTask>): Promise<Run> =>
  bench.run(bench.maintainTask(bucket, { run: 'run-2', ...changes }), {
    env: { RESTIC_CACHE_DIR: join(bench.directory, `cache-${bucket}`) },
    capabilities: [],
  });
const packsOf = (bucket: string) => bench.objects(bucket, 'data');
/** The files of the packs, the smallest first. */
const bySize = (bucket: string) =>
  packsOf(bucket)
    .map((pack) => bench.inBucket(bucket, 'data', pack))
    .sort((a, b) => statSync(a).size - statSync(b).size);

test('a repository that is whole: each part is found whole, and nothing is changed', async () => {
  const before = bench.objects(whole);
  const { code, outcome } = await maintain(whole, { check: { part: 1, parts: 1 } });
  expect({ code, outcome }).toEqual({
    code: 0,
    outcome: {
      version: 1,
      repository: expect.stringMatching(/^[0-9a-f]{64}$/),
      recoveryKey: false,
      items: [],
      check: {},
    },
  });
  expect(bench.objects(whole)).toEqual(before);
}, 20_000);

test('a flipped byte in a pack is found within the rotation, by exactly one of its parts; nothing is pruned then', async () => {
  const bucket = bench.copyOf(whole);
  // A data pack, not one of trees, which every check reads.
  const largest = bySize(bucket).at(-1) ?? '';
  const bytes = readFileSync(largest);
  bytes[1000]! ^= 1;
  writeFileSync(largest, bytes);
  const before = bench.objects(bucket);

  const found: (string | undefined)[] = [];
  for (let part = 1; part <= PARTS; part++) {
    const { code, outcome } = await maintain(bucket, { check: { part, parts: PARTS } });
    const reason = outcome?.check?.failure?.reason;
    expect(code).toBe(reason ? 1 : 0);
    found.push(reason);
  }
  expect(found.filter(Boolean)).toEqual(['RepositoryDamaged']);

  const part = found.indexOf('RepositoryDamaged') + 1;
  const { outcome } = await maintain(bucket, {
    check: { part, parts: PARTS },
    prune: { maxUnusedPercent: 0 },
  });
  expect(outcome?.prune).toBeUndefined();
  expect(outcome?.check?.failure?.message).toMatch(
    /^The repository in the bucket \S+ at \S+ is damaged: pack [0-9a-f]{64} contains \d errors?: .*ciphertext verification failed.* Follow restic's manual on damaged repositories, on a copy of the bucket\.$/,
  );
  expect(bench.objects(bucket)).toEqual(before);
}, 40_000);

test('a missing pack, or a broken index, is found by every part', async () => {
  const [pack = ''] = packsOf(whole);
  const missing = bench.copyOf(whole);
  rmSync(bench.inBucket(missing, 'data', pack));
  const [index = ''] = bench.objects(whole, 'index');
  const broken = bench.copyOf(whole);
  writeFileSync(bench.inBucket(broken, 'index', index), randomBytes(500));
  for (let part = 1; part <= PARTS; part++) {
    const { outcome } = await maintain(missing, { check: { part, parts: PARTS } });
    expect(outcome?.check?.failure).toMatchObject({
      reason: 'RepositoryDamaged',
      message: expect.stringContaining('does not exist'),
    });
  }
  const { outcome } = await maintain(broken, { check: { part: 3, parts: 13 } });
  expect(outcome?.check?.failure?.reason).toBe('RepositoryDamaged');
}, 30_000);

test('a backup over damage is made, and tells of it', async () => {
  const bucket = bench.copyOf(whole);
  // The directories of all snapshots.
  for (const pack of bySize(bucket)) if (statSync(pack).size < 1e6) rmSync(pack);
  const { item } = volume;
  const { outcome } = await bench.run(bench.backupTask(bucket, [item]), {
    env: { RESTIC_CACHE_DIR: join(bench.directory, 'cache-damage') },
  });
  expect(outcome?.items).toMatchObject([
    {
      state: 'Warning',
      reason: 'RepositoryDamaged',
      message: expect.stringMatching(
        /^A snapshot was made, but restic said: Load\(<data\/.*specified key does not exist/,
      ),
      files: 9,
    },
  ]);
}, 20_000);

test('what cannot be looked at is no damage: the storage is told, and nothing is pruned', async () => {
  const bucket = bench.copyOf(whole);
  await bench.behind(
    // Every pack would be missing by such a listing.
    ({ method, url }) =>
      method === 'GET' && url.includes('prefix=data%2F')
        ? s3Error(403, 'AccessDenied', 'Access Denied.')
        : undefined,
    async (endpoint) => {
      const repository = bench.repository(bucket, { endpoint });
      const { outcome } = await maintain(bucket, {
        repository,
        check: { part: 1, parts: 13 },
        prune: { maxUnusedPercent: 0 },
      });
      expect(outcome).toMatchObject({ check: { failure: { reason: 'CredentialsRefused' } } });
      expect(outcome?.prune).toBeUndefined();
    },
  );
}, 20_000);

describe('prune', () => {
  test('what no snapshot needs is removed, and how much it was is told', async () => {
    const { source, item } = bench.volume('small');
    writeFileSync(join(source, 'file'), 'all that is left');
    const bucket = bench.copyOf(whole);
    bench.resticRun(bucket, ['backup', '.', '--quiet', '--host', 'wiki/backup/data'], { cwd: item.path });
    for (const { id } of bench.resticSnapshots(bucket).slice(0, 3)) bench.resticRun(bucket, ['forget', id]);
    const { code, outcome } = await maintain(bucket, { prune: { maxUnusedPercent: 10 } });
    expect(code).toBe(0);
    expect(outcome?.prune?.failure).toBeUndefined();
    expect(Math.abs((outcome?.prune?.freed ?? 0) - 9 * 4_600_000)).toBeLessThan(200_000);
    expect(packsOf(bucket).length).toBeLessThan(4);
    expect((await maintain(bucket, { check: { part: 1, parts: 1 } })).outcome?.check).toEqual({});
  }, 30_000);

  test('a repository that may be unused to 100 % is left as it is', async () => {
    const bucket = bench.copyOf(whole);
    const { outcome } = await maintain(bucket, { prune: { maxUnusedPercent: 100 } });
    expect(outcome?.prune).toEqual({ freed: 0 });
  }, 20_000);

  test('restic says nothing of what it may not delete, and exits 0: BucketNotWritable', async () => {
    const bucket = bench.copyOf(whole);
    rmSync(bench.inBucket(bucket, 'snapshots'), { recursive: true });
    await bench.behind(
      ({ method, key }) =>
        method === 'DELETE' && key.startsWith('data/')
          ? s3Error(403, 'AccessDenied', 'Access Denied.')
          : undefined,
      async (endpoint) => {
        const { code, outcome } = await maintain(bucket, {
          repository: bench.repository(bucket, { endpoint }),
          prune: { maxUnusedPercent: 0 },
        });
        expect({ code, prune: outcome?.prune }).toMatchObject({
          code: 1,
          prune: {
            freed: 0,
            failure: {
              reason: 'BucketNotWritable',
              message: expect.stringMatching(/can be read, but the key may not delete: Remove\(<data\//),
            },
          },
        });
      },
    );
  }, 20_000);

  test.each(['smallest', 'largest'])(
    'the %s pack is missing: RepositoryDamaged, and nothing is removed',
    async (which) => {
      const bucket = bench.copyOf(whole);
      const packs = bySize(bucket);
      // The smallest one holds directories, which are read first.
      rmSync((which === 'smallest' ? packs[0] : packs.at(-1)) ?? '');
      const before = bench.objects(bucket);
      const { outcome } = await maintain(bucket, { prune: { maxUnusedPercent: 0 } });
      expect(outcome?.prune?.failure?.reason).toBe('RepositoryDamaged');
      expect(bench.objects(bucket)).toEqual(before);
    },
    20_000,
  );
});

test('a dead S3 system ends a check, too', async () => {
  const bucket = bench.copyOf(whole);
  await bench.behind(
    ({ method, key }) => (method === 'GET' && key.startsWith('index/') ? 'silence' : undefined),
    async (endpoint) => {
      const repository = bench.repository(bucket, { endpoint, stallSeconds: 1 });
      const { outcome } = await bench.run(
        bench.maintainTask(bucket, { repository, check: { part: 1, parts: 1 } }),
        {
          env: { SERVICE_BACKUP_KILL_SECONDS: '1', RESTIC_CACHE_DIR: join(bench.directory, 'cache-silent') },
        },
      );
      expect(outcome?.check?.failure).toMatchObject({
        reason: 'StorageNotAnswering',
        message: expect.stringContaining(
          'restic made no progress for 5 s when checking the repository and was stopped',
        ),
      });
    },
  );
}, 30_000);

test('what a run made is read back, by its tag: a warning with figures, or a failure', async () => {
  const [, second] = bench.resticSnapshots(whole);
  const { code, outcome } = await maintain(whole, { recall: ['data', 'config'] });
  expect(code).toBe(1);
  expect(outcome?.items).toEqual([
    {
      state: 'Warning',
      reason: 'OutcomeLost',
      message: expect.stringContaining(`This run made the snapshot ${second?.id.slice(0, 8)} of it`),
      snapshot: second?.id.slice(0, 16),
      files: 6,
      filesNew: 3,
      filesChanged: 0,
      filesUnmodified: 3,
      bytes: 6 * 4_600_000,
      bytesAdded: expect.any(Number),
      seconds: expect.any(Number),
    },
    {
      state: 'Failed',
      reason: 'OutcomeLost',
      message: expect.stringContaining('this run made no snapshot of it'),
    },
  ]);
}, 20_000);

test('nobody looks after a repository that is not there, or not ours: nothing is written', async () => {
  const empty = bench.createBucket();
  const absent = await maintain(empty, { check: { part: 1, parts: 1 } });
  expect(absent.outcome).toMatchObject({ items: [], failure: { reason: 'RepositoryMissing' } });
  expect(bench.objects(empty)).toEqual([]);

  const owner = { ...bench.repository(whole).owner, cluster: 'cluster-b' };
  const theirs = await maintain(whole, {
    repository: bench.repository(whole, { owner }),
    prune: { maxUnusedPercent: 0 },
  });
  expect(theirs.outcome).toMatchObject({ failure: { reason: 'RepositoryOwnedByAnother' } });
}, 20_000);
