import { App, Chart, Size } from 'cdk8s';
import { PersistentVolumeClaim } from 'cdk8s-plus-28';
import type { Construct } from 'constructs';
import { Item, Retention, Schedule, ServiceBackup } from 'service-backup';
import { appWith, manifests, one } from './app';

/** As a person writes it. */
class Nextcloud extends Chart {
  constructor(scope: Construct) {
    super(scope, 'nextcloud', { namespace: 'nextcloud' });
    const data = new PersistentVolumeClaim(this, 'data', { storage: Size.gibibytes(200) });

    new ServiceBackup(this, 'backup', {
      backupBucketName: 'nextcloud-backup',
      backups: [Item.volume(data, { exclude: ['appdata_*/preview/', '*.part'] })],
      retention: Retention.gfs(), // 7 daily, 6 weekly, 6 monthly, 1 yearly
    });
  }
}

test('a declaration becomes a ServiceBackup that names the claim', () => {
  const app = new App();
  const chart = new Nextcloud(app);
  const all = manifests(app);

  const claim = one(all, 'PersistentVolumeClaim').metadata.name;
  expect(one(all, 'ServiceBackup')).toEqual({
    apiVersion: 'servicebackup.io/v1alpha1',
    kind: 'ServiceBackup',
    metadata: { name: 'backup', namespace: 'nextcloud' },
    spec: {
      backupBucketName: 'nextcloud-backup',
      backups: [{ type: 'pvc', name: claim, exclude: ['appdata_*/preview/', '*.part'] }],
      resticRetentionPolicy: { daily: 7, weekly: 6, monthly: 6, yearly: 1 },
    },
  });
  expect(chart.node.tryFindChild('backup')).toBeInstanceOf(ServiceBackup);
});

test('it carries the right to read the claims and pods of its own namespace, and no other', () => {
  const app = new App();
  new Nextcloud(app);

  const binding = one(manifests(app), 'RoleBinding');
  expect(binding.metadata).toEqual({ name: 'service-backup-backup', namespace: 'nextcloud' });
  expect(binding.roleRef).toMatchObject({ kind: 'ClusterRole', name: 'service-backup-declaration' });
  expect(binding.subjects).toEqual([
    { kind: 'ServiceAccount', name: 'service-backup', namespace: 'service-backup' },
  ]);
});

test('the right goes to the operator of the namespace that is named', () => {
  const app = appWith((chart) => {
    new ServiceBackup(chart, 'backup', {
      backupBucketName: 'a-bucket',
      backups: [Item.volume('data')],
      operatorNamespace: 'backups',
    });
  });
  expect(one(manifests(app), 'RoleBinding').subjects[0].namespace).toBe('backups');
});

test('its name is the id of the construct, wherever it stands in the chart: snapshots are found by it', () => {
  const app = new App();
  const chart = new Chart(app, 'any-name', { namespace: 'team', disableResourceNameHashes: false });
  const outer = new ServiceBackup(chart, 'files', {
    backupBucketName: 'team-files',
    backups: [Item.volume('files')],
  });
  new ServiceBackup(outer, 'inner', { backupBucketName: 'team-inner', backups: [Item.volume('inner')] });

  const names = manifests(app)
    .filter((m) => m.kind === 'ServiceBackup')
    .map((m) => m.metadata.name);
  expect(names).toEqual(['files', 'inner']);
});

test('the name of a RoleBinding has at most 63 characters, and differs with the name of the ServiceBackup', () => {
  const long = (last: string) => `${'a'.repeat(62)}${last}`;
  const app = appWith((chart) => {
    for (const last of ['x', 'y']) {
      new ServiceBackup(chart, long(last), {
        backupBucketName: `bucket-${last}`,
        backups: [Item.volume('data')],
      });
    }
  });
  const names = manifests(app)
    .filter((m) => m.kind === 'RoleBinding')
    .map((m) => m.metadata.name);
  expect(new Set(names).size).toBe(2);
  for (const name of names) expect(name).toMatch(/^service-backup-a+-[0-9a-f]{10}$/);
  for (const name of names) expect(name.length).toBeLessThanOrEqual(63);
});

test('every property reaches the manifest', () => {
  const app = appWith((chart) => {
    new ServiceBackup(chart, 'backup', {
      backupBucketName: 'nextcloud-backup',
      backups: [Item.volume('data', { allowEmpty: true, onUnreadable: 'Fail' }), Item.volume('config')],
      schedule: Schedule.weekly({ weekday: 'sunday', hour: 3, minute: 5, timeZone: 'Europe/Paris' }),
      retention: Retention.of({ last: 3, hourly: 24 }),
      suspend: true,
      runNow: '2026-11-21',
      backupConfig: 'offsite',
      adoptFrom: 'unowned',
    });
  });
  expect(one(manifests(app), 'ServiceBackup').spec).toEqual({
    backupBucketName: 'nextcloud-backup',
    backups: [
      { type: 'pvc', name: 'data', allowEmpty: true, onUnreadable: 'Fail' },
      { type: 'pvc', name: 'config' },
    ],
    schedule: '5 3 * * 0',
    timeZone: 'Europe/Paris',
    resticRetentionPolicy: { last: 3, hourly: 24 },
    suspend: true,
    runNow: '2026-11-21',
    backupConfig: 'offsite',
    adoptFrom: 'unowned',
  });
});

test('what is not written is not in the manifest: nothing for GitOps to quarrel about', () => {
  const app = appWith((chart) => {
    new ServiceBackup(chart, 'backup', { backupBucketName: 'a-bucket', backups: [Item.volume('data')] });
  });
  expect(one(manifests(app), 'ServiceBackup').spec).toEqual({
    backupBucketName: 'a-bucket',
    backups: [{ type: 'pvc', name: 'data' }],
  });
});

test('the same app gives the same bytes', () => {
  const yaml = () => {
    const app = new App();
    new Nextcloud(app);
    return app.synthYaml();
  };
  expect(yaml()).toBe(yaml());
});

test('a time zone that a thousand services have in common is looked up once', () => {
  const lookUp = jest.spyOn(Intl, 'DateTimeFormat');
  const app = appWith((chart) => {
    for (let n = 0; n < 1000; n++) {
      new ServiceBackup(chart, `backup-${n}`, {
        backupBucketName: `bucket-${n}`,
        backups: [Item.volume('data')],
        schedule: Schedule.daily({ hour: n % 24, timeZone: 'Asia/Kathmandu' }),
      });
    }
  });
  expect(manifests(app)).toHaveLength(2000);
  expect(lookUp).toHaveBeenCalledTimes(1);
  lookUp.mockRestore();
});
