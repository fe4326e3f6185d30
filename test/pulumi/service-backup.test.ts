import * as pulumi from '@pulumi/pulumi';
import { ApiObject, App, Chart } from 'cdk8s';
import * as plain from 'service-backup';
import { Item, Retention, Schedule, ServiceBackup, type ServiceBackupArgs } from 'service-backup/pulumi';
import { deploy, one, unknown } from './engine';

const soon = <T>(value: T) => pulumi.output(Promise.resolve(value));
const ARGS: ServiceBackupArgs = {
  namespace: 'nextcloud',
  backupBucketName: 'nextcloud-backup',
  backups: [Item.volume('data')],
};
const deployed = async (args: Partial<ServiceBackupArgs>, options?: { preview: boolean }) => {
  const { resources, errors } = await deploy(
    () => new ServiceBackup('nextcloud', { ...ARGS, ...args }),
    options,
  );
  expect(errors).toEqual([]);
  return one(resources, 'ServiceBackup', undefined);
};
const specOf = async (args: Partial<ServiceBackupArgs>) => (await deployed(args)).inputs.spec;

test('a declaration is a component with two children: the ServiceBackup, and the RoleBinding it carries', async () => {
  const { resources } = await deploy(() => new ServiceBackup('nextcloud', ARGS));
  expect(resources.map(({ type, name, parent }) => [type, name, parent])).toEqual([
    ['service-backup:index:ServiceBackup', 'nextcloud', ''],
    ['kubernetes:servicebackup.io/v1alpha1:ServiceBackup', 'nextcloud', 'nextcloud'],
    ['kubernetes:rbac.authorization.k8s.io/v1:RoleBinding', 'nextcloud/rights', 'nextcloud'],
  ]);
  expect(resources[1]!.inputs).toEqual({
    apiVersion: 'servicebackup.io/v1alpha1',
    kind: 'ServiceBackup',
    metadata: { name: 'nextcloud', namespace: 'nextcloud' },
    spec: { backupBucketName: 'nextcloud-backup', backups: [{ type: 'pvc', name: 'data' }] },
  });
  expect(resources[2]!.inputs).toMatchObject({
    metadata: { name: 'service-backup-nextcloud', namespace: 'nextcloud' },
    roleRef: { kind: 'ClusterRole', name: 'service-backup-declaration' },
  });
});

test('its outputs say where it is', async () => {
  const { outputsOf } = await deploy(
    () => new ServiceBackup('nextcloud', { ...ARGS, namespace: soon('cloud') }),
  );
  expect(outputsOf('nextcloud')).toEqual({
    name: 'nextcloud',
    namespace: 'cloud',
    backupBucketName: 'nextcloud-backup',
  });
});

test('an Output may stand as a text, a number, a truth value, in an array, and in a label', async () => {
  const spec = await specOf({
    backupBucketName: soon('a-bucket'),
    suspend: soon(true),
    runNow: soon('first'),
    backups: [
      Item.volume(soon('data'), { exclude: [soon('*.part'), 'cache/'], allowEmpty: soon(false) }),
      Item.volume('more', { onUnreadable: soon('Fail' as const) }),
      Item.bucket(soon('files'), { exclude: [soon('/cache/')], allowEmpty: soon(true) }),
    ],
  });
  expect(spec).toEqual({
    backupBucketName: 'a-bucket',
    suspend: true,
    runNow: 'first',
    backups: [
      { type: 'pvc', name: 'data', exclude: ['*.part', 'cache/'], allowEmpty: false },
      { type: 'pvc', name: 'more', onUnreadable: 'Fail' },
      { type: 's3', name: 'files', exclude: ['/cache/'], allowEmpty: true },
    ],
  });
  const { inputs } = await deployed({ metadata: { labels: { team: soon('web') } } });
  expect(inputs.metadata.labels).toEqual({ team: 'web' });
});

test('an Output may stand in what a value is made of, also where the value calculates with it', async () => {
  expect(
    await specOf({
      schedule: Schedule.daily({ hour: soon(3), timeZone: soon('Europe/Berlin') }),
      retention: Retention.of({ daily: soon(9), weekly: 4 }),
    }),
  ).toMatchObject({
    schedule: '0 3 * * *',
    timeZone: 'Europe/Berlin',
    resticRetentionPolicy: { daily: 9, weekly: 4 },
  });
  expect(
    await specOf({ schedule: Schedule.weekly({ weekday: soon('monday' as const), hour: 4 }) }),
  ).toMatchObject({ schedule: '0 4 * * 1' });
});

test('an Output may be the namespace, the name, and part of a name that is made of it', async () => {
  const { resources } = await deploy(
    () =>
      new ServiceBackup('files', {
        ...ARGS,
        namespace: soon('team'),
        metadata: { name: soon('team-files') },
      }),
  );
  expect(one(resources, 'ServiceBackup', 'team-files').inputs.metadata.namespace).toBe('team');
  expect(one(resources, 'RoleBinding').inputs.metadata).toEqual({
    name: 'service-backup-team-files',
    namespace: 'team',
  });
});

test('values of the constructs may stand where those of the components may, also those that refer to an object of cdk8s', async () => {
  const claim = new ApiObject(new Chart(new App(), 'files'), 'claim', {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name: 'data' },
  });
  const backups = [plain.Item.volume(claim), Item.volume(soon('more'))];
  expect(await specOf({ backups, retention: plain.Retention.of({ last: 3 }) })).toMatchObject({
    backups: [{ name: 'data' }, { name: 'more' }],
    resticRetentionPolicy: { last: 3 },
  });
});

test('an Output changes no name in the stack', async () => {
  const names = async (args: Partial<ServiceBackupArgs>) =>
    (await deploy(() => new ServiceBackup('nextcloud', { ...ARGS, ...args }))).resources.map(
      ({ name }) => name,
    );
  expect(await names({ namespace: soon('nextcloud'), backupBucketName: soon('b-b') })).toEqual(
    await names({}),
  );
});

test('a secret stays secret, and makes nothing else secret', async () => {
  const spec = await specOf({
    adoptFrom: pulumi.secret('cluster/uid'),
    backups: [Item.volume(pulumi.secret('data'))],
    schedule: Schedule.daily({ hour: pulumi.secret(2), minute: 5 }),
  });
  expect(spec).toEqual({
    backupBucketName: 'nextcloud-backup',
    adoptFrom: { secret: 'cluster/uid' },
    backups: [{ type: 'pvc', name: { secret: 'data' } }],
    schedule: { secret: '5 2 * * *' },
  });
});

test('a preview does not fail on what is not known yet, and shows the rest', async () => {
  const { resources, errors } = await deploy(
    () => {
      const bucket = unknown();
      new ServiceBackup('nextcloud', {
        namespace: pulumi.interpolate`ns-${bucket}`,
        backupBucketName: bucket,
        backups: [Item.volume(bucket), Item.volume('Not-A-Name')],
        schedule: Schedule.cron(pulumi.interpolate`${bucket} 1 * * *`),
      });
    },
    { preview: true },
  );
  expect(errors).toEqual([]);
  expect(one(resources, 'ServiceBackup').inputs).toMatchObject({
    metadata: { name: 'nextcloud', namespace: 'unknown' },
    spec: {
      backupBucketName: 'unknown',
      backups: [{ name: 'unknown' }, { name: 'Not-A-Name' }],
      schedule: 'unknown',
    },
  });
});

test('protection and dependencies are those of the component', async () => {
  const { resources } = await deploy(() => {
    const first = new ServiceBackup('first', ARGS);
    new ServiceBackup('second', ARGS, { protect: true, dependsOn: first });
  });
  const of = (name: string) => resources.filter((r) => r.name.startsWith(name));
  expect(of('second').map(({ protect }) => protect)).toEqual([true, true, true]);
  expect(of('second')[0]!.dependsOn).toEqual(expect.arrayContaining(['first', 'first/rights']));
  expect(of('first').map(({ protect, retainOnDelete }) => protect || retainOnDelete)).toEqual([
    false,
    false,
    false,
  ]);
});
