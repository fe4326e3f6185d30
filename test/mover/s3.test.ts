import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Bucket } from '../../src/mover/s3';

let server: Server | undefined;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

/** A bucket of an S3 system that gives these answers, one after the other; the last one for ever. */
async function bucketAnswering(...answers: [status: number, body?: string][]) {
  let requests = 0;
  const bucket = await bucketOf((_, response) => {
    const [status, body] = answers[Math.min(requests++, answers.length - 1)] ?? [500];
    response.writeHead(status).end(body);
  });
  return { bucket, requests: () => requests };
}

async function bucketOf(listener: RequestListener, timeoutMs = 2000, signal?: AbortSignal): Promise<Bucket> {
  const listening = createServer(listener);
  server = listening;
  await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', resolve));
  const { port } = listening.address() as AddressInfo;
  return bucketAt(`http://127.0.0.1:${port}`, timeoutMs, signal);
}

const bucketAt = (endpoint: string, timeoutMs = 2000, signal?: AbortSignal) =>
  new Bucket({
    endpoint,
    bucket: 'wiki',
    accessKeyId: 'a',
    secretAccessKey: 's',
    region: 'r',
    timeoutMs,
    ...(signal && { signal }),
  });
const error = (code: string) => `<?xml version="1.0"?><Error><Code>${code}</Code></Error>`;
const fault = (reason: string, message: RegExp) =>
  expect.objectContaining({ reason, message: expect.stringMatching(message) });

test('an object is there, or it is not', async () => {
  const { bucket } = await bucketAnswering([200, 'text'], [404, error('NoSuchKey')]);
  expect(await bucket.get('config')).toBe('text');
  expect(await bucket.get('config')).toBeUndefined();
});

test("a proxy's 404 does not pass for a missing object", async () => {
  const { bucket } = await bucketAnswering([404, 'not found']);
  await expect(bucket.get('config')).rejects.toEqual(
    fault(
      'StorageUnreachable',
      /cannot be reached: it answered 404 when reading config\. Check s3Host and the network\.$/,
    ),
  );
});

const HERE = String.raw`http://127\.0\.0\.1:\d+`;

test.each<[string, number, string, string, string]>([
  [
    'no bucket',
    404,
    'NoSuchBucket',
    'BucketMissing',
    `^The bucket wiki does not exist at ${HERE}: it answered 404 \\(NoSuchBucket\\) when reading config\\. Create it\\.$`,
  ],
  [
    'an access key that is unknown',
    403,
    'InvalidAccessKeyId',
    'AccessKeyUnknown',
    `^The S3 system ${HERE}, which holds the bucket wiki, does not know the access key: it answered 403 \\(InvalidAccessKeyId\\) when reading config\\. Correct the access key id in the Secret that s3Credentials names, or look whether s3Host is the right one\\.$`,
  ],
  ['the same, in words of its own', 404, 'XAdminUserNotFound', 'AccessKeyUnknown', ''],
  ['the same, by 404', 404, 'InvalidAccessKeyId', 'AccessKeyUnknown', ''],
  [
    'a signature that does not fit',
    403,
    'SignatureDoesNotMatch',
    'SecretKeyWrong',
    `^The S3 system ${HERE}, which holds the bucket wiki, does not accept the signature: it answered 403 \\(SignatureDoesNotMatch\\) when reading config\\. Correct the secret key in the Secret that s3Credentials names; check region\\.$`,
  ],
  ["a region that is not the bucket's", 400, 'AuthorizationHeaderMalformed', 'SecretKeyWrong', ''],
  [
    'a key that may not read',
    403,
    'AccessDenied',
    'CredentialsRefused',
    `^The S3 system ${HERE} refused the credentials for the bucket wiki: it answered 403 \\(AccessDenied\\) when reading config\\. Let the key list, read, write and delete there\\.$`,
  ],
  ['a clock that is wrong', 403, 'RequestTimeTooSkewed', 'CredentialsRefused', 'RequestTimeTooSkewed'],
  ['a 403 without an S3 word', 403, '', 'CredentialsRefused', 'it answered 403 when reading config'],
  ['a 401 without an S3 word', 401, '', 'CredentialsRefused', ''],
  ['a redirection', 301, 'PermanentRedirect', 'StorageUnreachable', 'answered 301 \\(PermanentRedirect\\)'],
])('%s is told at once: %s %s', async (_, status, code, reason, message) => {
  const { bucket, requests } = await bucketAnswering([status, code ? error(code) : 'a page']);
  await expect(bucket.get('config')).rejects.toEqual(fault(reason, new RegExp(message)));
  expect(requests()).toBe(1);
});

test.each([
  [403, 'AccessDenied'],
  [403, 'XAdminBucketQuotaExceeded'],
  [403, 'QuotaExceeded'],
  [507, 'InsufficientStorage'],
  [507, 'XMinioStorageFull'],
  [507, ''],
])('a write that is refused, of a bucket that could be read: %s %s', async (status, code) => {
  const { bucket, requests } = await bucketAnswering([status, code ? error(code) : '']);
  const notWritable = (doing: string) =>
    fault(
      'BucketNotWritable',
      new RegExp(
        `^The bucket wiki at ${HERE} can be read, but not written: it answered ${status}.* when ${doing}\\. ` +
          'Let the key write \\(PutObject\\) and delete \\(DeleteObject\\) there; look whether the bucket is full, or locked against changes\\.$',
      ),
    );
  await expect(bucket.put('owner', '{}')).rejects.toEqual(notWritable('writing owner'));
  await expect(bucket.delete('locks/1')).rejects.toEqual(notWritable('deleting locks/1'));
  expect(requests()).toBe(2);
});

test('a write that is refused for the keys themselves', async () => {
  const { bucket } = await bucketAnswering([403, error('InvalidAccessKeyId')]);
  await expect(bucket.put('owner', '{}')).rejects.toEqual(fault('AccessKeyUnknown', /when writing owner/));
});

test('a failure that passes is tried over', async () => {
  const { bucket, requests } = await bucketAnswering([503, error('SlowDown')], [500], [200, 'text']);
  expect(await bucket.get('config')).toBe('text');
  expect(requests()).toBe(3);
});

test.each([
  [503, 'SlowDown'],
  [500, 'InternalError'],
  [429, ''],
])('a failure that stays: %s %s', async (status, code) => {
  const { bucket, requests } = await bucketAnswering([status, code ? error(code) : '']);
  await expect(bucket.get('config')).rejects.toEqual(
    fault(
      'StorageUnavailable',
      new RegExp(
        `^The S3 system ${HERE}, which holds the bucket wiki, answers with errors of its own: it answered ${status}.* when reading config\\. Look at its log\\.$`,
      ),
    ),
  );
  expect(requests()).toBe(3);
});

test('nobody answers', async () => {
  const silent = await bucketOf(() => undefined, 50);
  await expect(silent.get('config')).rejects.toEqual(
    fault(
      'StorageNotAnswering',
      new RegExp(
        `^The S3 system ${HERE}, which holds the bucket wiki, does not answer: no answer within 0\\.05 s\\. Look at it, and at what lies between: a firewall that drops packets looks so, too\\.$`,
      ),
    ),
  );
});

test('connections are taken, and dropped', async () => {
  const rude = await bucketOf((request) => request.socket.destroy());
  await expect(rude.get('config')).rejects.toEqual(
    fault('StorageNotAnswering', /does not answer: socket hang up/),
  );
});

test('nobody is there, or the name is unknown', async () => {
  await expect(bucketAt('http://127.0.0.1:1').get('config')).rejects.toEqual(
    fault(
      'StorageUnreachable',
      /cannot be reached: connect ECONNREFUSED 127\.0\.0\.1:1\. Check s3Host and the network\.$/,
    ),
  );
  await expect(bucketAt('http://no-such-host.invalid').get('config')).rejects.toEqual(
    fault('StorageUnreachable', /^The S3 system http:\/\/no-such-host\.invalid, .*: getaddrinfo E/),
  );
});

test('a dead S3 system is known after three tries', async () => {
  let tries = 0;
  const silent = await bucketOf(() => {
    tries++;
  }, 300);
  await expect(silent.list()).rejects.toEqual(fault('StorageNotAnswering', /./));
  expect(tries).toBe(3);
});

test('TLS spoken to somebody who does not is no matter of certificates', async () => {
  const plain = await bucketOf((_, response) => response.end());
  const { endpoint } = plain.place;
  await expect(bucketAt(endpoint.replace('http:', 'https:')).get('config')).rejects.toEqual(
    fault(
      'StorageUnreachable',
      /cannot be reached: it does not speak TLS as it should \(.+\)\. Check s3Host/,
    ),
  );
});

test('who is stopped from outside is told so', async () => {
  const stop = new AbortController();
  const bucket = await bucketOf(() => stop.abort(), 2000, stop.signal);
  await expect(bucket.get('config')).rejects.toEqual(
    fault('Cancelled', /^Stopped from outside when reading config\.$/),
  );
});

test('an object is deleted; one that is gone already is, too', async () => {
  const { bucket, requests } = await bucketAnswering([204], [200], [404, error('NoSuchKey')]);
  for (let i = 0; i < 3; i++) await bucket.delete('locks/1');
  expect(requests()).toBe(3);
});

test('an object is written once only where there is none', async () => {
  const { bucket } = await bucketAnswering([200], [412, error('PreconditionFailed')], [409]);
  expect(await bucket.put('service-backup.json', '{}', true)).toBe(true);
  expect(await bucket.put('service-backup.json', '{}', true)).toBe(false);
  expect(await bucket.put('service-backup.json', '{}', true)).toBe(false);
});

test('a bucket is listed: keys decoded, with their times, and what time it is there', async () => {
  const { bucket } = await bucketAnswering([
    200,
    '<ListBucketResult><Name>wiki</Name><Prefix>a</Prefix>' +
      '<Contents><LastModified>2026-11-21T11:24:00.000Z</LastModified><Key>a%20b%2Fc</Key></Contents>' +
      '<Contents>\n<Key>a</Key>\n</Contents></ListBucketResult>',
  ]);
  const { objects, date } = await bucket.list('a');
  expect(objects).toEqual([
    { key: 'a b/c', modified: '2026-11-21T11:24:00.000Z' },
    { key: 'a', modified: '' },
  ]);
  expect(Math.abs(Date.parse(date ?? '') - Date.now())).toBeLessThan(60_000);
});

test('a page that is no listing does not pass for an empty bucket', async () => {
  const { bucket } = await bucketAnswering([200, '<html>Welcome</html>']);
  await expect(bucket.list()).rejects.toEqual(
    fault('StorageUnreachable', /what answered when listing it \(status 200\) is no S3 system/),
  );
});
