import { type Settings, settingsOf } from '../../src/operator/settings';
import { backup, config } from './fixtures';

const settings = (own = {}, all = {}) => settingsOf(backup(['data'], { spec: own }), config(all), 'jobs');

test('defaults hold where nobody says otherwise', () => {
  expect(settings()).toMatchObject({
    suspend: false,
    maxParallelJobs: 2,
    retention: { daily: 7, weekly: 6, monthly: 6, yearly: 1 },
    startDeadlineSeconds: 300,
    deadlineSeconds: 86400,
    nodeLostSeconds: 330,
    stallSeconds: 200,
    endpoint: 'https://s3.example.net',
    maxForgetPercent: 20,
    check: { suspend: false, dataParts: 13 },
    prune: { suspend: false, maxUnusedPercent: 10 },
    recoveryKey: 'Offered',
    notify: {},
  });
});

test('check and prune have schedules of their own, without jitter, in the zone of the config', () => {
  const all = { timeZone: 'Europe/Berlin', jitterSeconds: 3600, check: { schedule: '0 4 * * 6' } };
  const { check, prune } = settings({ timeZone: 'Etc/UTC' }, all) as Settings;
  const friday = new Date('2026-11-20T12:00:00Z');
  expect(check.schedule.next(friday)).toEqual(new Date('2026-11-21T03:00:00Z'));
  expect(prune.schedule.next(friday)).toEqual(new Date('2026-11-22T04:00:00Z'));
});

test("the ServiceBackup's own words win over its config's", () => {
  const own = { resticRetentionPolicy: { last: 3 }, schedule: '0 5 * * *', timeZone: 'Europe/Berlin' };
  const made = settings(own, { resticRetentionPolicy: { daily: 1 } }) as Settings;
  expect(made.retention).toEqual({ last: 3 });
  expect(made.schedule.next(new Date('2026-11-21T00:00:00Z'))).toEqual(new Date('2026-11-21T04:00:00Z'));
});

test.each([
  ['http://10.0.0.1:7070/', 'http://10.0.0.1:7070'],
  ['s3.example.net', 'https://s3.example.net'],
])('%s is reached as %s', (s3Host, endpoint) => {
  const s3BackupConfig = { ...config().spec.serviceBackup.s3BackupConfig, s3Host };
  expect(settings({}, { s3BackupConfig })).toMatchObject({ endpoint });
});

test.each([
  [
    'a schedule of the config',
    {},
    { schedule: 'x' },
    /^BackupConfig 'default': schedule 'x' is not a cron expression/,
  ],
  [
    'a schedule of its own',
    { schedule: 'x' },
    {},
    /^the ServiceBackup: schedule 'x' is not a cron expression/,
  ],
  [
    'a schedule of checks',
    {},
    { check: { schedule: '0 4 * * 9' } },
    /^BackupConfig 'default': check.schedule '0 4 \* \* 9' is not a cron expression/,
  ],
  [
    'a schedule of prunes',
    {},
    { prune: { schedule: '0 0 30 2 *' } },
    "BackupConfig 'default': prune.schedule '0 0 30 2 *' never fires: use a day that exists, like '30 1 * * *'.",
  ],
  [
    'a retention that keeps nothing',
    { resticRetentionPolicy: { last: 0 } },
    {},
    'the ServiceBackup: resticRetentionPolicy would keep no snapshot: set at least one of last, hourly, daily, weekly, monthly, yearly to 1 or more.',
  ],
  [
    'keys of maintenance that other Jobs have, too',
    {},
    {
      s3BackupConfig: {
        s3Host: 's3',
        s3Credentials: { secretName: 's3-{bucket}', accessKeyIDProperty: 'a', secretKeyProperty: 's' },
        maintenanceCredentials: {
          secretName: 's3-x-{bucket}',
          accessKeyIDProperty: 'a',
          secretKeyProperty: 's',
        },
      },
    },
    "BackupConfig 'default': s3BackupConfig.maintenanceCredentials.secretName 's3-x-{bucket}' can be the same Secret as 's3-{bucket}', which Jobs that read data have: use a name that begins otherwise, e.g. 'maintenance-{bucket}'.",
  ],
  [
    'another Job namespace',
    {},
    { jobSpec: { jobNS: 'elsewhere' } },
    "BackupConfig 'default': jobSpec.jobNS is 'elsewhere', but this operator runs Jobs in 'jobs': leave jobNS out, or deploy the operator with that Job namespace.",
  ],
])('%s is ConfigInvalid, and says where', (_, own, all, message) => {
  const made = settings(own, all);
  expect(made).toMatchObject({ reason: 'ConfigInvalid' });
  if (typeof message === 'string') expect(made).toMatchObject({ message });
  else expect((made as { message: string }).message).toMatch(message);
});
