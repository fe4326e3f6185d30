import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { type RestoreBucketTask, SERVICE_CREDENTIAL_VARIABLES } from '../../../src/api';
import { compareKeys, pathOfKey } from '../../../src/mover/buckets/key-path';
import { type Entry, headerLine } from '../../../src/mover/buckets/manifest';
import { ObjectStore } from '../../../src/mover/objects/object-store';
import { Bench, type Run } from './harness';
import { type Rule, s3Error } from './proxy';

interface Made {
  key: string;
  body: string;
  headers?: Entry['headers'];
  metadata?: Entry['metadata'];
  tags?: Entry['tags'];
  stale?: string;
}
const PLAIN = { headers: { 'content-type': 'text/plain' }, metadata: {}, tags: {} };
const FILES: Made[] = [
  { ...PLAIN, key: 'a/b', body: 'a b', metadata: { by: 'someone' }, tags: { kind: 'b c' } },
  { ...PLAIN, key: 'a/b*[x]', body: 'with wildcards', headers: { 'content-type': 'a/b', expires: '0' } },
  { ...PLAIN, key: 'a/empty', body: '' },
  { ...PLAIN, key: 'a-b', body: 'sorts before a/' },
  { ...PLAIN, key: 'z/é\n', body: 'a key of two lines' },
  { ...PLAIN, key: 'z/old', body: 'of yesterday', stale: 'it answered 500.' },
];
const IN_BUCKET = FILES.map(({ stale: _, ...made }) => made).sort((x, y) => compareKeys(x.key, y.key));

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
    const [sha256, etag] = ['sha256', 'md5'].map((name) => createHash(name).update(body).digest('hex'));
    const size = Buffer.byteLength(body);
    return { key, file, size, etag: etag!, modified: '2026-11-19T01:40:07Z', sha256: sha256!, ...more };
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
const env = {
  [SERVICE_CREDENTIAL_VARIABLES.accessKeyId]: KEYS.accessKeyId,
  [SERVICE_CREDENTIAL_VARIABLES.secretAccessKey]: KEYS.secretAccessKey,
};
const storeOf = (bucket: string) =>
  new ObjectStore({ endpoint: bench.endpoint, region: 'us-east-1', addressing: 'path', bucket, ...KEYS });

type Changes = Partial<RestoreBucketTask> & { endpoint?: string };
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
  return bench.run(task, { env, capabilities: [] });
}

/** What a bucket holds, as far as a restore has to bring it back. */
async function contents(bucket: string): Promise<Made[]> {
  const store = storeOf(bucket);
  const found: Made[] = [];
  try {
    for await (const page of store.list())
      for (const { key } of page) {
        const got = await store.get(key);
        let body = '';
        for await (const chunk of got!.body) body += String(chunk);
        const { headers, metadata, tags } = got!.head;
        found.push({ key, body, headers, metadata, tags });
      }
    return found;
  } finally {
    store.close();
  }
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

async function write(bucket: string, { key, body, headers = {}, metadata = {}, tags = {} }: Made) {
  const path = join(bench.directory, 'to-write');
  writeFileSync(path, body);
  const store = storeOf(bucket);
  const sha256 = createHash('sha256').update(body).digest('hex');
  await store.put(key, { headers, metadata, tags }, { path, size: Buffer.byteLength(body), sha256 });
  store.close();
}

test('a bucket comes back whole: keys, bodies, headers, metadata and tags; and the scratch volume is left empty', async () => {
  const bucket = bench.createBucket();
  const run = await restore(bucket);

  expect(run.stderr).toBe('');
  expect(await contents(bucket)).toEqual(IN_BUCKET);
  expect(run.lines).toContainEqual(expect.objectContaining({ type: 'snapshot', files: 6, bytes: 62 }));
  expect(newsOf(run)).toEqual([
    {
      type: 'object',
      key: 'z/old',
      what: 'stale',
      message: "this is an earlier state; that of the snapshot's time could not be read: it answered 500.",
    },
  ]);
  expect(run).toMatchObject({ code: 0, outcome: { items: [{ state: 'Success', files: 6, bytes: 62 }] } });
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

  expect((await contents(bucket)).map(({ key }) => key)).toEqual(['a/b', 'a/b*[x]']);
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
  let bucket: string;
  beforeAll(async () => {
    bucket = bench.createBucket();
    await write(bucket, { ...FILES[0]! });
    await write(bucket, { ...FILES[1]!, body: 'With wildcards' });
    await write(bucket, { ...FILES[2]!, metadata: { by: 'another' } });
    await write(bucket, { ...PLAIN, key: 'a-b', body: 'longer than it was' });
    await write(bucket, { ...PLAIN, key: 'of others', body: 'x' });
  });
  const inTheWay = ['a-b', 'a/b*[x]', 'a/empty'];

  test('is only looked at in a dry run', async () => {
    const before = await contents(bucket);
    const { run, puts } = await restoreVia(() => undefined, bucket, { dryRun: true });
    const over = await restoreVia(() => undefined, bucket, { dryRun: true, overwrite: true });

    expect([...puts, ...over.puts]).toEqual([]);
    expect(await contents(bucket)).toEqual(before);
    expect(resultOf(run)).toMatchObject({
      state: 'Success',
      files: 2,
      bytes: 30,
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
    const differing = (await contents(bucket)).filter(
      (one) => !IN_BUCKET.some((wanted) => isDeepStrictEqual(wanted, one)),
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
    const kept = { ...PLAIN, key: 'of others', body: 'x' };
    expect(await contents(bucket)).toEqual([...IN_BUCKET, kept].sort((x, y) => compareKeys(x.key, y.key)));
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
  expect(await contents(bucket)).toHaveLength(5);
}, 20_000);

test('an object that the bucket does not list afterwards was not restored, whatever was answered when it was written', async () => {
  const bucket = bench.createBucket();
  const { run } = await restoreVia(
    ({ method, key }) =>
      method === 'PUT' && key === 'a-b' ? { status: 200, body: '', headers: { etag: '"x"' } } : undefined,
    bucket,
  );

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
