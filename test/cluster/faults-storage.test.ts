import { ADDRESS } from '../../testbed/layout';
import { type Fault, FaultLab, ON_NODE_2 } from './fault-lab';
import { type FaultyS3, page, refusal, silent, testbedAuthority } from './s3-fault';

jest.setTimeout(240_000);

let lab: FaultLab;
const fronts: Record<string, FaultyS3> = {};

type At = NonNullable<Fault['config']>;
const at =
  (front: string): At =>
  (settings) => {
    settings.s3BackupConfig.s3Host = fronts[front]!.url;
  };
const keys =
  (secretName: string): At =>
  (settings) => {
    settings.s3BackupConfig.s3Credentials = {
      secretName: `storage-${secretName}`,
      accessKeyIDProperty: 'id',
      secretKeyProperty: 'key',
    };
  };

/** What is done to the S3 system; the ServiceBackup's reason; its words. */
const FAULTS: Fault[] = [
  { name: 'refused', config: at('refused'), reason: 'StorageUnreachable', says: [ADDRESS, 'ECONNREFUSED'] },
  { name: 'silent', claim: ON_NODE_2, config: at('silent'), reason: 'StorageNotAnswering', says: [ADDRESS] },
  {
    name: 'unavailable',
    claim: ON_NODE_2,
    config: at('unavailable'),
    reason: 'StorageUnavailable',
    says: ['503', 'SlowDown'],
  },
  {
    name: 'untrusted',
    config: at('untrusted'),
    reason: 'CertificateNotTrusted',
    says: ['https://10.88.0.1', 'tls.caBundle'],
  },
  {
    name: 'no-bucket',
    withoutBucket: true,
    reason: 'BucketMissing',
    says: ['faults-storage-no-bucket', /create it/i],
  },
  { name: 'access-key', config: keys('access-key'), reason: 'AccessKeyUnknown', says: ['s3Credentials'] },
  { name: 'secret-key', config: keys('secret-key'), reason: 'SecretKeyWrong', says: ['s3Credentials'] },
  {
    name: 'forbidden',
    config: at('forbidden'),
    reason: 'CredentialsRefused',
    says: ['faults-storage-forbidden'],
  },
  {
    name: 'not-writable',
    config: at('not-writable'),
    reason: 'BucketNotWritable',
    says: ['faults-storage-not-writable', 'PutObject'],
  },
  // A proxy's page with status 200 must not pass for an empty bucket.
  { name: 'page', config: at('page'), reason: 'StorageUnreachable', says: ['faults-storage-page', '200'] },
  {
    name: 'listing',
    claim: ON_NODE_2,
    config: at('listing'),
    reason: 'StorageUnavailable',
    says: ['faults-storage-listing', '500'],
  },
];

beforeAll(async () => {
  lab = await FaultLab.open('storage');
  const isListing = (path: string) => path.includes('list-type=2');
  fronts.refused = await lab.s3();
  await fronts.refused.close();
  fronts.silent = await lab.s3(silent);
  fronts.unavailable = await lab.s3(() => refusal(503, 'SlowDown'));
  fronts.untrusted = await lab.s3(undefined, { tls: true });
  fronts.forbidden = await lab.s3(() => refusal(403, 'AccessDenied'));
  fronts['not-writable'] = await lab.s3(({ method }) =>
    method === 'PUT' ? refusal(403, 'AccessDenied') : 'pass',
  );
  fronts.page = await lab.s3(({ path }) => (isListing(path) ? page(200) : 'pass'));
  fronts.listing = await lab.s3(({ path }) => (isListing(path) ? refusal(500, 'InternalError') : 'pass'));
  const { accessKeyId } = lab.cluster.s3;
  await lab.apply(
    lab.secret('access-key', { id: 'nobody', key: 'whatever' }),
    lab.secret('secret-key', { id: accessKeyId, key: 'not-its-secret' }),
  );
  await lab.make(FAULTS);
}, 60_000);
afterAll(() => lab?.close());

test.each(FAULTS)('$name: $reason', (fault) => lab.told(fault));

test('an authority that is named is trusted, and what refused connections is used when it is back: Success', async () => {
  await fronts.refused!.listen();
  await lab.apply(
    lab.config('untrusted', ({ s3BackupConfig }) => {
      s3BackupConfig.s3Host = fronts.untrusted!.url;
      s3BackupConfig.tls = { caBundle: testbedAuthority() };
    }),
  );
  const after = await Promise.all([lab.runAgain('untrusted'), lab.runAgain('refused')]);
  expect(after.map(({ state }) => state)).toEqual(['Success', 'Success']);
});
