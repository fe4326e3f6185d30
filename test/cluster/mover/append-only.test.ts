import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { podNamesOf, type RestoreTask, type Task, type TaskItem } from '../../../src/api';
import { CAPABILITIES } from '../../../src/api/capabilities';
import { Bench, type Start, until } from './harness';

// Keys as BackupBucket makes them: by those of backups nothing can be deleted but locks, by those of maintenance everything.
const POD = `${podNamesOf('cluster-a')}wiki-backup-0a1b2c3d-run-1-aaaaa`;
const RETENTION = { policy: { last: 1 }, items: [], maxForgetPercent: 100, acknowledged: false };
const MAY_NOT = String.raw`can be read, but the key may not delete: .+\. Let it delete \(DeleteObject\) there; or, if it is meant to delete nothing but locks, name one that may in s3BackupConfig\.maintenanceCredentials\.`;

let bench: Bench;
let item: TaskItem;
let file: string;
beforeAll(async () => {
  bench = await Bench.start();
  const volume = bench.volume();
  item = volume.item;
  file = join(volume.source, 'file');
  writeFileSync(file, 'contents');
}, 60_000);
afterAll(() => bench.stop());

type Keys = Record<'backups' | 'maintenance', NodeJS.ProcessEnv>;

/** A bucket with both kinds of keys, and movers that have one of them. */
const inBucket = (use: (by: ReturnType<typeof moversIn>) => Promise<void>, bucket = bench.createBucket()) =>
  bench.withUsers(async (users) =>
    use(
      moversIn(
        bucket,
        users.endpoint,
        await users.of(bucket, { backups: 'locks', maintenance: 'everything' }),
      ),
    ),
  );

function moversIn(bucket: string, endpoint: string, keys: Keys) {
  const repository = bench.repository(bucket, { endpoint });
  const cache = { RESTIC_CACHE_DIR: join(bench.directory, `cache-${bucket}`) };
  const by =
    (env: NodeJS.ProcessEnv) =>
    (task: Task, { env: more, ...options }: Start = {}) =>
      bench.run(task, { env: { ...env, ...cache, ...more }, ...options });
  return { bucket, repository, keys, backups: by(keys.backups), maintenance: by(keys.maintenance) };
}

const snapshotsOf = (bucket: string) => bench.objects(bucket, 'snapshots');

test('keys that may delete locks alone make a repository, back up, list, restore, and add a recovery key', () =>
  inBucket(async ({ bucket, repository, backups }) => {
    const first = await backups(bench.backupTask(bucket, [item], { repository }));
    expect(first).toMatchObject({ code: 0, outcome: { items: [{ state: 'Success', files: 1 }] } });
    expect(first.outcome).not.toHaveProperty('notes');

    const again = await backups(bench.backupTask(bucket, [item], { run: 'run-2', repository }));
    expect(again.outcome?.items).toMatchObject([{ state: 'Success', filesUnmodified: 1 }]);
    expect(bench.objects(bucket, 'locks')).toEqual([]);

    const list = await backups({ version: 1, kind: 'list', repository });
    expect(list.lines.filter(({ type }) => type === 'snapshot')).toHaveLength(2);

    const task: Task = { version: 1, kind: 'recovery-key', repository };
    const key = await backups(task, {
      env: { SERVICE_BACKUP_RECOVERY_PASSWORD: 'correct horse battery staple' },
    });
    expect(key).toMatchObject({ code: 0, outcome: { recoveryKey: true } });

    const target = bench.volume().source;
    const select = { latest: true } as const;
    const restore: RestoreTask = { version: 1, kind: 'restore', repository, item: 'data', select, target };
    const capabilities = CAPABILITIES.restore.map((name) => name.toLowerCase());
    expect(await backups(restore, { capabilities })).toMatchObject({
      code: 0,
      outcome: { items: [{ files: 1 }] },
    });
  }));

test('they remove the lock that a killed mover left', () =>
  inBucket(async ({ bucket, repository, keys, backups }) => {
    const large = bench.volume('large');
    writeFileSync(join(large.source, 'zeros'), Buffer.alloc(40_000_000));
    const env = { ...keys.backups, SERVICE_BACKUP_KILL_SECONDS: '1' };
    const killed = bench.start(bench.backupTask(bucket, [large.item], { repository }), { env, pod: POD });
    await until('restic holds a lock', () => bench.objects(bucket, 'locks').length > 0);
    killed.child.kill('SIGKILL');
    await killed.ended;

    const deadPods = [POD];
    const { outcome } = await backups(
      bench.backupTask(bucket, [item], { run: 'run-2', repository: { ...repository, deadPods } }),
    );
    expect(outcome).toMatchObject({ items: [{ state: 'Success' }], notes: [expect.stringContaining(POD)] });
    expect(bench.objects(bucket, 'locks')).toEqual([]);
  }, bench.createRepository()));

test('an empty snapshot, which they cannot forget, is told', () =>
  inBucket(async ({ bucket, repository, backups }) => {
    const volume = bench.volume('empty');
    mkdirSync(join(volume.source, 'directory'));
    const { outcome } = await backups(bench.backupTask(bucket, [volume.item], { repository }));
    expect(outcome?.items).toMatchObject([
      {
        state: 'Failed',
        reason: 'NoFiles',
        message: expect.stringMatching(
          /The empty snapshot [0-9a-f]{8} could not be removed \(.+\): forget it by hand, or "latest" means it\.$/,
        ),
      },
    ]);
    expect(snapshotsOf(bucket)).toHaveLength(1);
  }, bench.createRepository()));

describe('of a repository with two snapshots, and data that none needs', () => {
  let history: string;
  /** The snapshot that the run made. */
  let items: { name: string; snapshot: string }[];
  beforeAll(async () => {
    history = bench.createRepository();
    for (const [run, contents] of [
      ['run-0', 'a'],
      ['run-1', 'b'],
      ['run-2', 'c'],
    ] as const) {
      writeFileSync(file, contents.repeat(200_000));
      await bench.run(bench.backupTask(history, [item], { run }));
    }
    const [gone, , made] = bench.resticSnapshots(history).map(({ id }) => id);
    bench.resticRun(history, ['forget', gone!]);
    items = [{ name: 'data', snapshot: made! }];
  }, 60_000);

  test('they forget nothing, and what would let them is told', () => {
    const bucket = bench.copyOf(history);
    const before = bench.objects(bucket);
    return inBucket(async ({ repository, backups }) => {
      const { code, outcome } = await backups(
        bench.maintainTask(bucket, { run: 'run-2', repository, retention: { ...RETENTION, items } }),
      );
      expect({ code, outcome }).toMatchObject({
        outcome: {
          retention: {
            kept: 2,
            forgotten: 0,
            failure: { reason: 'RetentionFailed', message: expect.stringMatching(MAY_NOT) },
          },
        },
      });
      expect(bench.objects(bucket)).toEqual(before);
    }, bucket);
  });

  test('they prune nothing, and what would let them is told; a check needs no more than they have', () => {
    const bucket = bench.copyOf(history);
    const before = bench.objects(bucket, 'data');
    return inBucket(async ({ repository, backups }) => {
      const { outcome } = await backups(
        bench.maintainTask(bucket, {
          repository,
          check: { part: 1, parts: 1 },
          prune: { maxUnusedPercent: 0 },
        }),
      );
      expect(outcome?.check).toEqual({});
      expect(outcome?.prune?.failure?.message).toMatch(new RegExp(MAY_NOT));
      expect(bench.objects(bucket, 'data')).toEqual(expect.arrayContaining(before));
    }, bucket);
  });

  test('keys of maintenance forget, check and prune, in this order', () => {
    const bucket = bench.copyOf(history);
    const packs = bench.objects(bucket, 'data').length;
    return inBucket(async ({ repository, maintenance }) => {
      const { code, outcome, stderr } = await maintenance(
        bench.maintainTask(bucket, {
          run: 'run-2',
          repository,
          retention: { ...RETENTION, items },
          check: { part: 1, parts: 1 },
          prune: { maxUnusedPercent: 0 },
        }),
        { capabilities: [] },
      );
      expect({ code, outcome }).toMatchObject({
        code: 0,
        outcome: {
          retention: { kept: 1, forgotten: 1 },
          check: {},
          prune: { freed: expect.any(Number) },
        },
      });
      expect(stderr).toMatch(/^retention: 1 kept, 1 forgotten\ncheck of part 1 of 1: whole\nprune: about /);
      expect(snapshotsOf(bucket)).toEqual(items.map(({ snapshot }) => snapshot));
      expect(bench.objects(bucket, 'data').length).toBeLessThan(packs);
    }, bucket);
  });
});
