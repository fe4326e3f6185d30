import * as pulumi from '@pulumi/pulumi';
import { ApiObject, App, Chart } from 'cdk8s';
import * as plain from 'service-backup';
import {
  BackupOperator,
  Charts,
  Item,
  Retention,
  Schedule,
  SecretKey,
  ServiceBackup,
} from 'service-backup/pulumi';
import { everything } from '../../services';
import { byName, manifests } from '../constructs/app';
import { built } from '../constructs/built';
import { deploy, objectsAmong, one, type Registered } from './engine';

beforeAll(built, 60_000);

const soon = <T>(value: T) => pulumi.output(Promise.resolve(value));
const objectsOf = (resources: Registered[]) => byName(objectsAmong(resources).map(({ inputs }) => inputs));

test('the services, as Pulumi deploys them, are the same objects as GitOps gets', async () => {
  const app = new App();
  everything(app);
  const { resources } = await deploy(() => new Charts('services', (app) => everything(app)));
  expect(objectsOf(resources)).toEqual(byName(manifests(app)));
});

test('an object of the services waits for its namespace and its kind, and is of the type that the provider knows', async () => {
  const { resources } = await deploy(() => new Charts('services', (app) => everything(app)));
  const objects = objectsAmong(resources);
  const named = (kind: string, name: string) =>
    objects.filter(({ inputs }) => inputs.kind === kind && inputs.metadata.name === name);
  expect(objects.length).toBeGreaterThan(50);
  for (const { type, inputs, parent, dependsOn } of objects) {
    const { apiVersion, kind, metadata } = inputs;
    expect(type).toBe(`kubernetes:${apiVersion.includes('/') ? apiVersion : `core/${apiVersion}`}:${kind}`);
    expect(parent).toBe('services');
    if (kind === 'Namespace') continue;
    const needed = [
      ...named('Namespace', metadata.namespace),
      ...named('CustomResourceDefinition', `${kind.toLowerCase()}s.servicebackup.io`),
    ];
    expect(dependsOn).toEqual(expect.arrayContaining(needed.map(({ name }) => name)));
  }
  const { dependsOn } = objects.find(({ name }) => name === 'services/dokuwiki/backup')!;
  expect(dependsOn.sort()).toEqual([
    'services/backupconfigs.servicebackup.io',
    'services/dokuwiki/dokuwiki',
    'services/servicebackups.servicebackup.io',
  ]);
});

test('a construct that gets another id, or moves to another chart, is the same resource', async () => {
  const names = async (chart: string, id: string) =>
    (
      await deploy(
        () =>
          new Charts('services', (app) => {
            new plain.ServiceBackup(new Chart(app, chart, { namespace: 'wiki' }), id, {
              metadata: { name: 'backup' },
              backupBucketName: 'wiki-backup',
              backups: [plain.Item.volume('pages')],
            });
          }),
      )
    ).resources.map(({ name }) => name);
  expect(await names('wiki', 'backup')).toEqual([
    'services',
    'services/wiki/backup',
    'services/wiki/service-backup-backup',
  ]);
  expect(await names('moved', 'renamed')).toEqual(await names('wiki', 'backup'));
});

function synthesised(): ReturnType<typeof manifests> {
  const app = new App();
  new plain.BackupOperator(new Chart(app, 'operator'), 'operator', {
    namespace: 'backups',
    jobNamespace: 'backup-jobs',
    config: {
      schedule: plain.Schedule.daily({ hour: 1 }),
      s3BackupConfig: {
        s3Host: 's3.example.net',
        s3Credentials: plain.SecretKey.pair('s3-backup', 'AccessKey', 'SecretKey'),
      },
      resticPasswordSecret: plain.SecretKey.of('restic-pw', 'pw'),
    },
  });
  new plain.ServiceBackup(new Chart(app, 'wiki', { namespace: 'wiki' }), 'backup', {
    backupBucketName: 'wiki-backup',
    backups: [plain.Item.volume('pages', { exclude: ['*.part'] })],
    retention: plain.Retention.gfs(),
    operatorNamespace: 'backups',
  });
  return manifests(app);
}

test.each([
  ['plain values', <T>(value: T): pulumi.Input<T> => value],
  ['Outputs', soon],
])('the components are the same objects as the constructs, of %s', async (_, of) => {
  const { resources, errors } = await deploy(() => {
    new BackupOperator('operator', {
      namespace: of('backups'),
      jobNamespace: of('backup-jobs'),
      config: {
        schedule: Schedule.daily({ hour: of(1) }),
        s3BackupConfig: {
          s3Host: of('s3.example.net'),
          s3Credentials: SecretKey.pair(of('s3-backup'), of('AccessKey'), of('SecretKey')),
        },
        resticPasswordSecret: SecretKey.of(of('restic-pw'), of('pw')),
      },
    });
    new ServiceBackup('wiki', {
      namespace: of('wiki'),
      metadata: { name: of('backup') },
      backupBucketName: of('wiki-backup'),
      backups: [Item.volume(of('pages'), { exclude: [of('*.part')] })],
      retention: Retention.gfs(),
      operatorNamespace: of('backups'),
    });
  });
  expect(errors).toEqual([]);
  expect(objectsOf(resources)).toEqual(byName(synthesised()));
});

test('a Job waits for its rights, and not for a Deployment, which may wait for the Job', async () => {
  const { resources } = await deploy(
    () =>
      new Charts('services', (app) => {
        const chart = new Chart(app, 'wiki', { namespace: 'wiki' });
        const object = (apiVersion: string, kind: string, more: object) =>
          new ApiObject(chart, kind, { apiVersion, kind, metadata: { name: kind.toLowerCase() }, ...more });
        object('batch/v1', 'Job', { spec: {} });
        object('apps/v1', 'Deployment', { spec: {} });
        object('rbac.authorization.k8s.io/v1', 'RoleBinding', { roleRef: {} });
      }),
  );
  expect(one(resources, 'Job').dependsOn).toEqual(['services/wiki/rolebinding']);
});
