import type { LookupAddress } from 'node:dns';
import type { StoreOptions } from '../../../src/mover/objects/object-store';
import { Bench } from './harness';
import { type Rule, s3Error } from './proxy';
import { listedKeys, plain, putAll, withStore } from './service-objects';

/** Nothing here takes as long as in earnest; `hasty` only where nothing answers, since a busy machine may be slow. */
const limits = { backoffMs: 5, slowDownMs: 2000 };
const hasty = { ...limits, connectMs: 200, idleMs: 300, slowDownMs: 50 };

let bench: Bench;
let bucket: StoreOptions;
beforeAll(async () => {
  bench = await Bench.start();
  bucket = { ...(await bench.serviceBucket('versitygw')), limits };
  await putAll(bucket, [plain('one', 'body of one'), plain('two', 'body of two')]);
}, 30_000);
afterAll(() => bench.stop());

const read = (options: StoreOptions, key = 'one') =>
  withStore(options, async (store) => {
    const object = await store.get(key);
    return object && String(Buffer.concat(await object.body.toArray()));
  });

/** Why it fails, without the addresses of this test. */
const failed = (work: Promise<unknown>) =>
  work.then(
    () => Promise.reject(new Error('It did not fail.')),
    ({ reason, message }: { reason: string; message: string }) => ({
      reason,
      message: message.replace(/http:\/\/127\.0\.0\.1:\d+/g, 'AT').replace(/bucket-\d+/g, 'BUCKET'),
    }),
  );

/** The same bucket, behind a proxy that says so to some requests. */
async function behind<T>(
  rule: Rule,
  use: (options: StoreOptions) => Promise<T>,
  patience: StoreOptions['limits'] = limits,
  also: Record<string, string> = {},
) {
  let result: T | undefined;
  const client = async (endpoint: string) => {
    result = await use({ ...bucket, endpoint, limits: patience });
  };
  await bench.behind(rule, client, also);
  return result as T;
}
const ofKey =
  (wanted: string, verdict: ReturnType<Rule>): Rule =>
  ({ key }) =>
    key === wanted ? verdict : undefined;

describe('an S3 system that cannot be reached: SourceUnreachable', () => {
  const WHO = "The S3 system AT, which holds the service's bucket BUCKET,";

  test('nobody listens', async () => {
    const { message, reason } = await failed(listedKeys({ ...bucket, endpoint: 'http://127.0.0.1:9' }));
    expect(reason).toBe('SourceUnreachable');
    expect(message).toBe(
      `${WHO} cannot be reached: connect ECONNREFUSED 127.0.0.1:9, when listing it. Check s3ServiceConfig.s3Host and the network.`,
    );
  });

  test('a network that swallows everything', async () => {
    const nowhere = { ...hasty, lookup: () => undefined };
    const { reason, message } = await failed(
      listedKeys({ ...bucket, endpoint: 'http://s3.test', limits: nowhere }),
    );
    expect(reason).toBe('SourceUnreachable');
    expect(message).toBe(
      "The S3 system http://s3.test, which holds the service's bucket BUCKET, does not answer: no connection within 0.2 s, when listing it. " +
        'Look at it, and at what lies between: a firewall that drops packets looks so, too.',
    );
  });

  test('it takes connections, and never answers', async () => {
    const { message } = await behind(
      () => 'silence',
      (options) => failed(listedKeys(options)),
      hasty,
    );
    expect(message).toMatch(/does not answer: no answer within 0\.3 s, when listing it\./);
  });

  test.each<[string, Rule]>([
    ['ends', ({ url }) => (url.endsWith('/one') ? 'half, and the end' : undefined)],
    ['stays silent', ({ url }) => (url.endsWith('/one') ? 'half, and silence' : undefined)],
  ])('after half a body it %s', async (_, rule) => {
    const { reason, message } = await behind(rule, (options) => failed(read(options)), hasty);
    expect(reason).toBe('SourceUnreachable');
    expect(message).toMatch(/does not answer: (aborted|no further byte within 0\.3 s), when reading "one"\./);
  });

  test('it asks to be left alone for good', async () => {
    const { reason, message } = await behind(
      () => s3Error(503, 'SlowDown'),
      (options) => failed(listedKeys(options)),
      hasty,
    );
    expect(reason).toBe('SourceUnreachable');
    expect(message).toBe(
      `${WHO} answers with errors of its own: it answered 503 (SlowDown) when listing it. Look at its log.`,
    );
  });

  test("a proxy's page with status 200 is no empty bucket", async () => {
    const { reason, message } = await behind(
      () => ({ status: 200, body: '<html>Welcome</html>' }),
      (options) => failed(listedKeys(options)),
    );
    expect(reason).toBe('SourceUnreachable');
    expect(message).toMatch(
      /what answered when listing it \(status 200\) is no S3 system: a proxy's page, perhaps/,
    );
  });

  test("a proxy's page with status 404 is no absence", async () => {
    const { message } = await behind(ofKey('one', { status: 404, body: '' }), (options) =>
      failed(read(options)),
    );
    expect(message).toMatch(/cannot be reached: it answered 404 when reading "one"/);
  });

  test('the second page of a listing does not come', async () => {
    const first = `<ListBucketResult><KeyCount>1</KeyCount><IsTruncated>true</IsTruncated><NextContinuationToken>a&amp;b</NextContinuationToken>
      <Contents><Key>x</Key><Size>1</Size><ETag>"e"</ETag><LastModified>2026-01-02T03:04:05.678Z</LastModified></Contents></ListBucketResult>`;
    const rule: Rule = ({ url }) =>
      url.includes('continuation-token=a%26b') ? s3Error(500, 'InternalError') : { status: 200, body: first };
    const pages: unknown[] = [];
    const { reason } = await behind(rule, (options) =>
      withStore(options, (store) =>
        failed(
          (async () => {
            for await (const page of store.list()) pages.push(page);
          })(),
        ),
      ),
    );
    expect({ reason, pages }).toEqual({
      reason: 'SourceUnreachable',
      pages: [[{ key: 'x', size: 1, etag: 'e', modified: '2026-01-02T03:04:05Z' }]],
    });
  });
});

describe('what passes is waited for', () => {
  const SLOW = s3Error(503, 'SlowDown');
  const LOST = s3Error(500, 'InternalError');
  const times = (verdicts: ReturnType<Rule>[]): Rule => {
    const left = [...verdicts];
    return () => left.shift();
  };

  test.each<[string, Rule]>([
    ['more SlowDowns than other errors would be borne', times([SLOW, SLOW, SLOW, LOST, SLOW, LOST])],
    ['half a listing', times(['half, and the end'])],
    ['a connection without an answer', times(['silence'])],
  ])('%s', async (_, rule) => {
    expect(await behind(rule, listedKeys, { ...limits, idleMs: 1000 })).toEqual(['one', 'two']);
  });

  test('a slow reader is not taken for a body that stalls', async () => {
    const options = { ...bucket, limits: { ...limits, idleMs: 400 } };
    await putAll(bucket, [plain('large', Buffer.alloc(5_000_000, 'x'))]);
    const bytes = await withStore(options, async (store) => {
      const object = await store.get('large');
      await new Promise((resolve) => setTimeout(resolve, 900));
      return Buffer.concat((await object?.body.toArray()) ?? []).length;
    });
    expect(bytes).toBe(5_000_000);
  });
});

describe('an S3 system that refuses: SourceRefused', () => {
  test.each<[string, Partial<StoreOptions>, RegExp]>([
    [
      'the access key',
      { accessKeyId: 'nobody' },
      /does not know the access key: it answered 404 \(XAdminUserNotFound\) when listing it\. Correct the access key id in the Secret that s3ServiceConfig/,
    ],
    [
      'the signature',
      { secretAccessKey: 'wrong' },
      /does not accept the signature: it answered 403 \(SignatureDoesNotMatch\) when listing it\. Correct the secret key in the Secret that s3ServiceConfig/,
    ],
    [
      'a clock that is two hours ahead',
      { limits: { ...limits, now: () => new Date(Date.now() + 7_200_000) } },
      /has another time than the node of this Job \(this node is 120 minutes ahead\), and refused the request when listing it\. Set the clocks by NTP\.$/,
    ],
  ])('%s', async (_, wrong, message) => {
    expect(await failed(listedKeys({ ...bucket, ...wrong }))).toEqual({
      reason: 'SourceRefused',
      message: expect.stringMatching(message),
    });
  });

  test.each<[string, Rule, RegExp]>([
    ['the listing', ofKey('', s3Error(403, 'AccessDenied')), /when listing it\./],
    [
      'the tags, and so does not say that there are any',
      ({ url }) => (url.endsWith('?tagging=') ? s3Error(403, 'AccessDenied') : undefined),
      /when reading the tags of "one"\./,
    ],
  ])('%s', async (_, rule, when) => {
    const all = async (options: StoreOptions) => [await listedKeys(options), await read(options)];
    const { reason, message } = await behind(rule, (options) => failed(all(options)));
    expect(reason).toBe('SourceRefused');
    expect(message).toMatch(when);
    expect(message).toMatch(
      /refused it: it answered 403 \(AccessDenied\) .* Let the key list the bucket \(ListBucket\), and read its objects with their tags \(GetObject, GetObjectTagging\)\.$/,
    );
  });

  test('to be asked for another region, which is found', async () => {
    const asked: unknown[] = [];
    const rule: Rule = ({ headers }) => {
      const [, region] = /\/\d+\/([^/]+)\/s3\//.exec(headers.authorization ?? '') ?? [];
      asked.push(region);
      const elsewhere = { status: 301, body: '', headers: { 'x-amz-bucket-region': 'us-east-1' } };
      return region === 'us-east-1' ? undefined : elsewhere;
    };
    expect(await behind(rule, (options) => listedKeys({ ...options, region: 'eu-west-1' }))).toContain('one');
    expect(asked).toEqual(['eu-west-1', 'us-east-1']);
  });

  test('every region', async () => {
    const body = '<Error><Code>PermanentRedirect</Code><Endpoint>s3.eu-west-1.test</Endpoint></Error>';
    const elsewhere = { status: 301, body, headers: { 'x-amz-bucket-region': 'eu-west-1' } };
    expect(
      await behind(
        () => elsewhere,
        (options) => failed(listedKeys(options)),
      ),
    ).toEqual({
      reason: 'SourceRefused',
      message: expect.stringMatching(
        /says that it is elsewhere: in the region eu-west-1, at s3\.eu-west-1\.test\. Set s3ServiceConfig\.region and s3ServiceConfig\.s3Host so\.$/,
      ),
    });
  });
});

test('a bucket that is not there: SourceBucketMissing', async () => {
  expect(await failed(listedKeys({ ...bucket, bucket: 'not-there' }))).toEqual({
    reason: 'SourceBucketMissing',
    message:
      "The service's bucket not-there does not exist at AT: it answered 404 (NoSuchBucket) when listing it. Correct its name, or create it.",
  });
});

test('a certificate that nobody knows: SourceNotTrusted, until caBundle knows it', async () => {
  await bench.withTls(async (endpoint, caBundle) => {
    // It is not asked again: that would take longer than this test may.
    const patient = { ...bucket, limits: { backoffMs: 35_000 } };
    const { reason, message } = await failed(listedKeys({ ...patient, endpoint }));
    expect(reason).toBe('SourceNotTrusted');
    expect(message).toMatch(
      /is not trusted: self-signed certificate, when listing it\. For a private authority set s3ServiceConfig\.tls\.caBundle;/,
    );
    expect(await listedKeys({ ...bucket, endpoint, caBundle })).toContain('one');
  });
});

test("where hosts are named after buckets, a bucket's host is asked", async () => {
  await bench.withVirtualHosts(async (endpoint) => {
    const lookup = (host: string, _: unknown, found: (error: null, addresses: LookupAddress[]) => void) =>
      found(null, host === `${bucket.bucket}.s3.test` ? [{ address: '127.0.0.1', family: 4 }] : []);
    const virtual = { ...bucket, endpoint, addressing: 'virtual', limits: { ...limits, lookup } } as const;
    expect(await listedKeys(virtual)).toContain('one');
    expect(await read(virtual)).toBe('body of one');
  });
});

test('an S3 system that has no tags has none', async () => {
  const rule: Rule = ({ url }) => (url.endsWith('?tagging=') ? s3Error(501, 'NotImplemented') : undefined);
  expect(await behind(rule, read)).toBe('body of one');
});

describe('one object alone', () => {
  test('went before its tags were read', async () => {
    await putAll(bucket, [{ ...plain('tagged', ''), tags: { a: 'b' } }]);
    const rule: Rule = ({ url }) => (url.endsWith('?tagging=') ? s3Error(404, 'NoSuchKey') : undefined);
    expect(await behind(rule, (options) => read(options, 'tagged'))).toBeUndefined();
  });

  test('is not there', async () => {
    expect(await read(bucket, 'nothing')).toBeUndefined();
    expect(await withStore(bucket, (store) => store.head('nothing'))).toBeUndefined();
  });

  test.each<[string, ReturnType<Rule>, RegExp]>([
    [
      'is refused',
      s3Error(403, 'AccessDenied', 'Access Denied.'),
      /^The object "one" of the bucket BUCKET cannot be read: the S3 system answers 403 \(AccessDenied: Access Denied\)\.$/,
    ],
    ['is lost', s3Error(500, 'InternalError'), /the S3 system answers 500 \(InternalError/],
    [
      'is a listing, as some say of the key `..`',
      { status: 200, body: '<ListBucketResult/>', headers: { 'content-length': 19 } },
      /what the S3 system answers is no object: it has no ETag, or no length\.$/,
    ],
  ])('%s: UnreadableObjects', async (_, verdict, message) => {
    expect(await behind(ofKey('one', verdict), (options) => failed(read(options)))).toEqual({
      reason: 'UnreadableObjects',
      message: expect.stringMatching(message),
    });
  });

  test('is listed under a name that is not its own: UnreadableObjects', async () => {
    const own = { ...(await bench.serviceBucket('versitygw')), limits };
    await putAll(own, [plain('bell\u0007', '')]);
    expect(await listedKeys(own)).toEqual(['bell\ufffd']);
    expect((await failed(read(own, 'bell\ufffd'))).message).toMatch(
      /it is listed, but not under its true key\.$/,
    );
  });

  test('has headers of 100 kB', async () => {
    const head = await behind(
      () => undefined,
      (options) => withStore(options, (store) => store.head('one')),
      limits,
      { 'x-amz-meta-large': 'x'.repeat(100_000) },
    );
    expect(head?.metadata.large).toHaveLength(100_000);
  });
});

test('what is stopped from outside says so', async () => {
  const stop = new AbortController();
  const work = behind(
    () => 'silence',
    (options) => failed(listedKeys({ ...options, signal: stop.signal })),
  );
  stop.abort();
  expect(await work).toEqual({ reason: 'Cancelled', message: 'Stopped from outside when listing it.' });
});
