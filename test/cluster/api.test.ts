import { attach, type Testbed } from '../../testbed';

jest.setTimeout(60_000);

const NAMESPACE = 'api-rules';
let testbed: Testbed;

const declaration = (spec: object = {}) => ({
  apiVersion: 'servicebackup.io/v1alpha1',
  kind: 'ServiceBackup',
  metadata: { name: 'backup', namespace: NAMESPACE },
  spec: {
    backupBucketName: 'api-rules-backup',
    backups: [{ type: 'pvc', name: 'data' }],
    // Nothing may run because of these tests.
    suspend: true,
    ...spec,
  },
});
const config = (settings: object = {}) => ({
  apiVersion: 'servicebackup.io/v1alpha1',
  kind: 'BackupConfig',
  metadata: { name: 'api-rules', namespace: NAMESPACE },
  spec: {
    serviceBackup: {
      schedule: '30 1 * * *',
      s3BackupConfig: {
        s3Host: 's3.example.net',
        s3Credentials: { secretName: 's3', accessKeyIDProperty: 'id', secretKeyProperty: 'key' },
      },
      resticPasswordSecret: { secretName: 'restic', secretKey: 'pw' },
      ...settings,
    },
  },
});

const s3ServiceConfig = config().spec.serviceBackup.s3BackupConfig;
const OF_BUCKET =
  'a bucket is of no namespace, and has no labels: give its name alone, which has 3 to 63 characters';

const kubectl = (args: string[], object?: object) =>
  testbed.kubectl(args, object && { input: JSON.stringify(object) });
/** Sends an object without keeping it. */
const offer = (object: object) => kubectl(['create', '--dry-run=server', '-o', 'name', '-f', '-'], object);

beforeAll(async () => {
  testbed = await attach();
  await kubectl(['create', 'namespace', NAMESPACE]);
  await kubectl(['create', '-f', '-'], declaration());
});
afterAll(() => kubectl(['delete', 'namespace', NAMESPACE, '--wait=false']));

// What the API server refuses by itself, for those who write YAML.

test('what is right is taken', async () => {
  const backups = [undefined, 'files', 'wiki'].map((namespace) => ({ type: 'pvc', name: 'data', namespace }));
  const other = {
    ...declaration({ suspend: undefined, backups }),
    metadata: { name: 'other', namespace: NAMESPACE },
  };
  await expect(offer(other)).resolves.toContain('servicebackup.servicebackup.io/other');
  await expect(offer(config({ s3ServiceConfig, scratchVol: { size: '1.5Ti' } }))).resolves.toContain(
    'backupconfig.servicebackup.io/api-rules',
  );
  await expect(offer(config())).resolves.toContain('backupconfig.servicebackup.io/api-rules');
});

test('a ServiceBackup keeps its bucket', async () => {
  const patch = (spec: object) =>
    kubectl(['patch', 'sb', 'backup', '-n', NAMESPACE, '--type=merge', '-p', JSON.stringify({ spec })]);
  await expect(patch({ backupBucketName: 'another-bucket' })).rejects.toThrow(
    'a repository does not move: to use another bucket, declare another ServiceBackup',
  );
  await expect(patch({ timeZone: 'Europe/Paris' })).resolves.toContain('patched');
});

test('an item cannot be named twice', async () => {
  const backups = [
    { type: 'pvc', name: 'data' },
    { type: 'pvc', name: 'config' },
    { type: 'pvc', name: 'data' },
  ];
  await expect(offer(declaration({ backups }))).rejects.toThrow('an item is named twice: remove one');
});

test('items by the labels of their claims are taken, beside others by name', async () => {
  const selector = { matchLabels: { 'app.kubernetes.io/name': 'wiki' } };
  const backups = [
    { type: 'pvc', name: 'data' },
    { type: 'pvc', selector, exclude: ['*.tmp'] },
  ];
  const other = { ...declaration({ backups }), metadata: { name: 'other', namespace: NAMESPACE } };
  await expect(offer(other)).resolves.toContain('servicebackup.servicebackup.io/other');
});

test('buckets are taken, beside a claim of the same name', async () => {
  const backups = ['pvc', 's3'].map((type) => ({ type, name: 'data', exclude: ['/cache/'] }));
  const other = { ...declaration({ backups }), metadata: { name: 'other', namespace: NAMESPACE } };
  await expect(offer(other)).resolves.toContain('servicebackup.servicebackup.io/other');
});

test('a retention must keep something', async () => {
  const sentence =
    'an empty retention policy would keep nothing: set at least one of last, hourly, daily, weekly, monthly, yearly to 1 or more';
  await expect(offer(declaration({ resticRetentionPolicy: {} }))).rejects.toThrow(sentence);
  await expect(offer(declaration({ resticRetentionPolicy: { daily: 0 } }))).rejects.toThrow(sentence);
  await expect(offer(config({ resticRetentionPolicy: { weekly: 0, yearly: 0 } }))).rejects.toThrow(sentence);
});

test.each([
  ['bucket names that S3 refuses', { backupBucketName: 'Wiki_Backup' }, 'spec.backupBucketName'],
  ['no item', { backups: [] }, 'spec.backups'],
  ['items of an unknown type', { backups: [{ type: 'bucket', name: 'data' }] }, 'spec.backups[0].type'],
  [
    'items without a name',
    { backups: [{ type: 'pvc' }] },
    'spec.backups[0]: Invalid value: "object": an item is either the claim of a name or the claims of a selector',
  ],
  [
    'an item twice',
    { backups: [1, 2].map(() => ({ type: 'pvc', name: 'data', namespace: 'files' })) },
    'an item is named twice: remove one',
  ],
  [
    'a bucket twice',
    { backups: [1, 2].map(() => ({ type: 's3', name: 'files' })) },
    'an item is named twice: remove one',
  ],
  ['a bucket of a namespace', { backups: [{ type: 's3', name: 'files', namespace: 'wiki' }] }, OF_BUCKET],
  ['buckets by labels', { backups: [{ type: 's3', selector: { matchLabels: { app: 'wiki' } } }] }, OF_BUCKET],
  ['a bucket whose name is too short', { backups: [{ type: 's3', name: 'ab' }] }, OF_BUCKET],
  ['a bucket whose name is too long', { backups: [{ type: 's3', name: 'a'.repeat(64) }] }, OF_BUCKET],
  [
    'labels of another namespace',
    { backups: [{ type: 'pvc', selector: { matchLabels: { app: 'wiki' } }, namespace: 'files' }] },
    'a selector finds claims of its own namespace alone: name the claims of another one by one',
  ],
  [
    'claims whose name does not fit into status with its namespace',
    { backups: [{ type: 'pvc', name: 'a'.repeat(248), namespace: 'files' }] },
    'the names of the claim and of its namespace are too long together: use at most 252 characters',
  ],
  [
    'items with a name and labels',
    { backups: [{ type: 'pvc', name: 'data', selector: { matchLabels: { app: 'wiki' } } }] },
    'an item is either the claim of a name or the claims of a selector: give one of the two',
  ],
  [
    'a selector of any claim',
    { backups: [{ type: 'pvc', selector: { matchLabels: {} } }] },
    'spec.backups[0].selector.matchLabels',
  ],
  [
    'a selector of a value that no label has',
    { backups: [{ type: 'pvc', selector: { matchLabels: { app: 'wiki!' } } }] },
    'spec.backups[0].selector.matchLabels.app',
  ],
  ['a runNow that is too long', { runNow: 'x'.repeat(129) }, 'spec.runNow'],
  ['an empty schedule', { schedule: '' }, 'spec.schedule'],
  ['a schedule of other than five fields', { schedule: 'every night' }, 'spec.schedule'],
  ['negative retention', { resticRetentionPolicy: { daily: -1 } }, 'spec.resticRetentionPolicy.daily'],
])('a ServiceBackup cannot have %s', async (_, spec, field) => {
  await expect(offer(declaration(spec))).rejects.toThrow(field);
});

test.each([
  ['no schedule', { schedule: undefined }, 'spec.serviceBackup.schedule'],
  ['no password', { resticPasswordSecret: undefined }, 'spec.serviceBackup.resticPasswordSecret'],
  [
    'a host with a path',
    { s3BackupConfig: { ...config().spec.serviceBackup.s3BackupConfig, s3Host: 'https://s3/bucket' } },
    'spec.serviceBackup.s3BackupConfig.s3Host',
  ],
  ['nobody', { allowedNamespaces: [] }, 'spec.serviceBackup.allowedNamespaces'],
  [
    'patterns of other placeholders',
    { buckets: [{ backup: ['{name}'] }] },
    'spec.serviceBackup.buckets[0].backup[0]',
  ],
  [
    'patterns of no bucket',
    { buckets: [{ backup: ['*'], service: [] }] },
    'spec.serviceBackup.buckets[0].service',
  ],
  [
    'an unknown way to address buckets',
    { s3ServiceConfig: { ...s3ServiceConfig, addressing: 'dns' } },
    'spec.serviceBackup.s3ServiceConfig.addressing',
  ],
  ['a scratch volume of no size', { scratchVol: { size: '50 GB' } }, 'spec.serviceBackup.scratchVol.size'],
  ['no Job at all', { maxParallelJobs: 0 }, 'spec.serviceBackup.maxParallelJobs'],
  [
    'a driver twice',
    {
      drivers: [
        { name: 'd', staging: 'none' },
        { name: 'd', staging: 'plain' },
      ],
    },
    'spec.serviceBackup.drivers[1]',
  ],
  [
    'a staging that is unknown',
    { drivers: [{ name: 'd', staging: 'guess' }] },
    'spec.serviceBackup.drivers[0].staging',
  ],
])('a BackupConfig cannot have %s', async (_, settings, field) => {
  await expect(offer(config(settings))).rejects.toThrow(field);
});

test('who writes a declaration cannot write its status: a repository is not known because somebody says so', async () => {
  await kubectl(['apply', '-f', '-'], { ...declaration(), status: { repository: { id: 'mine' } } });
  const id = ['get', 'sb', 'backup', '-n', NAMESPACE, '-o', 'jsonpath={.status.repository.id}'];
  await expect(kubectl(id)).resolves.toBe('');
});

test('a bundle cannot be changed in place', async () => {
  const bundle = await kubectl([
    'get',
    'configmaps',
    '-n',
    'service-backup',
    '-o',
    'jsonpath={.items[?(@.immutable==true)].metadata.name}',
  ]);
  const args = ['patch', 'configmap', bundle.trim().split(' ')[0]!, '-n', 'service-backup', '--type=merge'];
  await expect(
    kubectl([...args, '-p', JSON.stringify({ binaryData: { 'operator.js.gz': 'ZXZpbA==' } })]),
  ).rejects.toThrow('field is immutable');
});
