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
    endpoint: 'https://s3.example.net',
  });
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
    'a retention that keeps nothing',
    { resticRetentionPolicy: { last: 0 } },
    {},
    'the ServiceBackup: resticRetentionPolicy would keep no snapshot: set at least one of last, hourly, daily, weekly, monthly, yearly to 1 or more.',
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
