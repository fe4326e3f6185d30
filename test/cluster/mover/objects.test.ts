import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { StoreOptions } from '../../../src/mover/objects/object-store';
import { Bench } from './harness';
import { hostileObjects, type System } from './hostile-keys';
import { type Rule, s3Error } from './proxy';
import { described, descriptionOf, listedKeys, plain, putAll, withStore } from './service-objects';

const MIB = 1024 * 1024;
const limits = { backoffMs: 5 };
/** The smallest parts that S3 systems take. */
const multipart = { from: 5 * MIB, part: 5 * MIB };

let bench: Bench;
beforeAll(async () => {
  bench = await Bench.start();
}, 30_000);
afterAll(() => bench.stop());

const bucketOf = async (system: System): Promise<StoreOptions> => ({
  ...(await bench.serviceBucket(system)),
  limits,
  multipart,
});

function file(body: string | Buffer) {
  const path = join(bench.directory, 'body');
  writeFileSync(path, body);
  return { path, size: Buffer.byteLength(body), sha256: createHash('sha256').update(body).digest('hex') };
}
const NOTHING = { headers: {}, metadata: {}, tags: {} };
const put = (options: StoreOptions, key: string, what: ReturnType<typeof file>, onlyIfAbsent = false) =>
  withStore(options, (store) => store.put(key, NOTHING, what, { onlyIfAbsent })).catch(
    ({ reason, message }) => ({ reason, message }),
  );

describe.each<[System, number]>([
  ['versitygw', 124],
  ['moto', 158],
])('on %s', (system, count) => {
  let bucket: StoreOptions;
  beforeAll(async () => {
    bucket = await bucketOf(system);
  }, 90_000);

  test(`${count} hostile objects come back as they were written`, async () => {
    const objects = hostileObjects(system);
    expect(objects).toHaveLength(count);
    const full = await bucketOf(system);
    await putAll(full, objects);
    expect(await described(full)).toEqual(descriptionOf(objects));
  }, 90_000);

  test('a large object goes over in parts, with all that it has', async () => {
    const body = Buffer.alloc(11 * MIB, 'eleven ');
    const tags = { a: 'b' };
    const large = { ...plain('dir/large ä', body), metadata: { name: 'ä' }, tags };
    await putAll(bucket, [large]);
    expect(await described(bucket)).toEqual(descriptionOf([large]));
    await withStore(bucket, async (store) => {
      expect((await store.head('dir/large ä'))?.etag).toMatch(/^[0-9a-f]{32}-3$/);
    });
  });

  test.each([
    ['small', 10],
    ['large', 6 * MIB],
  ])('a %s object that is there stays, if only absent ones may be written', async (key, size) => {
    await putAll(bucket, [plain(key, 'first')]);
    expect(await put(bucket, key, file(Buffer.alloc(size)), true)).toBe('exists');
    const etag = createHash('md5').update('first').digest('hex');
    await withStore(bucket, async (store) => expect(await store.head(key)).toMatchObject({ etag, size: 5 }));
    expect(await put(bucket, `${key} and new`, file('second'), true)).toHaveProperty('etag');
  });
});

test('another body than was meant is not taken: UnwritableObjects', async () => {
  const bucket = await bucketOf('versitygw');
  const other = { ...file('as it is'), sha256: file('as it is').sha256.replace(/./g, '0') };
  expect(await put(bucket, 'x', other)).toEqual({
    reason: 'UnwritableObjects',
    message: expect.stringMatching(
      /^The object "x" cannot be written into the bucket bucket-\d+: the S3 system answers 400 \(XAmzContentSHA256Mismatch/,
    ),
  });
  expect(await listedKeys(bucket)).toEqual([]);
});

test('a key that the S3 system cannot hold is no object that exists already', async () => {
  const bucket = await bucketOf('versitygw');
  await putAll(bucket, [plain('a/b', '')]);
  expect(await put(bucket, 'a', file('x'), true)).toMatchObject({ reason: 'UnwritableObjects' });
});

test('a bucket that is not to be written: SourceRefused', async () => {
  const bucket = await bucketOf('versitygw');
  const denied: Rule = ({ method }) => (method === 'PUT' ? s3Error(403, 'AccessDenied') : undefined);
  await bench.behind(denied, async (endpoint) => {
    const { reason, message } = (await put({ ...bucket, endpoint }, 'x', file('x'))) as Record<
      string,
      string
    >;
    expect(reason).toBe('SourceRefused');
    expect(message).toMatch(
      /takes nothing: it answered 403 \(AccessDenied\) when writing "x"\. Let the key write there \(PutObject, PutObjectTagging\);/,
    );
  });
});

test.each<[string, (url: string) => boolean]>([
  ['a part is refused', (url) => /partNumber=2/.test(url)],
  ['they cannot be put together', (url) => /\?uploadId=/.test(url)],
])('of an object in parts nothing is left if %s', async (_, fails) => {
  const bucket = await bucketOf('versitygw');
  const rule: Rule = ({ method, url }) =>
    fails(url) && method !== 'DELETE' ? s3Error(400, 'InvalidPart') : undefined;
  await bench.behind(rule, async (endpoint) => {
    const large = file(Buffer.alloc(6 * MIB));
    expect(await put({ ...bucket, endpoint }, 'large', large)).toMatchObject({ reason: 'UnwritableObjects' });
  });
  expect(bench.objects(bucket.bucket)).toEqual([]);
});

test('a file that is not what it was is not written', async () => {
  const bucket = await bucketOf('versitygw');
  const small = file('before');
  writeFileSync(small.path, 'afterwards');
  expect(await put(bucket, 'x', small)).toMatchObject({
    message: expect.stringMatching(/has 10 bytes instead of 6\.$/),
  });
  const large = { ...file(Buffer.alloc(6 * MIB)), sha256: 'ab' };
  expect(await put(bucket, 'y', large)).toMatchObject({
    message: expect.stringMatching(/its SHA-256 is not ab\.$/),
  });
  expect(bench.objects(bucket.bucket)).toEqual([]);
});
