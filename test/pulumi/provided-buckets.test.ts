import { interpolate, output } from '@pulumi/pulumi';
import {
  AwsBackupBucket,
  type AwsBackupBucketArgs,
  Item,
  MinioBackupBucket,
  SecretKey,
  ServiceBackup,
} from 'service-backup/pulumi';
import { type Deployed, deploy, one, unknown } from './engine';
import { aws, minio } from './providers';

const soon = <T>(value: T) => output(Promise.resolve(value));
const S3 = {
  s3Host: 's3.example.net',
  s3Credentials: SecretKey.pair('s3-{bucket}', 'AccessKey', 'SecretKey'),
};
const TWO = { ...S3, maintenanceCredentials: SecretKey.pair('maintenance-{bucket}', 'id', 'key') };

const NEXTCLOUD = { bucketName: 'nextcloud-backup', s3: S3 };
const ofAws = (args: Partial<AwsBackupBucketArgs> = {}, options?: { preview: boolean }) =>
  deploy(() => new AwsBackupBucket('nextcloud', { aws, ...NEXTCLOUD, ...args }), options);
const ofMinio = (args: Partial<AwsBackupBucketArgs> = {}) =>
  deploy(() => new MinioBackupBucket('nextcloud', { minio, ...NEXTCLOUD, ...args }));

const called = ({ resources }: Deployed) =>
  resources.map(({ type, name }) => `${type.replace(/^.*[:/]/, '')} ${name}`).sort();
const ofType = ({ resources }: Deployed, type: string) =>
  resources.find((one) => one.type.endsWith(`:${type}`))!;
const policyOf = ({ resources }: Deployed, name: string) => {
  const { inputs } = resources.find((one) => one.name === name && 'policy' in one.inputs)!;
  return JSON.parse(inputs.policy);
};
const deletes = (deployed: Deployed, name: string) =>
  policyOf(deployed, name).Statement.find(({ Action }: { Action: string[] }) =>
    Action.includes('s3:DeleteObject'),
  ).Resource;

test('a bucket of AWS comes closed to the public, with a user, its rights and keys, and their Secret', async () => {
  const deployed = await ofAws();
  expect(deployed.errors).toEqual([]);
  expect(called(deployed)).toEqual([
    'AccessKey nextcloud-user',
    'AwsBackupBucket nextcloud',
    'Bucket nextcloud-bucket',
    'BucketPublicAccessBlock nextcloud-bucket',
    'Secret nextcloud-user-secret',
    'User nextcloud-user',
    'UserPolicy nextcloud-user',
  ]);
  const inputsOf = (type: string) => ofType(deployed, type).inputs;
  expect(ofType(deployed, 'AwsBackupBucket').type).toBe('service-backup:index:AwsBackupBucket');
  expect(new Set(deployed.resources.slice(1).map(({ parent }) => parent))).toEqual(new Set(['nextcloud']));
  expect(inputsOf('Bucket')).toEqual({ bucket: 'nextcloud-backup' });
  expect(inputsOf('BucketPublicAccessBlock')).toEqual({
    bucket: 'nextcloud-backup',
    blockPublicAcls: true,
    blockPublicPolicy: true,
    ignorePublicAcls: true,
    restrictPublicBuckets: true,
  });
  // Its name is drawn by the provider.
  expect(inputsOf('User')).toEqual({});
  expect(inputsOf('UserPolicy').user).toBe('nextcloud-user-1a2b3c4');
  expect(inputsOf('AccessKey')).toEqual({ user: 'nextcloud-user-1a2b3c4' });
  expect(inputsOf('Secret')).toMatchObject({
    metadata: { name: 's3-nextcloud-backup', namespace: 'service-backup-jobs' },
    stringData: { secret: { AccessKey: 'nextcloud-user-id', SecretKey: 'secret of nextcloud-user' } },
  });
});

test('a bucket of MinIO comes with a user, its rights, and the Secret with its keys', async () => {
  const deployed = await ofMinio();
  expect(deployed.errors).toEqual([]);
  expect(called(deployed)).toEqual([
    'IamPolicy nextcloud-user',
    'IamUser nextcloud-user',
    'IamUserPolicyAttachment nextcloud-user',
    'MinioBackupBucket nextcloud',
    'S3Bucket nextcloud-bucket',
    'Secret nextcloud-user-secret',
  ]);
  expect(ofType(deployed, 'S3Bucket').inputs).toEqual({ bucket: 'nextcloud-backup' });
  expect(ofType(deployed, 'IamUser').inputs).toEqual({});
  expect(ofType(deployed, 'IamUserPolicyAttachment').inputs).toEqual({
    userName: 'nextcloud-user-1a2b3c4',
    policyName: 'nextcloud-user-5d6e7f8',
  });
  expect(one(deployed.resources, 'Secret').inputs.stringData).toEqual({
    secret: { AccessKey: 'nextcloud-user-1a2b3c4', SecretKey: 'secret of nextcloud-user' },
  });
});

test.each([
  ['AWS', ofAws, ['nextcloud-bucket', 'nextcloud-bucket']],
  ['MinIO', ofMinio, ['nextcloud-bucket']],
])(
  'of %s the bucket stays when it leaves the stack, and nothing that opens it; nothing holds up a destroy',
  async (_, deployed, staying) => {
    const { resources } = await deployed({ s3: TWO });
    expect(resources.filter(({ retainOnDelete }) => retainOnDelete).map(({ name }) => name)).toEqual(staying);
    expect(resources.filter(({ protect }) => protect)).toEqual([]);
    expect(JSON.stringify(resources)).not.toContain('forceDestroy');
  },
);

test('what a user may do is what restic needs, in this bucket, by the ARN that the provider gives', async () => {
  const bucket = 'arn:aws-cn:s3:::nextcloud-backup';
  expect(policyOf(await ofAws(), 'nextcloud-user')).toEqual({
    Version: '2012-10-17',
    Statement: [
      { Sid: 'List', Effect: 'Allow', Action: ['s3:ListBucket'], Resource: [bucket] },
      {
        Sid: 'ReadAndWrite',
        Effect: 'Allow',
        Action: ['s3:GetObject', 's3:PutObject', 's3:AbortMultipartUpload'],
        Resource: [`${bucket}/*`],
      },
      { Sid: 'Delete', Effect: 'Allow', Action: ['s3:DeleteObject'], Resource: [`${bucket}/*`] },
    ],
  });
});

test.each([
  ['AWS', ofAws, 'arn:aws-cn'],
  ['MinIO', ofMinio, 'arn:aws'],
])(
  'of %s, with maintenanceCredentials the user of the backups deletes locks alone, and a second one everything',
  async (_, by, arn) => {
    const deployed = await by({ s3: TWO });
    expect(deletes(deployed, 'nextcloud-user')).toEqual([`${arn}:s3:::nextcloud-backup/locks/*`]);
    expect(deletes(deployed, 'nextcloud-maintenance')).toEqual([`${arn}:s3:::nextcloud-backup/*`]);
    const [first, second] = ['s3-nextcloud-backup', 'maintenance-nextcloud-backup'].map(
      (name) => one(deployed.resources, 'Secret', name).inputs.stringData.secret,
    );
    expect([first.SecretKey, second.key]).toEqual([
      'secret of nextcloud-user',
      'secret of nextcloud-maintenance',
    ]);
  },
);

test('no user is made before the bucket, and no Secret before its keys open something', async () => {
  const deployed = await ofAws();
  expect(ofType(deployed, 'User').dependsOn).toEqual(['nextcloud-bucket', 'nextcloud-bucket']);
  // Its rights, and its keys.
  expect(ofType(deployed, 'Secret').dependsOn).toEqual(['nextcloud-user', 'nextcloud-user']);
});

test('a ServiceBackup with its bucketName waits until all is there', async () => {
  const { resources, outputsOf } = await deploy(() => {
    const { bucketName } = new AwsBackupBucket('nextcloud', { aws, ...NEXTCLOUD, s3: TWO });
    new ServiceBackup('backup', { backupBucketName: bucketName, backups: [Item.volume('data')] });
  });
  const { inputs, dependsOn } = one(resources, 'ServiceBackup');
  expect(inputs.spec.backupBucketName).toBe('nextcloud-backup');
  expect(dependsOn).toEqual(
    expect.arrayContaining(['nextcloud-bucket', 'nextcloud-user-secret', 'nextcloud-maintenance-secret']),
  );
  expect(outputsOf('nextcloud')).toEqual({ bucketName: 'nextcloud-backup' });
});

test('a preview shows what is known: the names, and neither ARN nor keys', async () => {
  const { resources, errors, outputsOf } = await ofAws({}, { preview: true });
  expect(errors).toEqual([]);
  expect(one(resources, 'Secret').inputs).toMatchObject({
    metadata: { name: 's3-nextcloud-backup' },
    stringData: { secret: 'unknown' },
  });
  expect(outputsOf('nextcloud')).toEqual({ bucketName: 'nextcloud-backup' });
});

test('Outputs may stand in all that it is given', async () => {
  const { resources, errors } = await ofAws({
    bucketName: soon('nextcloud-backup'),
    jobNamespace: soon('jobs'),
    s3: {
      s3Host: soon('s3.example.net'),
      s3Credentials: SecretKey.pair(soon('of-{bucket}'), soon('i'), soon('k')),
    },
  });
  expect(errors).toEqual([]);
  expect(one(resources, 'Secret').inputs).toMatchObject({
    metadata: { name: 'of-nextcloud-backup', namespace: 'jobs' },
    stringData: { secret: { i: 'nextcloud-user-id', k: 'secret of nextcloud-user' } },
  });
});

test('a component whose name no user can have has resources with names that do', async () => {
  const { resources } = await deploy(() => new AwsBackupBucket('prod/next cloud', { aws, ...NEXTCLOUD }));
  expect(resources.map(({ name }) => name)).toContain('prod-next-cloud-user');
});

describe('a mistake is said at once, or when it is known, and nothing is deployed', () => {
  const of = (secretName: string) => SecretKey.pair(secretName, 'AccessKey', 'SecretKey');
  test.each<[string, Partial<AwsBackupBucketArgs>, string]>([
    [
      'bucketName',
      { bucketName: 'Next_Cloud' },
      "bucketName 'Next_Cloud' is not a bucket name S3 accepts (3 to 63 lower-case letters, digits, dots and hyphens): use 'next-cloud'.",
    ],
    [
      'jobNamespace',
      { jobNamespace: 'Jobs' },
      "jobNamespace 'Jobs' is not a name a namespace can have: use at most 63 lower-case letters, digits and hyphens.",
    ],
    [
      'a Secret of all buckets',
      { s3: { ...S3, s3Credentials: of('s3') } },
      "s3.s3Credentials.secretName 's3' has no '{bucket}', and would be the Secret of every bucket's user: write it like 's3-{bucket}'.",
    ],
    [
      'the name of a Secret',
      { s3: { ...TWO, maintenanceCredentials: of('S3-{bucket}') } },
      "s3.maintenanceCredentials.secretName 'S3-{bucket}' is not a name a Secret can have: use lower-case letters, digits, dots and hyphens.",
    ],
  ])('%s', async (_, wrong, sentence) => {
    expect(() => new AwsBackupBucket('nextcloud', { aws, ...NEXTCLOUD, ...wrong })).toThrow(
      `nextcloud: ${sentence}`,
    );
    const args = { ...NEXTCLOUD, ...wrong, bucketName: soon(wrong.bucketName ?? NEXTCLOUD.bucketName) };
    const { resources, errors } = await ofAws(args);
    expect(errors).toEqual([`nextcloud: ${sentence}`]);
    expect(resources.map(({ name }) => name)).toEqual(['nextcloud']);
  });

  test('an Output that became text', async () => {
    await expect(ofAws({ bucketName: `${soon('nextcloud')}-backup` })).rejects.toThrow(
      'nextcloud: bucketName has an Output that became text: use pulumi.interpolate instead of a template string.',
    );
    const { errors } = await ofAws({ bucketName: interpolate`${soon('nextcloud')}-backup` });
    expect(errors).toEqual([]);
  });
});

test('a bucket whose name is not known yet is previewed', async () => {
  const { errors, resources } = await deploy(
    () => new AwsBackupBucket('nextcloud', { aws, ...NEXTCLOUD, bucketName: unknown() }),
    { preview: true },
  );
  expect(errors).toEqual([]);
  expect(one(resources, 'Secret').inputs.metadata.name).toBe('unknown');
});
