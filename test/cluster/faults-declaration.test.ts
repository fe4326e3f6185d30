import { OPERATOR_NAMESPACE } from '../../demo/deploy';
import type { BackupConfig, Reason, ServiceBackupSpec } from '../../src/api';
import { FaultLab, ON_NODE_1, ON_NODE_2 } from './fault-lab';

jest.setTimeout(120_000);

type Settings = BackupConfig['spec']['serviceBackup'];
interface Mistake {
  name: string;
  config?: (settings: Settings) => void;
  spec?: Partial<ServiceBackupSpec>;
  reason: Reason;
  says: (string | RegExp)[];
}

const MISTAKES: Mistake[] = [
  {
    name: 'schedule',
    config: (settings) => {
      settings.schedule = 'half past one every night';
    },
    reason: 'ConfigInvalid',
    says: ["BackupConfig 'declaration-schedule'", 'half past one every night'],
  },
  {
    name: 'time-zone',
    config: (settings) => {
      settings.timeZone = 'Mars/Olympus';
    },
    reason: 'ConfigInvalid',
    says: ["BackupConfig 'declaration-time-zone'", 'Mars/Olympus'],
  },
  {
    name: 'check',
    config: (settings) => {
      settings.check = { schedule: '61 * * * *' };
    },
    reason: 'ConfigInvalid',
    says: ["BackupConfig 'declaration-check'", '61'],
  },
  {
    name: 'prune',
    config: (settings) => {
      settings.prune = { schedule: '* * * * tomorrow' };
    },
    reason: 'ConfigInvalid',
    says: ["BackupConfig 'declaration-prune'", 'tomorrow'],
  },
  {
    name: 'job-namespace',
    config: (settings) => {
      settings.jobSpec = { jobNS: 'elsewhere' };
    },
    reason: 'ConfigInvalid',
    says: ["jobSpec.jobNS is 'elsewhere'", 'service-backup-jobs'],
  },
  {
    name: 'override',
    spec: { schedule: '0 25 * * *' },
    reason: 'ConfigInvalid',
    says: ['the ServiceBackup', '0 25'],
  },
];

const WITHOUT_RIGHTS = 'faults-without-rights';

let lab: FaultLab;
beforeAll(async () => {
  lab = await FaultLab.open('declaration');
  await lab.makeBuckets('config-missing', 'contested');
  await lab.apply(
    ...MISTAKES.map(({ name, config }) => lab.config(name, config)),
    ...MISTAKES.map(({ name, spec }) =>
      lab.declaration(name, [ON_NODE_1], {
        backupConfig: `declaration-${name}`,
        runNow: undefined,
        ...spec,
      }),
    ),
    lab.declaration('config-missing', [ON_NODE_1], { backupConfig: 'declaration-config-missing' }),
    lab.declaration('contested', [ON_NODE_2]),
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: WITHOUT_RIGHTS } },
  );
  await lab.apply(lab.declaration('no-rights', ['nothing'], {}, WITHOUT_RIGHTS));
}, 60_000);
afterAll(() => lab?.close());

test.each(MISTAKES)('$name: $reason, until it is mended', async ({ name, reason, says, spec }) => {
  await lab.notReady(name, reason, says);
  await lab.apply(
    lab.config(name),
    ...(spec
      ? [
          lab.declaration(name, [ON_NODE_1], {
            backupConfig: `declaration-${name}`,
            runNow: undefined,
          }),
        ]
      : []),
  );
  await lab.isReady(name);
});

test('config-missing: ConfigMissing; what was asked for runs as soon as the config is there', async () => {
  await lab.notReady('config-missing', 'ConfigMissing', [
    "no BackupConfig 'declaration-config-missing'",
    OPERATOR_NAMESPACE,
    'create it there',
  ]);
  await lab.apply(lab.config('config-missing'));
  expect((await lab.ended('config-missing')).state).toBe('Success');
});

test('a bucket that another service has: BucketClaimed, until it is given up; the other one goes on', async () => {
  expect((await lab.ended('contested')).state).toBe('Success');
  const late = lab.declaration('late', [ON_NODE_1], { backupBucketName: lab.bucket('contested') });
  await lab.apply(late);
  await lab.notReady('late', 'BucketClaimed', [
    "Bucket 'faults-declaration-contested'",
    'guestbook/declaration-contested, which is older',
    'give this one a bucket of its own',
  ]);
  expect((await lab.runAgain('contested')).state).toBe('Success');

  // Its repository is still the other's: the bucket itself says so.
  await lab.cluster.kubectl(['delete', 'sb', 'declaration-contested', '-n', 'guestbook']);
  const status = await lab.ended('late');
  expect(status).toMatchObject({ state: 'Failed', reason: 'RepositoryOwnedByAnother' });
  expect(status.lastBackup!.message).toMatch(/belongs to \S+\/guestbook\/declaration-contested/);
});

test('a declaration without its RoleBinding: NotPermitted, until it is there', async () => {
  const namespace = WITHOUT_RIGHTS;
  const refused = await lab.ended('no-rights', 60, undefined, namespace);
  expect(refused).toMatchObject({ state: 'Failed', reason: 'NotPermitted' });
  expect(refused.lastBackup!.message).toMatch(
    /may not read claims and pods of namespace faults-without-rights.*synthesise the declaration with ServiceBackup/,
  );

  const binding = JSON.parse(
    await lab.cluster.kubectl([
      'get',
      'rolebinding',
      'service-backup-backup',
      '-n',
      'guestbook',
      '-o',
      'json',
    ]),
  );
  await lab.apply({ ...binding, metadata: { name: 'service-backup', namespace } });
  const next = await lab.runAgain('no-rights', 60, namespace);
  expect(next).toMatchObject({ state: 'Failed', reason: 'ClaimNotFound' });
});
