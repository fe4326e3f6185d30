import { randomBytes } from 'node:crypto';
import { cpSync, mkdirSync, truncateSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type BackupTask, podNamesOf, type TaskItem } from '../../../src/api';
import { Bench, type Started, until } from './harness';

const POD = `${podNamesOf('cluster-a')}wiki-backup-0a1b2c3d-run-1-aaaaa`;
const OTHER_POD = `${podNamesOf('cluster-a')}wiki-backup-0a1b2c3d-run-2-bbbbb`;
const FOREIGN_POD = `${podNamesOf('cluster-b')}wiki-backup-0a1b2c3d-run-1-aaaaa`;

let bench: Bench;
let small: TaskItem;
let endless: TaskItem;
/** A repository with two snapshots of the small item, and no lock. */
let history: string;
/** Locks that killed movers left, by the pod's name. */
const left = new Map<string, string>();
/** Where they lie. The repositories here are copies of one, so that a lock of one is a lock of each. */
let ruin: string;

beforeAll(async () => {
  bench = await Bench.start();
  const one = bench.volume('small');
  writeFileSync(join(one.source, 'file'), randomBytes(1000));
  small = one.item;
  const two = bench.volume('endless');
  writeFileSync(join(two.source, 'zeros'), '');
  truncateSync(join(two.source, 'zeros'), 2 ** 40);
  endless = two.item;

  history = bench.createRepository();
  for (const time of ['2026-11-01 00:00:00', '2026-11-02 00:00:00']) {
    bench.resticRun(history, ['backup', '.', '--host', 'wiki/backup/small', '--time', time], {
      cwd: small.path,
    });
  }
  ruin = bench.copyOf(history);
  for (const pod of [POD, FOREIGN_POD, 'laptop']) {
    const before = locksOf(ruin);
    const { child, ended } = await living(ruin, pod);
    child.kill('SIGKILL');
    await ended;
    left.set(pod, locksOf(ruin).find((lock) => !before.includes(lock)) ?? '');
  }
}, 60_000);
afterAll(() => bench.stop());

const locksOf = (bucket: string) => bench.objects(bucket, 'locks');

/** A repository with history, and with the locks that movers in these pods left when they were killed. */
function withLocksOf(...pods: string[]): string {
  const bucket = bench.copyOf(history);
  mkdirSync(bench.inBucket(bucket, 'locks'), { recursive: true });
  for (const pod of pods) {
    const lock = left.get(pod) ?? '';
    cpSync(bench.inBucket(ruin, 'locks', lock), bench.inBucket(bucket, 'locks', lock));
  }
  return bucket;
}

/** A backup that forgets all but the newest snapshot, for which it wants the repository for itself. */
function forgetting(bucket: string, deadPods: string[] = []): BackupTask {
  return bench.backupTask(bucket, [small], {
    run: 'run-9',
    repository: bench.repository(bucket, { stallSeconds: 2, deadPods }),
    retention: { policy: { last: 1 }, items: [], maxForgetPercent: 100, acknowledged: false },
  });
}

/** A backup under way in that pod, holding a lock. */
async function living(bucket: string, pod: string): Promise<Started> {
  const before = locksOf(bucket).length;
  const started = bench.start(bench.backupTask(bucket, [endless]), { pod });
  await until('restic holds a lock', () => locksOf(bucket).length > before);
  return started;
}

/** versitygw takes an object's age from its file: so the S3 system's clock says it was renewed so long ago. */
function lastRenewed(bucket: string, lock: string, minutesAgo: number): void {
  const then = Date.now() / 1000 - minutesAgo * 60;
  utimesSync(bench.inBucket(bucket, 'locks', lock), then, then);
}

const removed = (pod: string) => [`Removed the lock of pod ${pod}, which ended without removing it.`];
const heldBy = (pod: string, mend: RegExp) =>
  new RegExp(
    `^The repository in the bucket \\S+ at \\S+ is locked by ${pod} \\(process \\d+ of root\\) since \\S+: wait for it\\. ${mend.source}`,
  );

test('a mover was killed, and the operator knows it: exactly its lock is removed, and said so', async () => {
  const bucket = withLocksOf(POD, FOREIGN_POD);
  const foreign = left.get(FOREIGN_POD) ?? '';

  const { outcome } = await bench.run(forgetting(bucket, [POD, FOREIGN_POD]));

  expect(outcome).toMatchObject({
    items: [{ state: 'Success' }],
    notes: removed(POD),
    // The foreign one is in the way still.
    retention: {
      kept: 3,
      forgotten: 0,
      failure: {
        reason: 'RetentionFailed',
        message: expect.stringMatching(
          heldBy(
            FOREIGN_POD,
            new RegExp(`If that process is dead, delete the object locks/${foreign} of the bucket by hand;`),
          ),
        ),
      },
    },
  });
  expect(locksOf(bucket)).toEqual([foreign]);
}, 40_000);

test('of a lost node nobody knows: its lock holds up retention, not the backup, until it is 35 minutes old', async () => {
  const bucket = withLocksOf(POD);
  const lock = left.get(POD) ?? '';

  lastRenewed(bucket, lock, 34);
  const held = await bench.run(forgetting(bucket));
  expect(held).toMatchObject({
    code: 0,
    outcome: {
      items: [{ state: 'Success' }],
      retention: {
        failure: {
          reason: 'RetentionFailed',
          message: expect.stringMatching(
            heldBy(
              POD,
              /If that pod is dead, its lock is removed when it has not been renewed for 35 minutes \(last at \S+Z\)\.$/,
            ),
          ),
        },
      },
    },
  });
  expect(held.outcome?.notes).toBeUndefined();
  expect(locksOf(bucket)).toEqual([lock]);

  // What time it is here does not matter: by the S3 system's own clock it is three minutes later.
  const date = new Date(Date.now() + 3 * 60_000).toUTCString();
  await bench.behind(
    () => undefined,
    async (endpoint) => {
      const task = forgetting(bucket);
      const repository = { ...task.repository, endpoint };
      const { outcome } = await bench.run({ ...task, repository });
      expect(outcome).toMatchObject({ retention: { kept: 1, forgotten: 3 }, notes: removed(POD) });
    },
    { date },
  );
  expect(locksOf(bucket)).toEqual([]);
}, 40_000);

test("a living backup's lock is never removed, though it has our own host name", async () => {
  const bucket = withLocksOf();
  const { child, ended } = await living(bucket, POD);
  const [lock] = locksOf(bucket);
  try {
    // Another pod is dead; and we ourselves bear the name of the living one.
    const { outcome } = await bench.run(forgetting(bucket, [OTHER_POD]), { pod: POD });
    expect(outcome).toMatchObject({
      items: [{ state: 'Success' }],
      retention: { forgotten: 0, failure: { reason: 'RetentionFailed' } },
    });
    expect(outcome?.notes).toBeUndefined();
    expect(locksOf(bucket)).toEqual([lock]);

    const upkeep = await bench.run(
      bench.maintainTask(bucket, {
        repository: bench.repository(bucket, { stallSeconds: 2 }),
        prune: { maxUnusedPercent: 0 },
      }),
    );
    expect(upkeep).toMatchObject({
      code: 1,
      outcome: { prune: { freed: 0, failure: { reason: 'RepositoryLocked' } } },
    });
    expect(locksOf(bucket)).toEqual([lock]);
  } finally {
    child.kill('SIGKILL');
    await ended;
  }
}, 40_000);

test('a lock of another cluster, or of a person, is never removed, however old: the object is named', async () => {
  for (const host of [FOREIGN_POD, 'laptop']) {
    const bucket = withLocksOf(host);
    const lock = left.get(host) ?? '';
    lastRenewed(bucket, lock, 3 * 24 * 60);
    const { outcome } = await bench.run(
      bench.maintainTask(bucket, {
        repository: bench.repository(bucket, { stallSeconds: 2, deadPods: [host] }),
        check: { part: 1, parts: 13 },
      }),
    );
    expect(outcome).toMatchObject({
      check: {
        failure: {
          reason: 'RepositoryLocked',
          message: expect.stringMatching(
            heldBy(
              host,
              new RegExp(`If that process is dead, delete the object locks/${lock} of the bucket by hand;`),
            ),
          ),
        },
      },
    });
    expect(locksOf(bucket)).toEqual([lock]);
  }
}, 40_000);

test('a killed prune, which holds up backups, too: its lock goes, and the backup is made', async () => {
  const bucket = withLocksOf();
  // It takes its lock, and waits for an answer.
  await bench.behind(
    ({ method, key }) => (method === 'GET' && key.startsWith('index/') ? 'silence' : undefined),
    async (endpoint) => {
      const task = bench.maintainTask(bucket, {
        repository: bench.repository(bucket, { endpoint }),
        prune: { maxUnusedPercent: 0 },
      });
      const env = { RESTIC_CACHE_DIR: join(bench.directory, 'no-cache') };
      const { child, ended } = bench.start(task, { pod: POD, env });
      await until('prune holds its lock', () => locksOf(bucket).length > 0);
      child.kill('SIGKILL');
      await ended;
    },
  );
  const repository = bench.repository(bucket, { stallSeconds: 2 });

  const held = await bench.run(bench.backupTask(bucket, [small, small], { repository }));
  expect(held.outcome?.items).toMatchObject([
    {
      state: 'Failed',
      reason: 'RepositoryLocked',
      message: expect.stringMatching(heldBy(POD, /If that pod is dead/)),
    },
    { state: 'Failed', reason: 'RepositoryLocked', message: expect.stringMatching(/^Not begun: /) },
  ]);

  const { outcome } = await bench.run(
    bench.backupTask(bucket, [small], { repository: { ...repository, deadPods: [POD] } }),
  );
  expect(outcome).toMatchObject({ items: [{ state: 'Success' }], notes: removed(POD) });
  expect(locksOf(bucket)).toEqual([]);
}, 40_000);

test('the lock of a pod that is known to be dead goes with the next backup, though nothing asks for the repository', async () => {
  const bucket = withLocksOf(POD, 'laptop');
  const repository = bench.repository(bucket, { deadPods: [POD, 'laptop'] });
  const { outcome } = await bench.run(bench.backupTask(bucket, [small], { repository }));
  expect(outcome).toMatchObject({ items: [{ state: 'Success' }], notes: removed(POD) });
  expect(locksOf(bucket)).toEqual([left.get('laptop')]);
}, 20_000);
