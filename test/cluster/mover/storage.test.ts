import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ItemOutcome, TaskItem } from '../../../src/api';
import { Bench } from './harness';
import { gate, type Rule, s3Error } from './proxy';

let bench: Bench;
let item: TaskItem;
beforeAll(async () => {
  bench = await Bench.start();
  const volume = bench.volume();
  item = volume.item;
  writeFileSync(join(volume.source, 'file'), randomBytes(3_000_000));
}, 30_000);
afterAll(() => bench.stop());

/** Why a backup of two items through that proxy fails. */
async function failing(bucket: string, rule: Rule, stallSeconds = 2) {
  let found: { failure?: string; items: ItemOutcome[]; message: string } | undefined;
  await bench.behind(rule, async (endpoint) => {
    const repository = bench.repository(bucket, { endpoint, stallSeconds });
    const env = { SERVICE_BACKUP_KILL_SECONDS: '2' };
    const { outcome } = await bench.run(bench.backupTask(bucket, [item, item], { repository }), { env });
    const items = outcome?.items ?? [];
    const message = outcome?.failure?.message ?? items[0]?.message ?? '';
    found = { ...(outcome?.failure && { failure: outcome.failure.reason }), items, message };
  });
  return found!;
}
const writes =
  (prefix: string, answer: ReturnType<Rule>): Rule =>
  ({ method, key }) =>
    method === 'PUT' && key.startsWith(prefix) ? answer : undefined;
/**
 * Refuses what is written there. restic's last two packs are refused together: if the first is refused while the second is not yet
 * on its way, restic 0.18 waits for ever for a worker that has left.
 */
function refusing(prefix: string): Rule {
  const together = gate(prefix === 'data/' ? 2 : 1);
  return ({ method, key }) =>
    method === 'PUT' && key.startsWith(prefix) ? together().then(() => DENIED) : undefined;
}
const DENIED = s3Error(403, 'AccessDenied', 'Access Denied');

describe('at the door', () => {
  test('a bucket that can be read and not written is not claimed: BucketNotWritable', async () => {
    const bucket = bench.createBucket();
    const { failure, items, message } = await failing(bucket, writes('', DENIED));
    expect({ failure, items }).toEqual({ failure: 'BucketNotWritable', items: [] });
    expect(message).toMatch(
      /^The bucket bucket-\d+ at http:\S+ can be read, but not written: it answered 403 \(AccessDenied\) when writing service-backup\.json\. Let the key write/,
    );
    expect(bench.objects(bucket)).toEqual([]);
  });

  test.each<[string, Rule, string]>([
    ['503', () => s3Error(503, 'SlowDown'), 'StorageUnavailable'],
    ['that the key may not list', ({ key }) => (key === '' ? DENIED : undefined), 'CredentialsRefused'],
    [
      '500 to a listing',
      ({ key }) => (key === '' ? s3Error(500, 'InternalError') : undefined),
      'StorageUnavailable',
    ],
    [
      'a page of a proxy to a listing',
      ({ key }) => (key === '' ? { status: 200, body: '<html>Welcome</html>' } : undefined),
      'StorageUnreachable',
    ],
    [
      '404 of a proxy to everything',
      () => ({ status: 404, body: '<html>not found</html>' }),
      'StorageUnreachable',
    ],
    ['that the region is another', () => s3Error(400, 'AuthorizationHeaderMalformed'), 'SecretKeyWrong'],
  ])(
    'an S3 system that answers %s: nothing is initialised, and nothing written',
    async (_, rule, reason) => {
      const bucket = bench.createBucket();
      const asked: string[] = [];
      const { failure, items } = await failing(bucket, (request) => {
        asked.push(request.method);
        return rule(request);
      });
      expect({ failure, items }).toEqual({ failure: reason, items: [] });
      expect(bench.objects(bucket)).toEqual([]);
      expect(new Set(asked)).toEqual(new Set(['GET']));
    },
    20_000,
  );
});

describe('at work', () => {
  const DATA = ['data/', 'snapshots/', 'locks/'];

  test.each(DATA)('writing below %s is refused: BucketNotWritable, at once', async (prefix) => {
    const { items, message } = await failing(bench.createRepository(), refusing(prefix), 20);
    expect(items.map(({ reason }) => reason)).toEqual(['BucketNotWritable', 'BucketNotWritable']);
    expect(message).toMatch(/can be read, but not written: .*Access Denied \(when backing up claim data\)/);
    expect(items[1]?.message).toMatch(/^Not begun: /);
  });

  test('what restic tries over for ever is stopped, and the cause told', async () => {
    const full = s3Error(403, 'XAdminBucketQuotaExceeded', 'Bucket quota exceeded');
    // restic's S3 library itself tries a 503 over for seconds, before restic says a word.
    const busy = s3Error(501, 'ServiceUnavailable', 'Service Unavailable');
    const causes = await Promise.all(
      [full, busy, 'silence' as const].map((answer) =>
        failing(bench.createRepository(), writes('data/', answer)),
      ),
    );
    expect(causes.map(({ items }) => items.map(({ reason }) => reason))).toEqual([
      ['BucketNotWritable', 'BucketNotWritable'],
      ['StorageUnavailable', 'StorageUnavailable'],
      ['StorageNotAnswering', 'StorageNotAnswering'],
    ]);
    expect(causes.map(({ message }) => message)).toEqual([
      expect.stringMatching(
        /restic made no progress for 2 s when backing up claim data and was stopped \(Save\(<data\/\w+>\): client\.PutObject: Bucket quota exceeded\)/,
      ),
      expect.stringMatching(/\(Save\(<data\/\w+>\): client\.PutObject: Service Unavailable\)/),
      expect.stringMatching(
        /does not answer: restic made no progress for 2 s when backing up claim data and was stopped\./,
      ),
    ]);
  }, 30_000);
});

describe("the mover's own disk is full: DiskFull", () => {
  /** A directory with hardly any room. */
  const crammed = (name: string) => {
    const path = join(bench.directory, name);
    mkdirSync(path);
    bench.mount(path, ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', path]);
    return path;
  };

  test('for the packs that are on their way', async () => {
    const TMPDIR = crammed('tmp');
    const { outcome } = await bench.run(bench.backupTask(bench.createRepository(), [item, item]), {
      env: { TMPDIR },
    });
    expect(outcome?.items.map(({ reason }) => reason)).toEqual(['DiskFull', 'DiskFull']);
    expect(outcome?.items[0]?.message).toMatch(
      /^The disk of the node, on which the mover works, is full: .*no space left on device \(when backing up claim data\)\. Free space there; /,
    );
  }, 20_000);

  test('for the cache, at which restic tries over for ever', async () => {
    const bucket = bench.createRepository();
    await bench.run(bench.backupTask(bucket, [item]));
    const cache = crammed('cache-full');
    const env = { RESTIC_CACHE_DIR: cache, SERVICE_BACKUP_KILL_SECONDS: '2' };
    bench.resticRun(bucket, ['cat', 'config', '--no-lock'], { env });
    execFileSync('sh', ['-c', `cat /dev/zero > ${cache}/filling 2>/dev/null || true`]);
    const repository = bench.repository(bucket, { stallSeconds: 2 });
    const { outcome } = await bench.run(bench.backupTask(bucket, [item], { repository }), { env });
    expect(outcome?.items).toMatchObject([{ state: 'Failed', reason: 'DiskFull' }]);
  }, 30_000);
});
