import * as pulumi from '@pulumi/pulumi';
import { Chart } from 'cdk8s';
import * as plain from 'service-backup';
import {
  BackupConfig,
  type BackupConfigArgs,
  BackupOperator,
  Charts,
  Duration,
  Item,
  Schedule,
  SecretKey,
  ServiceBackup,
} from 'service-backup/pulumi';
import { built } from '../constructs/built';
import { deploy } from './engine';

beforeAll(built, 60_000);

const soon = <T>(value: T) => pulumi.output(Promise.resolve(value));
const CONFIG: BackupConfigArgs = {
  schedule: Schedule.daily({ hour: 1 }),
  s3BackupConfig: { s3Host: 's3.example.net', s3Credentials: SecretKey.pair('s3', 'id', 'secret') },
  resticPasswordSecret: SecretKey.of('restic-pw', 'pw'),
};

/** What a program says that makes a mistake, which it does at once, or when its Outputs are known. */
async function mistake(program: () => void): Promise<{ said: string[]; resources: string[] }> {
  const thrown: string[] = [];
  const { errors, resources } = await deploy(() => {
    try {
      program();
    } catch (error) {
      thrown.push((error as Error).message);
    }
  });
  return { said: [...thrown, ...errors], resources: resources.map(({ name }) => name) };
}

const WRONG = [
  "nextcloud: backupBucketName 'Next_Cloud' is not a bucket name S3 accepts (3 to 63 lower-case letters, digits, dots and hyphens): use 'next-cloud'.",
  "nextcloud: backups[1] names the claim 'data' a second time: remove one.",
].join('\n');

test('mistakes are said at once, all of them, in the words of the constructs', async () => {
  expect(
    await mistake(
      () =>
        new ServiceBackup('nextcloud', {
          backupBucketName: 'Next_Cloud',
          backups: [Item.volume('data'), Item.volume('data')],
        }),
    ),
  ).toEqual({ said: [WRONG], resources: ['nextcloud'] });
});

test('a mistake in an Output is said when it is known, and nothing of the component is deployed', async () => {
  expect(
    await mistake(
      () =>
        new ServiceBackup('nextcloud', {
          backupBucketName: soon('Next_Cloud'),
          backups: [Item.volume('data'), Item.volume(soon('data'))],
        }),
    ),
  ).toEqual({ said: [WRONG], resources: ['nextcloud'] });
});

test("a mistake in the operator's config is said with the path of the config", async () => {
  const { said } = await mistake(
    () => new BackupOperator('operator', { config: { ...CONFIG, schedule: Schedule.cron('30 25 * * *') } }),
  );
  expect(said).toEqual([
    "operator/default: schedule '30 25 * * *' never fires (hour 25): use an hour from 0 to 23.",
  ]);
});

test('a length of time that is too short is said, whether it was known or not', async () => {
  const sentence = 'default: stall is 1 seconds: use at least Duration.seconds(5).';
  for (const stall of [Duration.seconds(1), Duration.seconds(soon(1))])
    expect((await mistake(() => new BackupConfig('default', { ...CONFIG, stall }))).said).toEqual([sentence]);
});

test('mistakes in charts are said as the synthesis says them', async () => {
  const { said } = await mistake(
    () =>
      new Charts('services', (app) => {
        const chart = new Chart(app, 'wiki', { namespace: 'wiki' });
        new plain.ServiceBackup(chart, 'backup', { backupBucketName: 'wiki-backup', backups: [] });
      }),
  );
  expect(said).toEqual([
    'wiki/backup: backups is empty, so that nothing would be backed up: add Item.volume(claim).',
  ]);
});

test('a mistake in a construct of somebody else is said, too', async () => {
  const { said } = await mistake(
    () =>
      new Charts('services', (app) => {
        new Chart(app, 'wiki').node.addValidation({ validate: () => ['is wrong.'] });
      }),
  );
  expect(said).toEqual(['wiki: is wrong.']);
});

describe('an Output that became text is refused, with the path of the property', () => {
  const bucket = pulumi.output('b');
  const mend = 'has an Output that became text: use pulumi.interpolate instead of a template string.';
  const args = { backupBucketName: 'a-bucket', backups: [Item.volume('data')] };

  test.each([
    ['backupBucketName', { ...args, backupBucketName: `${bucket}-backup` }],
    ['runNow', { ...args, runNow: JSON.stringify({ bucket }) }],
    ['metadata.labels.team', { ...args, metadata: { labels: { team: `${bucket}` } } }],
    ['backups[1]', { ...args, backups: [Item.volume('data'), Item.volume(`${bucket}`)] }],
    ['backups[0].exclude[1]', { ...args, backups: [Item.volume('data', { exclude: ['a', `${bucket}`] })] }],
    ['schedule.timeZone', { ...args, schedule: Schedule.daily({ hour: 1, timeZone: `${bucket}` }) }],
    ['schedule.expression', { ...args, schedule: plain.Schedule.cron(`${bucket} 1 * * *`) }],
  ])('%s', async (path, lost) => {
    expect((await mistake(() => new ServiceBackup('nextcloud', lost))).said).toEqual([
      `nextcloud: ${path} ${mend}`,
    ]);
  });

  test('also of what another Output is made of, when that is known', async () => {
    expect(
      await mistake(
        () =>
          new ServiceBackup('nextcloud', {
            ...args,
            backups: [Item.volume(soon('data').apply((name) => `${name}-${bucket}`))],
          }),
      ),
    ).toEqual({ said: [`nextcloud: backups[0] ${mend}`], resources: ['nextcloud'] });
  });

  test('in a chart: with the object', async () => {
    const { said } = await mistake(
      () =>
        new Charts('services', (app) => {
          const chart = new Chart(app, 'wiki', { namespace: 'wiki' });
          new plain.ServiceBackup(chart, 'backup', {
            backupBucketName: 'wiki-backup',
            backups: [plain.Item.volume('pages')],
            runNow: `${bucket}`.slice(0, 60),
          });
        }),
    );
    expect(said).toEqual([`ServiceBackup wiki/backup: spec.runNow ${mend}`]);
  });
});
