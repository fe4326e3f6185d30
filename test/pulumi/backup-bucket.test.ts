import { output } from '@pulumi/pulumi';
import { App, Chart } from 'cdk8s';
import * as plain from 'service-backup';
import {
  BackupBucket,
  type BackupBucketArgs,
  BucketAdmin,
  Item,
  SecretKey,
  ServiceBackup,
} from 'service-backup/pulumi';
import { built } from '../constructs/built';
import { deploy, objectsAmong, one, unknown } from './engine';

beforeAll(built, 60_000);

const PEM = '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n';
const soon = <T>(value: T) => output(Promise.resolve(value));
const WIKI: BackupBucketArgs = {
  bucketName: 'wiki-backup',
  s3: { s3Host: 's3.example.net', s3Credentials: SecretKey.pair('s3-{bucket}', 'AccessKey', 'SecretKey') },
  admin: BucketAdmin.versitygw(SecretKey.pair('versitygw-root', 'AccessKey', 'SecretKey')),
};
const deployed = async (args: Partial<BackupBucketArgs> = {}) => {
  const result = await deploy(() => new BackupBucket('wiki', { ...WIKI, ...args }));
  expect(result.errors).toEqual([]);
  return result;
};

test('it is the objects of the construct, the Job after all that it uses', async () => {
  const { resources } = await deployed();
  expect(resources[0]).toMatchObject({ type: 'service-backup:index:BackupBucket', name: 'wiki' });
  const objects = objectsAmong(resources);
  expect(objects.map(({ name, parent }) => [name, parent]).sort()).toEqual(
    ['account', 'binding', 'bucket-maker-bundle', 'job', 'role'].map((name) => [`wiki/${name}`, 'wiki']),
  );
  expect(one(resources, 'Job').dependsOn.sort()).toEqual([
    'wiki/account',
    'wiki/binding',
    'wiki/bucket-maker-bundle',
    'wiki/role',
  ]);
});

test('Outputs may stand in all that it is given, and the objects are the same, with the hashes in their names', async () => {
  const bucketName = `a.${'long-'.repeat(11)}name`;
  const { resources } = await deployed({
    bucketName: soon(bucketName),
    jobNamespace: soon('jobs'),
    s3: {
      s3Host: soon('s3.example.org'),
      region: soon('eu'),
      tls: { caBundle: soon(PEM) },
      s3Credentials: SecretKey.pair(soon('s3-{bucket}'), soon('a'), soon('s')),
      maintenanceCredentials: SecretKey.pair(soon('maintenance-{bucket}'), soon('a'), soon('s')),
    },
    admin: BucketAdmin.versitygw(SecretKey.pair(soon('root'), soon('id'), soon('key')), {
      endpoint: soon('https://admin.example.org'),
    }),
    images: { node: soon('registry.example.org/node:24'), pullSecrets: [soon('registry')] },
  });

  const chart = new Chart(new App(), 'wiki');
  const { pair } = plain.SecretKey;
  new plain.BackupBucket(chart, 'wiki', {
    bucketName,
    jobNamespace: 'jobs',
    s3: {
      s3Host: 's3.example.org',
      region: 'eu',
      tls: { caBundle: PEM },
      s3Credentials: pair('s3-{bucket}', 'a', 's'),
      maintenanceCredentials: pair('maintenance-{bucket}', 'a', 's'),
    },
    admin: plain.BucketAdmin.versitygw(pair('root', 'id', 'key'), { endpoint: 'https://admin.example.org' }),
    images: { node: 'registry.example.org/node:24', pullSecrets: ['registry'] },
  });
  const byKind = (a: { kind: string }, b: { kind: string }) => a.kind.localeCompare(b.kind);
  expect(
    objectsAmong(resources)
      .map(({ inputs }) => inputs)
      .sort(byKind),
  ).toEqual(chart.toJson().sort(byKind));
});

test('a ServiceBackup with its bucketName waits for the Job', async () => {
  const { resources, outputsOf } = await deploy(() => {
    const { bucketName } = new BackupBucket('wiki', WIKI);
    new ServiceBackup('backup', { backupBucketName: bucketName, backups: [Item.volume('pages')] });
  });
  const { inputs, dependsOn } = one(resources, 'ServiceBackup');
  expect(inputs.spec.backupBucketName).toBe('wiki-backup');
  expect(dependsOn).toContain('wiki/job');
  expect(outputsOf('wiki')).toEqual({ bucketName: 'wiki-backup' });
});

test('a preview shows the objects of a bucket whose name is not known yet', async () => {
  const { resources, errors } = await deploy(
    () => new BackupBucket('wiki', { ...WIKI, bucketName: unknown() }),
    { preview: true },
  );
  expect(errors).toEqual([]);
  expect(one(resources, 'Job').inputs).toEqual({
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: 'unknown',
    spec: 'unknown',
  });
});

test('mistakes have the words of the construct, at once or when they are known', async () => {
  const sentence =
    "wiki: bucketName 'Wiki' is not a bucket name S3 accepts (3 to 63 lower-case letters, digits, dots and hyphens): use 'wiki'.";
  expect(() => new BackupBucket('wiki', { ...WIKI, bucketName: 'Wiki' })).toThrow(sentence);
  const { errors, resources } = await deploy(
    () => new BackupBucket('wiki', { ...WIKI, bucketName: soon('Wiki') }),
  );
  expect(errors).toEqual([sentence]);
  expect(resources.map(({ name }) => name)).toEqual(['wiki']);
});
