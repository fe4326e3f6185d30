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

async function bucketOf(listener: RequestListener, timeoutMs = 5000): Promise<Bucket> {
  const listening = createServer(listener);
  server = listening;
  await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', resolve));
  const { port } = listening.address() as AddressInfo;
  return bucketAt(`http://127.0.0.1:${port}`, timeoutMs);
}

const bucketAt = (endpoint: string, timeoutMs = 5000) =>
  new Bucket({ endpoint, bucket: 'wiki', accessKeyId: 'a', secretAccessKey: 's', region: 'r', timeoutMs });
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
  await expect(bucket.get('config')).rejects.toEqual(fault('StorageUnreachable', /answered 404/));
});

test('a missing bucket is no missing object', async () => {
  const { bucket } = await bucketAnswering([404, error('NoSuchBucket')]);
  await expect(bucket.get('config')).rejects.toEqual(
    fault('BucketMissing', /^The bucket wiki does not exist at http:\/\/127.0.0.1:\d+: create it\.$/),
  );
});

test.each([
  [403, error('InvalidAccessKeyId'), 'InvalidAccessKeyId'],
  [403, error('SignatureDoesNotMatch'), 'SignatureDoesNotMatch'],
  [400, error('AuthorizationHeaderMalformed'), 'AuthorizationHeaderMalformed'],
  [404, error('InvalidAccessKeyId'), 'InvalidAccessKeyId'],
  [404, error('XAdminUserNotFound'), 'XAdminUserNotFound'],
  [403, 'a page of a proxy', '403'],
  [401, '', '401'],
])('refused credentials are told as such, at once: %s %s', async (status, body, code) => {
  const { bucket, requests } = await bucketAnswering([status, body]);
  await expect(bucket.get('config')).rejects.toEqual(
    fault(
      'CredentialsRefused',
      new RegExp(
        `^http://127.0.0.1:\\d+ refused the credentials \\(${code}\\) when reading config in the bucket wiki: check the Secret that s3Credentials names, the region, and that the key may list, read, write and delete there\\.$`,
      ),
    ),
  );
  expect(requests()).toBe(1);
});

test('a failure that passes is tried over', async () => {
  const { bucket, requests } = await bucketAnswering([503], [500], [200, 'text']);
  expect(await bucket.get('config')).toBe('text');
  expect(requests()).toBe(3);
});

test('a failure that stays is StorageUnreachable', async () => {
  const { bucket } = await bucketAnswering([503]);
  await expect(bucket.get('config')).rejects.toEqual(
    fault(
      'StorageUnreachable',
      /^The S3 system http:\/\/127.0.0.1:\d+ cannot be used: it answers 503\. Check s3Host, the network, and for a private certificate tls\.caBundle\.$/,
    ),
  );
});

test('nobody answers, or nobody is there', async () => {
  const silent = await bucketOf(() => undefined, 50);
  await expect(silent.get('config')).rejects.toEqual(fault('StorageUnreachable', /no answer within 0.05 s/));
  await expect(bucketAt('http://127.0.0.1:1').get('config')).rejects.toEqual(
    fault('StorageUnreachable', /ECONNREFUSED/),
  );
});

test('a redirection is no answer', async () => {
  const { bucket } = await bucketAnswering([301, error('PermanentRedirect')]);
  await expect(bucket.get('config')).rejects.toEqual(
    fault(
      'StorageUnreachable',
      /answered 301 \(PermanentRedirect\) when reading config in the bucket wiki: check s3Host\.$/,
    ),
  );
});

test('an object is written once only where there is none', async () => {
  const { bucket } = await bucketAnswering([200], [412, error('PreconditionFailed')], [409]);
  expect(await bucket.put('service-backup.json', '{}', true)).toBe(true);
  expect(await bucket.put('service-backup.json', '{}', true)).toBe(false);
  expect(await bucket.put('service-backup.json', '{}', true)).toBe(false);
});

test('a bucket is listed with its keys decoded', async () => {
  const { bucket } = await bucketAnswering([
    200,
    '<ListBucketResult><Contents><Key>a%20b%2Fc</Key></Contents></ListBucketResult>',
  ]);
  expect(await bucket.list()).toEqual(['a b/c']);
});

test('a page that is no listing does not pass for an empty bucket', async () => {
  const { bucket } = await bucketAnswering([200, '<html>Welcome</html>']);
  await expect(bucket.list()).rejects.toEqual(fault('StorageUnreachable', /answered 200 when listing it/));
});
