import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { type RestoreBucketTask, SERVICE_CREDENTIAL_VARIABLES } from '../../../src/api';
import { compareKeys, pathOfKey } from '../../../src/mover/buckets/key-path';
import { type Entry, headerLine } from '../../../src/mover/buckets/manifest';
import type { StoreOptions } from '../../../src/mover/objects/object-store';
import { BucketBench, sha256 } from './bucket-bench';
import { Bench, type Run } from './harness';
import { hostileObjects, type System } from './hostile-keys';
import { type Rule, s3Error } from './proxy';
import { described, descriptionOf, listedKeys, plain, putAll } from './service-objects';

interface Made {
  key: string;
  body: Buffer;
  headers: Record<string, string>;
  metadata: Record<string, string>;
  tags: Record<string, string>;
  stale?: string;
}
const FILES: Made[] = [
  { ...plain('a/b', 'a b'), metadata: { by: 'someone' }, tags: { kind: 'b c' } },
  { ...plain('a/b*[x]', 'with wildcards'), headers: { 'content-type': 'a/b', 'cache-control': 'no-store' } },
  plain('a/empty', ''),
  plain('a-b', 'sorts before a/'),
  plain('z/é', 'not only ASCII'),
  { ...plain('z/old', 'of yesterday'), stale: 'it answered 500.' },
];

let bench: Bench;
let repository: string;
let scratch: string;
beforeAll(async () => {
  bench = await Bench.start();
  repository = bench.createRepository();
  scratch = mkdtempSync(join(bench.directory, 'scratch-'));
  snapshotOf(FILES);
}, 30_000);
afterAll(() => bench.stop());

/** A snapshot as the mover makes it of a bucket. */
function snapshotOf(files: Made[], spoil?: (file: string) => void): void {
  const copy = mkdtempSync(join(bench.directory, 'copy-'));
  const entries = files.map(({ key, body, ...more }): Entry => {
    const file = `objects/${pathOfKey(key)}`;
    mkdirSync(dirname(join(copy, file)), { recursive: true });
    writeFileSync(join(copy, file), body);
    const etag = createHash('md5').update(body).digest('hex');
    const known = { size: body.length, etag, modified: '2026-11-19T01:40:07Z', sha256: sha256(body) };
    return { key, file, ...known, ...more };
  });
  const about = { bucket: 'files', endpoint: bench.endpoint };
  const bytes = entries.reduce((sum, { size }) => sum + size, 0);
  const lines = entries.sort((x, y) => compareKeys(x.key, y.key)).map((entry) => JSON.stringify(entry));
  const header = headerLine(about, { objects: entries.length, bytes });
  writeFileSync(join(copy, 'manifest.jsonl'), `${[header, ...lines].join('\n')}\n`);
  spoil?.(join(copy, entries[0]!.file));
  bench.resticRun(repository, ['backup', '.', '--host', 'wiki/backup/s3:files', '--quiet'], { cwd: copy });
}

const KEYS = { accessKeyId: 'mover-test', secretAccessKey: 'mover-test-secret' };
const KEYS_IN_ENV = {
  [SERVICE_CREDENTIAL_VARIABLES.accessKeyId]: KEYS.accessKeyId,
  [SERVICE_CREDENTIAL_VARIABLES.secretAccessKey]: KEYS.secretAccessKey,
};
const at = (bucket: string): StoreOptions => ({
  endpoint: bench.endpoint,
  region: 'us-east-1',
  addressing: 'path',
  bucket,
  ...KEYS,
});

type Changes = Partial<RestoreBucketTask> & { endpoint?: string };
/** Into a bucket of the same S3 system as the repository's. */
function restore(bucket: string, { endpoint = bench.endpoint, ...changes }: Changes = {}): Promise<Run> {
  const task: RestoreBucketTask = {
    version: 1,
    kind: 'restore-bucket',
    repository: bench.repository(repository),
    item: 's3:files',
    select: { latest: true },
    to: { endpoint, region: 'us-east-1', addressing: 'path', bucket },
    overwrite: false,
    dryRun: false,
    scratch,
    ...changes,
  };
  return bench.run(task, { env: KEYS_IN_ENV, capabilities: [] });
}

const resultOf = ({ lines }: Run) => lines.at(-1);
const newsOf = ({ lines }: Run) => lines.flatMap((line) => (line.type === 'object' ? [line] : []));

/** Restores by a way on which requests are counted, and some of them answered by others. */
async function restoreVia(rule: Rule, ...[bucket, changes]: Parameters<typeof restore>) {
  const seen: string[] = [];
  let run: Run | undefined;
  await bench.behind(
    (request) => {
      seen.push(`${request.method} ${request.key}`);
      return rule(request);
    },
    async (endpoint) => {
      run = await restore(bucket, { ...changes, endpoint });
    },
  );
  return { run: run!, puts: seen.filter((one) => one.startsWith('PUT')) };
}

test('a bucket comes back whole: keys, bodies, headers, metadata and tags; and the scratch volume is left empty', async () => {
  const bucket = bench.createBucket();
  const run = await restore(bucket);

  expect(run.stderr).toBe('');
  expect(await described(at(bucket))).toEqual(descriptionOf(FILES));
  expect(run.lines).toContainEqual(expect.objectContaining({ type: 'snapshot', files: 6, bytes: 58 }));
  expect(newsOf(run)).toEqual([
    {
      type: 'object',
      key: 'z/old',
      what: 'stale',
      message: "this is an earlier state; that of the snapshot's time could not be read: it answered 500.",
    },
  ]);
  expect(run).toMatchObject({ code: 0, outcome: { items: [{ state: 'Success', files: 6, bytes: 58 }] } });
  expect(resultOf(run)).toMatchObject({
    state: 'Success',
    files: 6,
    objects: { wanted: 6, written: 6, replaced: 0, there: 0, inTheWay: 0, failed: 0, stale: 1, others: 0 },
  });
  expect(readdirSync(scratch)).toEqual([]);
}, 20_000);

test('with a prefix only what begins so is fetched and written', async () => {
  const bucket = bench.createBucket();
  const run = await restore(bucket, { prefix: 'a/b' });

  expect(await listedKeys(at(bucket))).toEqual(['a/b', 'a/b*[x]']);
  expect(resultOf(run)).toMatchObject({ state: 'Success', files: 2, objects: { wanted: 2, written: 2 } });

  const none = await restore(bucket, { prefix: 'nothing' });
  expect(resultOf(none)).toMatchObject({
    state: 'Failed',
    reason: 'RestoreFailed',
    message: expect.stringMatching(
      /^No object of snapshot \w{8} has a key that begins with 'nothing': nothing was written\.$/,
    ),
  });
}, 20_000);

describe('a bucket that is not empty', () => {
  const OTHER = plain('of others', 'x');
  let bucket: string;
  beforeAll(async () => {
    bucket = bench.createBucket();
    await putAll(at(bucket), [
      FILES[0]!,
      { ...FILES[1]!, body: Buffer.from('With wildcards') },
      { ...FILES[2]!, metadata: { by: 'another' } },
      plain('a-b', 'longer than it was'),
      OTHER,
    ]);
  });
  const inTheWay = ['a-b', 'a/b*[x]', 'a/empty'];

  test('is only looked at in a dry run', async () => {
    const before = await described(at(bucket));
    const { run, puts } = await restoreVia(() => undefined, bucket, { dryRun: true });
    const over = await restoreVia(() => undefined, bucket, { dryRun: true, overwrite: true });

    expect([...puts, ...over.puts]).toEqual([]);
    expect(await described(at(bucket))).toEqual(before);
    expect(resultOf(run)).toMatchObject({
      state: 'Success',
      files: 2,
      bytes: 26,
      objects: { written: 2, there: 1, inTheWay: 3, others: 1 },
    });
    expect(resultOf(over.run)).toMatchObject({ objects: { written: 2, replaced: 3, inTheWay: 0 } });
    expect(newsOf(over.run).find(({ key }) => key === 'a-b')).toMatchObject({
      what: 'replaced',
      message: 'another object would be written over.',
    });
  }, 20_000);

  test('keeps what differs, and the restore says of each in what, and is Failed', async () => {
    const run = await restore(bucket);

    const news = newsOf(run).filter(({ what }) => what === 'inTheWay');
    expect(news.map(({ key, message }) => [key, message]).sort()).toEqual([
      ['a-b', 'another object is there (of 18 bytes instead of 15), and was left.'],
      ['a/b*[x]', 'another object is there (with another body), and was left.'],
      ['a/empty', 'another object is there (with other metadata), and was left.'],
    ]);
    expect(run.code).toBe(1);
    expect(run.outcome?.items).toMatchObject([{ state: 'Failed', reason: 'RestoreFailed', files: 2 }]);
    expect(resultOf(run)).toMatchObject({
      state: 'Failed',
      reason: 'RestoreFailed',
      message: expect.stringMatching(
        new RegExp(
          `^Of 3 objects \\('.*', '.*', '.*'\\) the bucket ${bucket} has another, which was left: --overwrite writes over it\\.$`,
        ),
      ),
      objects: { wanted: 6, written: 2, there: 1, inTheWay: 3, others: 1 },
    });
    const wanted = descriptionOf(FILES);
    const differing = (await described(at(bucket))).filter(
      (one) => !wanted.some((other) => isDeepStrictEqual(one, other)),
    );
    expect(differing.map(({ key }) => key)).toEqual([...inTheWay, 'of others']);
  }, 20_000);

  test('is written over when that is asked for; what is not in the snapshot stays', async () => {
    const { run, puts } = await restoreVia(() => undefined, bucket, { overwrite: true });

    expect(resultOf(run)).toMatchObject({
      state: 'Success',
      objects: { written: 0, replaced: 3, there: 3, others: 1 },
    });
    expect(puts).toHaveLength(3);
    expect(await described(at(bucket))).toEqual(descriptionOf([...FILES, OTHER]));
  }, 20_000);
});

test('an object that cannot be written is told by its key, and the others are restored', async () => {
  const bucket = bench.createBucket();
  const { run } = await restoreVia(
    ({ method, key }) => (method === 'PUT' && key === 'a-b' ? s3Error(403, 'AccessDenied') : undefined),
    bucket,
  );

  expect(newsOf(run).filter(({ what }) => what === 'failed')).toMatchObject([{ key: 'a-b' }]);
  expect(resultOf(run)).toMatchObject({
    state: 'Failed',
    reason: 'RestoreFailed',
    message: expect.stringMatching(/^1 object \('a-b'\) could not be restored: .*AccessDenied/),
    objects: { wanted: 6, written: 5, failed: 1 },
  });
  expect(await listedKeys(at(bucket))).toHaveLength(5);
}, 20_000);

test('an object that the bucket does not list afterwards was not restored, whatever was answered when it was written', async () => {
  const bucket = bench.createBucket();
  const md5 = createHash('md5').update('sorts before a/').digest('hex');
  const { run } = await restoreVia(
    ({ method, key }) =>
      method === 'PUT' && key === 'a-b' ? { status: 200, body: '', headers: { etag: md5 } } : undefined,
    bucket,
  );

  expect(newsOf(run).filter(({ what }) => what === 'failed')).toEqual([
    {
      type: 'object',
      key: 'a-b',
      what: 'failed',
      message: 'It was written, and the bucket does not list it.',
    },
  ]);
  expect(resultOf(run)).toMatchObject({ state: 'Failed', objects: { failed: 1 } });
}, 20_000);

test('a bucket that holds backups is refused, and nothing is written into it', async () => {
  const another = bench.createRepository();
  const plain = bench.createBucket();
  bench.resticRun(plain, ['init', '--quiet']);
  for (const [bucket, why] of [
    [repository, 'holds the backups themselves'],
    [another, 'holds a repository of backups (service-backup.json)'],
    [plain, 'holds a restic repository (keys/…)'],
  ] as const) {
    const before = bench.objects(bucket);
    const run = await restore(bucket, { overwrite: true });
    expect(run.lines).toEqual([
      {
        type: 'result',
        state: 'Failed',
        reason: 'TargetIsRepository',
        message: `The bucket ${bucket} ${why}: nothing was written. Restore into another bucket.`,
      },
    ]);
    expect(bench.objects(bucket)).toEqual(before);
  }
}, 30_000);

test('a body that is not the one that was backed up is not written', async () => {
  snapshotOf(FILES, (file) => writeFileSync(file, 'AAA'));
  const bucket = bench.createBucket();
  const run = await restore(bucket);

  expect(resultOf(run)).toMatchObject({
    state: 'Failed',
    message: expect.stringMatching(
      /^1 object \('a-b'\) could not be restored: Its body in the snapshot is not the one that was backed up \(3 bytes with SHA-256 \w{64}\): it was not written\.$/,
    ),
    objects: { written: 5, failed: 1 },
  });
}, 20_000);

test('what all objects fail by ends it soon, and says how far it came', async () => {
  const bucket = bench.createBucket();
  snapshotOf(Array.from({ length: 60 }, (_, n) => plain(`many/${n}`, 'x')));
  const { run, puts } = await restoreVia(
    ({ method }) => (method === 'PUT' ? s3Error(403, 'AccessDenied') : undefined),
    bucket,
  );
  expect(puts.length).toBeLessThan(40);
  expect(resultOf(run)).toMatchObject({
    state: 'Failed',
    message: expect.stringContaining(' 0 of 60 objects were written before. '),
  });

  let listings = 0;
  const unlisted = await restoreVia(({ url }) => {
    if (url.includes('list-type') && !url.includes('prefix') && ++listings === 2)
      return s3Error(403, 'AccessDenied');
    return undefined;
  }, bucket);
  expect(resultOf(unlisted.run)).toMatchObject({
    state: 'Failed',
    reason: 'SourceRefused',
    message: expect.stringContaining(' 60 of 60 objects were written before.'),
  });
}, 20_000);

test('a scratch volume that is too small is told before anything is fetched', async () => {
  const small = mkdtempSync(join(bench.directory, 'small-'));
  bench.mount(small, ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', small]);
  snapshotOf([plain('large', Buffer.alloc(2_000_000))]);
  const bucket = bench.createBucket();
  const run = await restore(bucket, { scratch: small });

  expect(resultOf(run)).toMatchObject({
    state: 'Failed',
    reason: 'ScratchFull',
    message:
      'The scratch volume has 1 MiB free, and 2 MiB are needed: nothing was written. Restore with a larger one: --size.',
  });
  expect(resultOf(await restore(bucket, { scratch: small, dryRun: true }))).toMatchObject({ files: 1 });
}, 20_000);

test('a snapshot that is not of a bucket is refused', async () => {
  bench.resticRun(repository, ['backup', __filename, '--host', 'wiki/backup/s3:none', '--quiet']);
  const run = await restore(bench.createBucket(), { item: 's3:none' });

  expect(resultOf(run)).toMatchObject({
    reason: 'RestoreFailed',
    message: expect.stringMatching(
      /^Snapshot \w{8} has no manifest.jsonl, and so is not of a bucket: nothing was written\.$/,
    ),
  });
}, 20_000);

describe('hostile objects', () => {
  test.each<System>(['versitygw', 'moto'])(
    'of %s come back identical in another bucket',
    async (system) => {
      const service = await BucketBench.start(bench, undefined, system);
      const into = await bench.serviceBucket(system);
      const objects = hostileObjects(system);
      await putAll(service.service, objects);
      const backup = await service.run();
      service.stop();
      expect(backup.outcome?.items).toMatchObject([{ state: 'Success', files: objects.length }]);

      const run = await restore(into.bucket, {
        endpoint: into.endpoint,
        item: service.item.name,
        repository: bench.repository(service.repository),
      });

      expect(run.stderr).toBe('');
      expect(resultOf(run)).toMatchObject({ state: 'Success', files: objects.length });
      expect(await described(into)).toEqual(descriptionOf(objects));
    },
    90_000,
  );
});
