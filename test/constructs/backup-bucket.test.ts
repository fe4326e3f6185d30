import { App, Chart } from 'cdk8s';
import { k8s } from 'cdk8s-plus-28';
import {
  BackupBucket,
  type BackupBucketProps,
  BackupOperator,
  BucketAdmin,
  Item,
  type S3BackupConfig,
  SecretKey,
  ServiceBackup,
} from '../../src';
import type { BucketTask } from '../../src/api';
import { warningsIn } from '../../src/constructs/warnings';
import { ALL_OPTIONS } from './all-options';
import { appWith, type Manifest, manifests, mistakes, one } from './app';
import { built } from './built';

const pair = (secret: string) => SecretKey.pair(secret, 'AccessKey', 'SecretKey');
const s3 = { s3Host: 's3.example.net', s3Credentials: pair('s3-{bucket}') };
const appendOnly = { ...s3, maintenanceCredentials: pair('maintenance-{bucket}') };
const props = { bucketName: 'wiki-backup', s3, admin: BucketAdmin.versitygw(pair('versitygw-root')) };

const bucket = (chart: Chart, more: Partial<BackupBucketProps> = {}, id = 'bucket') =>
  new BackupBucket(chart, id, { ...props, ...more });
const madeOf = (more?: Partial<BackupBucketProps>): Manifest[] =>
  manifests(appWith((chart) => void bucket(chart, more)));
const container = (all: Manifest[]) => one(all, 'Job').spec.template.spec.containers[0];
const taskIn = (all: Manifest[]): BucketTask =>
  JSON.parse(container(all).env.find(({ name }: { name: string }) => name === 'SERVICE_BACKUP_TASK').value);
const namesIn = (all: Manifest[]): string[] =>
  all.map(({ kind, metadata }) => `${kind} ${metadata.namespace}/${metadata.name}`);

beforeAll(built, 60_000);

test('a BackupBucket is a Job and what that needs, in the namespace of the Jobs, and its ServiceBackup needs nothing more', () => {
  const all = manifests(
    appWith((chart) => {
      const { bucketName: backupBucketName } = bucket(chart);
      new ServiceBackup(chart, 'backup', { backupBucketName, backups: [Item.volume('pages')] });
    }),
  );
  expect(all.map(({ kind, metadata }) => [kind, metadata.namespace])).toEqual([
    ...['ServiceAccount', 'Role', 'RoleBinding', 'ConfigMap', 'Job'].map((kind) => [
      kind,
      'service-backup-jobs',
    ]),
    ['ServiceBackup', 'nextcloud'],
    ['RoleBinding', 'nextcloud'],
  ]);
  expect(one(all, 'ServiceBackup').spec.backupBucketName).toBe('wiki-backup');
});

test('its task names the bucket, the S3 system, and a user of the same name who may delete everything', () => {
  expect(taskIn(madeOf())).toEqual({
    version: 1,
    s3: { endpoint: 'https://s3.example.net', region: 'us-east-1' },
    admin: { api: 'versitygw', endpoint: 'https://s3.example.net' },
    bucket: 'wiki-backup',
    namespace: 'service-backup-jobs',
    users: [
      {
        name: 'wiki-backup',
        deletes: 'everything',
        secret: {
          secretName: 's3-wiki-backup',
          accessKeyIDProperty: 'AccessKey',
          secretKeyProperty: 'SecretKey',
        },
      },
    ],
  });
});

test('with maintenanceCredentials the first user may delete locks alone, and a second one everything', () => {
  expect(taskIn(madeOf({ s3: appendOnly })).users).toMatchObject([
    { name: 'wiki-backup', deletes: 'locks', secret: { secretName: 's3-wiki-backup' } },
    {
      name: 'wiki-backup-maintenance',
      deletes: 'everything',
      secret: { secretName: 'maintenance-wiki-backup' },
    },
  ]);
});

test("a user has a name of at most 64 characters, which another bucket's user has not", () => {
  const userOf = (bucketName: string) => taskIn(madeOf({ bucketName, s3: appendOnly })).users[1]!.name;
  const [long, other] = ['a', 'b'].map((end) => userOf(`${'x'.repeat(62)}${end}`));
  expect(long).toMatch(/^x{41}-[0-9a-f]{10}-maintenance$/);
  expect(other).not.toBe(long);
  expect(userOf('x'.repeat(52))).toBe(`${'x'.repeat(52)}-maintenance`);
});

test('what else is said of the S3 system reaches the task', () => {
  const tls = { caBundle: '-----BEGIN CERTIFICATE-----\n' };
  const admin = BucketAdmin.versitygw(pair('versitygw-root'), {
    endpoint: 'https://s3-admin.example.net:7071/',
  });
  const task = taskIn(madeOf({ s3: { ...s3, s3Host: 'http://s3:9000/', region: 'eu', tls }, admin }));
  expect(task.s3).toEqual({ endpoint: 'http://s3:9000', region: 'eu', ...tls });
  expect(task.admin.endpoint).toBe('https://s3-admin.example.net:7071');
});

test('keys come from Secrets: that of the administrator must be there, and those of the users may', () => {
  const { env } = container(madeOf({ s3: appendOnly }));
  expect(
    env
      .slice(1)
      .map(({ name, valueFrom: { secretKeyRef: ref } }: (typeof env)[number]) => [
        name,
        `${ref.name}/${ref.key}`,
        ref.optional,
      ]),
  ).toEqual([
    ['SERVICE_BACKUP_ADMIN_ACCESS_KEY_ID', 'versitygw-root/AccessKey', undefined],
    ['SERVICE_BACKUP_ADMIN_SECRET_ACCESS_KEY', 'versitygw-root/SecretKey', undefined],
    ['SERVICE_BACKUP_USER_0_ACCESS_KEY_ID', 's3-wiki-backup/AccessKey', true],
    ['SERVICE_BACKUP_USER_0_SECRET_ACCESS_KEY', 's3-wiki-backup/SecretKey', true],
    ['SERVICE_BACKUP_USER_1_ACCESS_KEY_ID', 'maintenance-wiki-backup/AccessKey', true],
    ['SERVICE_BACKUP_USER_1_SECRET_ACCESS_KEY', 'maintenance-wiki-backup/SecretKey', true],
  ]);
});

test('what does not pass by itself ends the Job; all else is tried again for an hour at most, and the Job stays', () => {
  const { spec } = one(madeOf(), 'Job');
  expect(spec).toMatchObject({
    backoffLimit: 6,
    activeDeadlineSeconds: 3600,
    podFailurePolicy: { rules: [{ action: 'FailJob', onExitCodes: { operator: 'In', values: [64] } }] },
  });
  expect(spec).not.toHaveProperty('ttlSecondsAfterFinished');
  expect(spec.template.spec.restartPolicy).toBe('Never');
});

test('its pod runs our program, with a token by which Secrets can be created and nothing else', () => {
  const all = madeOf({ images: { node: 'registry.example.net/node:24', pullSecrets: ['registry'] } });
  const { spec } = one(all, 'Job').spec.template;
  const [{ image, command, terminationMessagePolicy }] = spec.containers;
  expect({ image, terminationMessagePolicy }).toEqual({
    image: 'registry.example.net/node:24',
    terminationMessagePolicy: 'File',
  });
  expect(command.at(-1)).toContain('in namespace service-backup-jobs holds another program');
  expect(spec.imagePullSecrets).toEqual([{ name: 'registry' }]);
  expect(spec.volumes).toEqual([
    { name: 'bundle', configMap: { name: one(all, 'ConfigMap').metadata.name } },
  ]);
  expect(spec.automountServiceAccountToken).toBe(true);

  const { metadata, automountServiceAccountToken } = one(all, 'ServiceAccount');
  expect([metadata.name, automountServiceAccountToken]).toEqual([spec.serviceAccountName, false]);
  expect(one(all, 'Role').rules).toEqual([{ apiGroups: [''], resources: ['secrets'], verbs: ['create'] }]);
  expect(one(all, 'RoleBinding')).toMatchObject({
    roleRef: { kind: 'Role', name: one(all, 'Role').metadata.name },
    subjects: [{ kind: 'ServiceAccount', name: metadata.name, namespace: metadata.namespace }],
  });
});

test('its pod is nobody on its node: no root, no capability, nothing to write', () => {
  const { spec } = one(madeOf(), 'Job').spec.template;
  expect(spec.securityContext).toEqual({
    runAsNonRoot: true,
    runAsUser: 65532,
    runAsGroup: 65532,
    seccompProfile: { type: 'RuntimeDefault' },
  });
  const [{ securityContext, volumeMounts }] = spec.containers;
  expect(securityContext).toEqual({
    allowPrivilegeEscalation: false,
    readOnlyRootFilesystem: true,
    capabilities: { drop: ['ALL'] },
  });
  expect(volumeMounts).toEqual([{ name: 'bundle', mountPath: '/bundle', readOnly: true }]);
});

describe('the namespace', () => {
  test("is that of the Jobs of the app's operator, which may be declared later", () => {
    const app = appWith((chart) => void bucket(chart));
    new BackupOperator(new Chart(app, 'operator'), 'operator', { jobNamespace: 'jobs' });
    const all = manifests(app);
    const own = all.filter(({ metadata }) => metadata.name.startsWith('backup-bucket-'));
    expect(own.map(({ metadata }) => metadata.namespace)).toEqual(Array(5).fill('jobs'));
    expect(taskIn(own).namespace).toBe('jobs');
    expect(one(own, 'RoleBinding').subjects[0].namespace).toBe('jobs');
    expect(container(own).command.at(-1)).toContain('in namespace jobs holds another program');
  });

  test('may be named, or be a Namespace', () => {
    const ofJobs = (chart: Chart) =>
      new k8s.KubeNamespace(chart, 'jobs', { metadata: { name: 'other-jobs' } });
    const all = manifests(appWith((chart) => void bucket(chart, { jobNamespace: ofJobs(chart) })));
    expect(taskIn(all).namespace).toBe('other-jobs');
    expect(taskIn(madeOf({ jobNamespace: 'other-jobs' })).namespace).toBe('other-jobs');
  });
});

describe('names', () => {
  const nameOfJob = (more?: Partial<BackupBucketProps>) => one(madeOf(more), 'Job').metadata.name;

  test('are the same for the same declaration', () => {
    expect(namesIn(madeOf())).toEqual(namesIn(madeOf()));
  });

  test.each<[string, Partial<BackupBucketProps>]>([
    ['the S3 system', { s3: { ...s3, s3Host: 's3.example.org' } }],
    ['a user', { s3: appendOnly }],
    ['the administrator', { admin: BucketAdmin.versitygw(pair('versitygw-admin')) }],
    ['the image', { images: { node: 'node:24' } }],
  ])('a Job cannot be changed: with %s it is another Job', (_, more) => {
    expect(nameOfJob(more)).toMatch(/^backup-bucket-wiki-backup-[0-9a-f]{10}$/);
    expect(nameOfJob(more)).not.toBe(nameOfJob());
  });

  test('of two BackupBuckets not one object is the same, though dots and long names look alike', () => {
    const long = (end: string) => `${'x'.repeat(60)}-${end}`;
    const apps = [
      ...['wiki-backup', 'wiki.backup', long('a'), long('b')].map((bucketName) => madeOf({ bucketName })),
      madeOf({ s3: { ...s3, s3Host: 'https://elsewhere' } }),
    ];
    const names = apps.flatMap(namesIn);
    expect(new Set(names).size).toBe(5 * apps.length);
    for (const name of names) expect(name.split('/')[1]!.length).toBeLessThanOrEqual(63);
  });
});

test('the secret keys of users must not go through a network in clear without a warning', () => {
  const warnings = (more: Partial<BackupBucketProps>) =>
    warningsIn(appWith((chart) => void bucket(chart, more))).map(({ warning }) => warning);
  const http = { ...s3, s3Host: 'http://s3:9000' };
  const said = (url: string) => [
    `the secret keys of new users go to ${url} unencrypted, and whoever listens there has them: use https, unless that network is yours alone.`,
  ];
  expect(warnings({})).toEqual([]);
  expect(warnings({ s3: http })).toEqual(said('http://s3:9000'));
  const admin = (endpoint: string) => BucketAdmin.versitygw(pair('versitygw-root'), { endpoint });
  expect(warnings({ s3: http, admin: admin('https://admin:7071') })).toEqual([]);
  expect(warnings({ admin: admin('http://admin:7071') })).toEqual(said('http://admin:7071'));
});

describe('where NetworkPolicies leave Jobs the ports of S3 systems alone', () => {
  const withOperator = (more: Partial<BackupBucketProps>) => {
    const app = appWith((chart) => void bucket(chart, more));
    const { config: _, ...rest } = ALL_OPTIONS;
    new BackupOperator(new Chart(app, 'operator'), 'operator', rest);
    return app;
  };

  test('the pods that make buckets may reach the API server, too', () => {
    const all = manifests(withOperator({ s3: { ...s3, s3Host: 'https://s3:9000' } }));
    const { podSelector, egress, policyTypes } = one(
      all,
      'NetworkPolicy',
      'service-backup-bucket-maker',
    ).spec;
    const labels = one(all, 'Job').spec.template.metadata.labels;
    expect([podSelector.matchLabels, policyTypes]).toEqual([labels, ['Egress']]);
    expect(egress[0].ports.map(({ port }: { port: number }) => port)).toEqual([
      ...[53, 53, 5353, 5353],
      ...[443, 6443, 3001],
    ]);
  });

  test("ports of the S3 system and of its administrator's interface that are closed are a mistake", () => {
    const admin = BucketAdmin.versitygw(pair('versitygw-root'), { endpoint: 'https://admin:7071' });
    expect(mistakes(withOperator({ admin }))).toBe(`2 problems in this app:
nextcloud/bucket: s3.s3Host is at port 443, which networkPolicies of BackupOperator keeps closed: write s3Ports: [9000, 443] there.
nextcloud/bucket: admin.endpoint is at port 7071, which networkPolicies of BackupOperator keeps closed: write s3Ports: [9000, 7071] there.`);
    expect(mistakes(withOperator({ admin, jobNamespace: 'elsewhere' }))).toBe('');
  });
});

describe('a mistake fails the synthesis:', () => {
  const of = (more: Partial<BackupBucketProps>) => mistakes(appWith((chart) => void bucket(chart, more)));
  const said = (sentence: string, path = 'nextcloud/bucket') =>
    `1 problem in this app:\n${path}: ${sentence}`;

  test.each<[string, Partial<BackupBucketProps>, string]>([
    [
      'a name that no bucket can have',
      { bucketName: 'Wiki_Backup' },
      "bucketName 'Wiki_Backup' is not a bucket name S3 accepts (3 to 63 lower-case letters, digits, dots and hyphens): use 'wiki-backup'.",
    ],
    [
      'a namespace that cannot exist',
      { jobNamespace: 'Jobs' },
      "jobNamespace 'Jobs' is not a name a namespace can have: use at most 63 lower-case letters, digits and hyphens.",
    ],
    [
      'an S3 system that cannot be reached',
      { s3: { ...s3, s3Host: 's3.example.net/wiki' } },
      "s3.s3Host 's3.example.net/wiki' is neither a host name nor a URL without a path: write it like 's3.example.net'.",
    ],
    [
      'one Secret for the users of all buckets',
      { s3: { ...s3, s3Credentials: pair('s3-backup') } },
      "s3.s3Credentials.secretName 's3-backup' has no '{bucket}', and would be the Secret of every bucket's user: write it like 's3-{bucket}'.",
    ],
    [
      'one Secret for the maintenance of all buckets',
      { s3: { ...s3, maintenanceCredentials: pair('maintenance') } },
      "s3.maintenanceCredentials.secretName 'maintenance' has no '{bucket}', and would be the Secret of every bucket's user: write it like 'maintenance-{bucket}'.",
    ],
    [
      'one Secret for two users',
      { s3: { ...s3, maintenanceCredentials: pair('s3-{bucket}-maintenance') } },
      "s3.maintenanceCredentials.secretName 's3-{bucket}-maintenance' can be the same Secret as 's3-{bucket}' of s3.s3Credentials, of this bucket or another, but they are the keys of two users: use a name that begins otherwise, e.g. 'maintenance-{bucket}'.",
    ],
    [
      'one key of a Secret for both keys of a user',
      { s3: { ...s3, s3Credentials: SecretKey.pair('s3-{bucket}', 'Key', 'Key') } },
      "s3.s3Credentials has 'Key' for both keys: name one for the access key id and another for the secret key.",
    ],
    [
      "an administrator's Secret that cannot exist",
      { admin: BucketAdmin.versitygw(pair('S3 Root')) },
      "admin.secretName 'S3 Root' is not a name a Secret can have: use lower-case letters, digits, dots and hyphens.",
    ],
    [
      'an administrator for each bucket',
      { admin: BucketAdmin.versitygw(pair('root-{bucket}')) },
      "admin.secretName 'root-{bucket}' is not a name a Secret can have: use lower-case letters, digits, dots and hyphens.",
    ],
    [
      'a key that no Secret can have',
      { admin: BucketAdmin.versitygw(SecretKey.pair('versitygw-root', 'Access Key', 'SecretKey')) },
      "admin.accessKeyIDProperty 'Access Key' is not a key a Secret can have: use letters, digits, dots, hyphens and underscores.",
    ],
    [
      "an administrator's Secret that could be a user's, and so be had by Jobs of the operator",
      { admin: BucketAdmin.versitygw(pair('s3-root')) },
      "admin.secretName 's3-root' can be the same Secret as 's3-{bucket}', which Jobs of the operator may have, and they must not have the keys of the S3 system's administrator: use a name that begins otherwise, e.g. 'versitygw-root'.",
    ],
    [
      "an administrator's interface that is no URL",
      { admin: BucketAdmin.versitygw(pair('versitygw-root'), { endpoint: 's3-admin.example.net' }) },
      "admin.endpoint 's3-admin.example.net' is not a URL without a path: write it like 'https://s3-admin.example.net:7071'.",
    ],
    [
      'an image without a name',
      { images: { node: '' } },
      "images.node '' is not a name of an image: write it like 'docker.io/library/node:24' or 'docker.io/library/node@sha256:' with 64 hex digits.",
    ],
    [
      'a pull secret that cannot exist',
      { images: { pullSecrets: ['My Registry'] } },
      "images.pullSecrets[0] 'My Registry' is not a name a Secret can have: use lower-case letters, digits, dots and hyphens.",
    ],
  ])('%s', (_, more, sentence) => {
    expect(of(more)).toBe(said(sentence));
  });

  test('a reference of another kind', () => {
    const app = appWith((chart) => {
      const jobNamespace = new k8s.KubeSecret(chart, 'jobs', { metadata: { name: 'jobs' } });
      bucket(chart, { jobNamespace });
    });
    expect(mistakes(app)).toBe(
      said("jobNamespace is the Secret 'jobs': use a Namespace, or the name of one."),
    );
  });

  test('a Secret of another namespace', () => {
    const app = appWith((chart) => {
      const secret = new k8s.KubeSecret(chart, 'root', { metadata: { name: 'versitygw-root' } });
      bucket(chart, { admin: BucketAdmin.versitygw(SecretKey.pair(secret, 'AccessKey', 'SecretKey')) });
    });
    expect(mistakes(app)).toBe(
      said(
        "admin is the Secret 'versitygw-root' of namespace 'nextcloud', but Jobs run in 'service-backup-jobs' and read it there: declare it in that namespace.",
      ),
    );
  });

  const two = (first: Partial<BackupBucketProps>, second: Partial<BackupBucketProps>) =>
    mistakes(
      appWith((chart) => {
        bucket(chart, first);
        bucket(chart, second, 'again');
      }),
    );
  const mend = 'is already that of nextcloud/bucket: declare it once, or give this one another bucketName.';

  test('two BackupBuckets of one bucket', () => {
    expect(two({}, {})).toBe(
      said(`the bucket 'wiki-backup' of https://s3.example.net ${mend}`, 'nextcloud/again'),
    );
  });

  test('buckets of one name on two S3 systems, the keys of which would be in one Secret', () => {
    const there = (secret: string) => ({ s3: { s3Host: 's3.example.org', s3Credentials: pair(secret) } });
    expect(two({}, there('s3-{bucket}'))).toBe(
      said(`the Secret 's3-wiki-backup' of namespace 'service-backup-jobs' ${mend}`, 'nextcloud/again'),
    );
    expect(two({}, there('there-{bucket}'))).toBe('');
  });

  test('a bucket whose user would be the one who looks after another', () => {
    expect(two({ s3: appendOnly }, { bucketName: 'wiki-backup-maintenance' })).toBe(
      said(`the user 'wiki-backup-maintenance' of https://s3.example.net ${mend}`, 'nextcloud/again'),
    );
  });
});

describe('a ServiceBackup comes to its bucket by its BackupConfig', () => {
  const withConfig = (s3BackupConfig: S3BackupConfig, more: Partial<BackupBucketProps> = {}) => {
    const app = appWith((chart) => {
      const { bucketName: backupBucketName } = bucket(chart, more);
      new ServiceBackup(chart, 'backup', { backupBucketName, backups: [Item.volume('pages')] });
    });
    const config = { ...ALL_OPTIONS.config, s3BackupConfig };
    new BackupOperator(new Chart(app, 'operator'), 'operator', { config });
    return mistakes(app);
  };

  test('which may have the same value, or write it otherwise', () => {
    expect(withConfig(appendOnly, { s3: appendOnly })).toBe('');
    expect(withConfig(s3, { s3: { ...s3, s3Host: 'https://s3.example.net/' } })).toBe('');
  });

  test("which must not name the administrator's Secret", () => {
    const admin = BucketAdmin.versitygw(pair('of-root'));
    expect(withConfig(s3, { admin })).toMatch(
      "admin.secretName 'of-root' can be the same Secret as 'of-{bucket}'",
    );
  });

  test.each<[string, S3BackupConfig, S3BackupConfig]>([
    ['s3Host', { ...s3, s3Host: 's3.example.org' }, s3],
    ['s3Credentials', { ...s3, s3Credentials: pair('s3') }, s3],
    ['maintenanceCredentials', s3, appendOnly],
    ['maintenanceCredentials', appendOnly, s3],
  ])('which must not name another %s', (field, ofConfig, ofBucket) => {
    expect(withConfig(ofConfig, { s3: ofBucket })).toBe(`1 problem in this app:
nextcloud/bucket: s3.${field} is not that of BackupConfig 'default', by which nextcloud/backup comes to this bucket: give both the same value.`);
  });
});

test("what is synthesised does not depend on the chart's place in the app", () => {
  const app = new App();
  new Chart(app, 'first');
  bucket(new Chart(app, 'wiki'));
  expect(namesIn(manifests(app))).toEqual(namesIn(madeOf()));
});
