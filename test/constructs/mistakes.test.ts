import { App, Chart, Duration, Size } from 'cdk8s';
import { PersistentVolumeClaim } from 'cdk8s-plus-28';
import {
  BackupConfig,
  type BackupConfigProps,
  BackupOperator,
  type BackupOperatorProps,
  Item,
  Retention,
  Schedule,
  SecretKey,
  ServiceBackup,
  type ServiceBackupProps,
} from 'service-backup';
import { problemsOfImages } from '../../src/constructs/images';
import { appWith, mistakes } from './app';

const good: ServiceBackupProps = { backupBucketName: 'nextcloud-backup', backups: [Item.volume('data')] };
const config: BackupConfigProps = {
  schedule: Schedule.daily({ hour: 1 }),
  s3BackupConfig: { s3Host: 's3.example.net', s3Credentials: SecretKey.pair('s3', 'AccessKey', 'SecretKey') },
  resticPasswordSecret: SecretKey.of('restic-pw', 'pw'),
};

const ofServiceBackup = (props: Partial<ServiceBackupProps>, id = 'backup') =>
  mistakes(appWith((chart) => void new ServiceBackup(chart, id, { ...good, ...props })));
const ofConfig = (props: Partial<BackupConfigProps>) =>
  mistakes(appWith((chart) => void new BackupConfig(chart, 'default', { ...config, ...props })));

const said = (sentence: string, path = 'nextcloud/backup') => `1 problem in this app:\n${path}: ${sentence}`;
const ofDefault = (sentence: string) => said(sentence, 'nextcloud/default');

test('a declaration without a mistake says nothing', () => {
  expect(ofServiceBackup({})).toBe('');
  expect(ofConfig({})).toBe('');
});

test('all mistakes of an app are told at once, with the construct, the property, the value and the mend', () => {
  const app = new App();
  const nextcloud = new Chart(app, 'nextcloud', { namespace: 'nextcloud' });
  new ServiceBackup(nextcloud, 'backup', {
    backupBucketName: 'Nextcloud_Backup',
    backups: [Item.volume('data'), Item.volume('data')],
  });
  const operator = new Chart(app, 'operator');
  new BackupConfig(operator, 'default', { ...config, schedule: Schedule.cron('30 25 * * *') });

  expect(mistakes(app)).toBe(`3 problems in this app:
nextcloud/backup: backupBucketName 'Nextcloud_Backup' is not a bucket name S3 accepts (3 to 63 lower-case letters, digits, dots and hyphens): use 'nextcloud-backup'.
nextcloud/backup: backups[1] names the claim 'data' a second time: remove one.
operator/default: schedule '30 25 * * *' never fires (hour 25): use an hour from 0 to 23.`);
});

test("a foreign construct's mistakes are told beside ours", () => {
  const app = appWith((chart) => {
    new ServiceBackup(chart, 'backup', { ...good, backups: [] });
    chart.node.addValidation({ validate: () => ['the chart is too old'] });
  });
  expect(mistakes(app)).toContain('2 problems in this app:\nnextcloud: the chart is too old\n');
});

test('what is added after a synthesis is looked at by the next one, in the same breath too', () => {
  const app = appWith((chart) => void new ServiceBackup(chart, 'backup', good));
  expect(mistakes(app)).toBe('');
  new ServiceBackup(app.charts[0]!, 'again', good);
  expect(mistakes(app)).toBe(
    said(
      "backupBucketName 'nextcloud-backup' is already that of nextcloud/backup, and a repository has one owner: use another bucket.",
      'nextcloud/again',
    ),
  );
});

test('a single chart is not rendered with a mistake, either', () => {
  const app = appWith((chart) => void new ServiceBackup(chart, 'backup', { ...good, backups: [] }));
  expect(() => app.charts[0]!.toJson()).toThrow('1 problem in this app:');
});

describe('a ServiceBackup', () => {
  test.each([
    ['ab', 'another'],
    ['_', 'another'],
    ['Wiki', "'wiki'"],
    ['-wiki-', "'wiki'"],
    ['my..bucket', "'my.bucket'"],
    ['my.-bucket', "'my.bucket'"],
    ['x'.repeat(64), `'${'x'.repeat(63)}'`],
  ])("must not name the bucket '%s'", (backupBucketName, mend) => {
    expect(ofServiceBackup({ backupBucketName })).toBe(
      said(
        `backupBucketName '${backupBucketName}' is not a bucket name S3 accepts (3 to 63 lower-case letters, digits, dots and hyphens): use ${mend}.`,
      ),
    );
  });

  test('must have an item', () => {
    expect(ofServiceBackup({ backups: [] })).toBe(
      said('backups is empty, so that nothing would be backed up: add Item.volume(claim).'),
    );
  });

  test('must not have more than 64 items', () => {
    const backups = Array.from({ length: 65 }, (_, n) => Item.volume(`data-${n}`));
    expect(ofServiceBackup({ backups: backups.slice(1) })).toBe('');
    expect(ofServiceBackup({ backups })).toBe(
      said(
        'backups has 65 items, but at most 64 are possible: declare a second ServiceBackup, with a bucket of its own.',
      ),
    );
  });

  test('must not name a claim twice', () => {
    expect(ofServiceBackup({ backups: [Item.volume('a'), Item.volume('b'), Item.volume('a')] })).toBe(
      said("backups[2] names the claim 'a' a second time: remove one."),
    );
  });

  test('must not name a claim that cannot exist', () => {
    expect(ofServiceBackup({ backups: [Item.volume('My Data')] })).toBe(
      said(
        "backups[0] names the claim 'My Data', which is not a name a claim can have: use lower-case letters, digits, dots and hyphens.",
      ),
    );
  });

  test('must not name a claim of another namespace without saying so', () => {
    const app = new App();
    const other = new Chart(app, 'other', { namespace: 'other' });
    const claim = new PersistentVolumeClaim(other, 'data', {
      metadata: { name: 'data' },
      storage: Size.gibibytes(1),
    });
    const chart = new Chart(app, 'nextcloud', { namespace: 'nextcloud' });
    new ServiceBackup(chart, 'backup', { ...good, backups: [Item.volume(claim)] });

    expect(mistakes(app)).toBe(
      said(
        "backups[0] names the claim 'data' of namespace 'other', but this ServiceBackup is in 'nextcloud': declare it beside its claims; or, if that namespace consents, say so by Item.volume(claim, { namespace: 'other' }).",
      ),
    );
  });

  test('may name a claim that another app declares', () => {
    const app = appWith((chart) => {
      const claim = PersistentVolumeClaim.fromClaimName(chart, 'data', 'data');
      new ServiceBackup(chart, 'backup', { ...good, backups: [Item.volume(claim)] });
    });
    expect(mistakes(app)).toBe('');
  });

  test('must have a name that Kubernetes accepts', () => {
    expect(ofServiceBackup({}, 'Backup')).toBe(
      said(
        "the name 'Backup', which is the construct's id, is not one Kubernetes accepts: use at most 63 lower-case letters, digits and hyphens, e.g. 'backup'.",
        'nextcloud/Backup',
      ),
    );
    expect(ofServiceBackup({ metadata: { name: 'x'.repeat(64) } })).toBe(
      said(
        `the name '${'x'.repeat(64)}' is not one Kubernetes accepts: use at most 63 lower-case letters, digits and hyphens, e.g. 'backup'.`,
      ),
    );
  });

  test.each([
    ['namespace', { metadata: { namespace: 'Nextcloud' } }],
    ['operatorNamespace', { operatorNamespace: 'Nextcloud' }],
  ])('must name a %s that can exist', (property, props) => {
    expect(ofServiceBackup(props)).toBe(
      said(
        `${property} 'Nextcloud' is not a name a namespace can have: use at most 63 lower-case letters, digits and hyphens.`,
      ),
    );
  });

  test('must name a BackupConfig that can exist', () => {
    expect(ofServiceBackup({ backupConfig: '' })).toBe(
      said(
        "backupConfig '' is not a name a BackupConfig can have: use lower-case letters, digits, dots and hyphens.",
      ),
    );
  });

  test('must not have a longer runNow than the API server takes', () => {
    expect(ofServiceBackup({ runNow: 'x'.repeat(129) })).toBe(
      said('runNow has 129 characters: use at most 128, e.g. a date.'),
    );
  });

  test('must not have a longer adoptFrom than the API server takes', () => {
    expect(ofServiceBackup({ adoptFrom: 'x'.repeat(257) })).toBe(
      said(
        'adoptFrom has 257 characters: use at most 256, as the message of RepositoryOwnedByAnother prints it.',
      ),
    );
  });

  test('must not share its bucket with another', () => {
    const app = appWith((chart) => {
      new ServiceBackup(chart, 'files', good);
      new ServiceBackup(chart, 'mail', good);
    });
    expect(mistakes(app)).toBe(
      said(
        "backupBucketName 'nextcloud-backup' is already that of nextcloud/files, and a repository has one owner: use another bucket.",
        'nextcloud/mail',
      ),
    );
  });

  test('must not be declared twice under one name in a namespace', () => {
    const app = new App();
    for (const id of ['one', 'two']) {
      const chart = new Chart(app, id, { namespace: 'team' });
      new ServiceBackup(chart, 'backup', { ...good, backupBucketName: `bucket-${id}` });
    }
    expect(mistakes(app)).toBe(
      said(
        "the ServiceBackup 'backup' of namespace 'team' is already declared by one/backup: give this construct another id.",
        'two/backup',
      ),
    );
  });
});

describe('a schedule', () => {
  const of = (schedule: Schedule) => ofServiceBackup({ schedule });

  test.each([
    ['30 25 * * *', 'hour 25', 'an hour from 0 to 23'],
    ['60 1 * * *', 'minute 60', 'a minute from 0 to 59'],
    ['0 1 32 * *', 'day of month 32', 'a day of month from 1 to 31'],
    ['0 1 * 13 *', 'month 13', 'a month from 1 to 12'],
    ['0 1 * * 8', 'day of week 8', 'a day of week from 0 to 7'],
    ['0 1-30 * * *', 'hour 30', 'an hour from 0 to 23'],
  ])("'%s' never fires", (expression, what, mend) => {
    expect(of(Schedule.cron(expression))).toBe(
      said(`schedule '${expression}' never fires (${what}): use ${mend}.`),
    );
  });

  test('of a time that is not one never fires', () => {
    expect(of(Schedule.daily({ hour: 1.5 }))).toBe(
      said("schedule '0 1.5 * * *' never fires (hour 1.5): use an hour from 0 to 23."),
    );
    expect(of(Schedule.daily({ hour: -1 }))).toBe(
      said("schedule '0 -1 * * *' never fires (hour -1): use an hour from 0 to 23."),
    );
  });

  test('of a day that never comes never fires', () => {
    expect(of(Schedule.cron('0 0 30 2 *'))).toBe(
      said("schedule '0 0 30 2 *' never fires, since no such day comes: use a day that the month has."),
    );
  });

  test.each(['', '@daily', '0 0 30 1 * *', '30 1'])("'%s' has not five fields", (expression) => {
    expect(of(Schedule.cron(expression))).toBe(
      said(
        `schedule '${expression}' is no cron expression of five fields: write minute, hour, day of month, month and day of week, e.g. '30 1 * * *'.`,
      ),
    );
  });

  test('may have tabs and more spaces than one: the API server takes no tabs', () => {
    expect(Schedule.cron(' 30\t1  * * *\n').expression).toBe('30 1 * * *');
  });

  test('must not be longer than the API server takes', () => {
    const minutes = Array.from({ length: 60 }, (_, minute) => minute).join(',');
    expect(of(Schedule.cron(`${minutes} * * * *`))).toBe(
      said("schedule has 177 characters: use at most 128, e.g. with '*/5' or '1-10' instead of a list."),
    );
  });

  test('of words is no cron expression', () => {
    expect(of(Schedule.cron('every day at one o'))).toMatch(
      /^1 problem in this app:\nnextcloud\/backup: schedule 'every day at one o' is no cron expression \(.+\): write it like '30 1 \* \* \*'\.$/,
    );
  });

  test('must be in a time zone that exists', () => {
    expect(of(Schedule.daily({ hour: 1, timeZone: 'Europe/Berln' }))).toBe(
      said("timeZone 'Europe/Berln' is not known: use a name of the IANA database, e.g. 'Europe/Berlin'."),
    );
  });

  test.each(['*/15 * * * *', '0 0-6/2 * * MON-FRI', '0 2 29 2 *', '5,35 1 1 JAN *', '0 1 * * 7'])(
    "'%s' is one",
    (expression) => {
      expect(of(Schedule.cron(expression, { timeZone: 'Pacific/Auckland' }))).toBe('');
    },
  );
});

describe('a retention', () => {
  test('must keep something', () => {
    const sentence =
      'retention is empty and would keep no snapshot: set at least one of last, hourly, daily, weekly, monthly, yearly to 1 or more, or use Retention.gfs().';
    expect(ofServiceBackup({ retention: Retention.of({}) })).toBe(said(sentence));
    expect(ofConfig({ retention: Retention.of({ daily: 0 }) })).toBe(ofDefault(sentence));
  });

  test('has whole numbers', () => {
    expect(ofServiceBackup({ retention: Retention.of({ daily: 7, weekly: -1 }) })).toBe(
      said('retention.weekly is -1: use a whole number, 0 or more.'),
    );
    expect(ofServiceBackup({ retention: Retention.of({ daily: 1e30 }) })).toBe(
      said('retention.daily is 1e+30: use a whole number, 0 or more.'),
    );
  });
});

describe('a BackupConfig', () => {
  test('must name a host of S3', () => {
    const s3BackupConfig = { ...config.s3BackupConfig, s3Host: 'https://s3.example.net/bucket' };
    expect(ofConfig({ s3BackupConfig })).toBe(
      ofDefault(
        "s3BackupConfig.s3Host 'https://s3.example.net/bucket' is neither a host name nor a URL without a path: write it like 's3.example.net'.",
      ),
    );
  });

  test.each([
    [{ s3Host: `${'x'.repeat(513)}` }, "s3Host has 513 characters: use at most 512, e.g. 's3.example.net'."],
    [{ region: 'x'.repeat(65) }, "region has 65 characters: use at most 64, e.g. 'eu-central-1'."],
    [
      { tls: { caBundle: '/etc/ssl/ca.pem' } },
      "tls.caBundle has no certificate in it: give the text of a PEM file, which begins with '-----BEGIN CERTIFICATE-----'.",
    ],
    [
      { tls: { caBundle: `-----BEGIN CERTIFICATE-----${'x'.repeat(65_510)}` } },
      'tls.caBundle has 65537 characters: use at most 65536, e.g. the authorities of this S3 system alone.',
    ],
  ])('must name an S3 system as the API server takes it (%#)', (part, sentence) => {
    expect(ofConfig({ s3BackupConfig: { ...config.s3BackupConfig, ...part } })).toBe(
      ofDefault(`s3BackupConfig.${sentence}`),
    );
  });

  test('must have a name that Kubernetes accepts', () => {
    expect(mistakes(appWith((chart) => void new BackupConfig(chart, 'Offsite', config)))).toBe(
      said(
        "the name 'Offsite', which is the construct's id, is not one Kubernetes accepts: use at most 63 lower-case letters, digits and hyphens, e.g. 'default'.",
        'nextcloud/Offsite',
      ),
    );
  });

  test.each([
    ['namespace', { metadata: { namespace: 'Backups' } }],
    ['jobNamespace', { jobNamespace: 'Backups' }],
  ])('must name a %s that can exist', (property, props) => {
    expect(ofConfig(props)).toBe(
      ofDefault(
        `${property} 'Backups' is not a name a namespace can have: use at most 63 lower-case letters, digits and hyphens.`,
      ),
    );
  });

  test('must offer recovery keys or not', () => {
    expect(ofConfig({ recoveryKey: 'No' as 'Declined' })).toBe(
      ofDefault("recoveryKey is 'No': use 'Offered' or 'Declined'."),
    );
  });

  test('must name a Secret that can exist', () => {
    expect(ofConfig({ resticPasswordSecret: SecretKey.of('Restic', 'pw') })).toBe(
      ofDefault(
        "resticPasswordSecret.secretName 'Restic' is not a name a Secret can have: use lower-case letters, digits, dots and hyphens.",
      ),
    );
  });

  test('must name a key that can exist', () => {
    const s3BackupConfig = {
      ...config.s3BackupConfig,
      s3Credentials: SecretKey.pair('s3', 'Access Key', 'k'),
    };
    expect(ofConfig({ s3BackupConfig })).toBe(
      ofDefault(
        "s3BackupConfig.s3Credentials.accessKeyIDProperty 'Access Key' is not a key a Secret can have: use letters, digits, dots, hyphens and underscores.",
      ),
    );
  });

  const keysOf = (backup: string, maintenance: string, accessKey = 'AccessKey') => ({
    s3Host: 's3.example.net',
    s3Credentials: SecretKey.pair(backup, 'AccessKey', 'SecretKey'),
    maintenanceCredentials: SecretKey.pair(maintenance, accessKey, 'SecretKey'),
  });
  const met = (name: string, other: string, property = 's3BackupConfig.maintenanceCredentials.secretName') =>
    `${property} '${name}' can be the same Secret as '${other}', which Jobs that read data may have, and they must not have the keys that may delete: use a name that begins otherwise, e.g. 'maintenance-{bucket}'.`;

  test('must name maintenance keys that can exist', () => {
    expect(ofConfig({ s3BackupConfig: keysOf('s3', 'pruner', 'Access Key') })).toBe(
      ofDefault(
        "s3BackupConfig.maintenanceCredentials.accessKeyIDProperty 'Access Key' is not a key a Secret can have: use letters, digits, dots, hyphens and underscores.",
      ),
    );
  });

  test.each([
    ['s3', 'pruner'],
    ['s3-backup', 's3-maintenance'],
    ['s3-{bucket}', 'maintenance-{bucket}'],
    ['s3-{bucket}-backup', 's3-{bucket}-maintenance'],
    ['s3-{bucket}', 'maintenance'],
    ['s3-{bucket}', 's3-xy'],
  ])("may have backups by '%s' and maintenance by '%s'", (backup, maintenance) => {
    expect(ofConfig({ s3BackupConfig: keysOf(backup, maintenance) })).toBe('');
  });

  test.each([
    ['s3', 's3'],
    ['s3-{bucket}', 's3-{bucket}'],
    ['s3-{bucket}', 's3-maintenance'],
    ['s3-backup', 's3-{bucket}'],
    ['s3-{bucket}', 's3-{bucket}-maintenance'],
    ['s3-{bucket}', 's3-maintenance-{bucket}'],
    ['s3-{bucket}-keys', '{bucket}-keys'],
  ])(
    "must not have backups by '%s' and maintenance by '%s', which may be one Secret",
    (backup, maintenance) => {
      expect(ofConfig({ s3BackupConfig: keysOf(backup, maintenance) })).toBe(
        ofDefault(met(maintenance, backup)),
      );
    },
  );

  test("must not have maintenance by what is another's, in the same namespace", () => {
    const both = (namespace?: string) =>
      appWith((chart) => {
        const s3BackupConfig = keysOf('offsite-{bucket}', 's3');
        new BackupConfig(chart, 'default', config);
        new BackupConfig(chart, 'offsite', { ...config, s3BackupConfig, metadata: { namespace } });
      });
    expect(mistakes(both())).toBe(said(met('s3', 's3'), 'nextcloud/offsite'));
    expect(mistakes(both('elsewhere'))).toBe('');
  });

  test("must not have maintenance by what reads the services' buckets", () => {
    const s3ServiceConfig = { s3Host: 's3', s3Credentials: SecretKey.pair('of-{bucket}', 'a', 'b') };
    expect(ofConfig({ s3ServiceConfig, s3BackupConfig: keysOf('s3', 'of-maintenance') })).toBe(
      ofDefault(met('of-maintenance', 'of-{bucket}')),
    );
  });

  test('must not have maintenance by what an operator lets any Job have', () => {
    const of = (props: BackupOperatorProps) =>
      mistakes(appWith((chart) => void new BackupOperator(chart, 'operator', props)));
    const s3BackupConfig = keysOf('s3', 'pruner');
    expect(of({ config: { ...config, s3BackupConfig }, secrets: ['pruner'] })).toBe(
      said(met('pruner', 'pruner'), 'nextcloud/operator'),
    );
    expect(of({ config, maintenanceSecrets: ['pruner', 's3'] })).toBe(
      said(met('s3', 's3', 'maintenanceSecrets[1]'), 'nextcloud/operator'),
    );
    expect(of({ secrets: ['s3-{bucket}'], maintenanceSecrets: ['s3-{bucket}-x', 'pruner'] })).toBe(
      said(met('s3-{bucket}-x', 's3-{bucket}', 'maintenanceSecrets[0]'), 'nextcloud/operator'),
    );
  });

  test.each<[Partial<BackupConfigProps>, string]>([
    [{ backoffLimit: 11 }, 'backoffLimit is 11: use a whole number from 0 to 10.'],
    [{ maxParallelJobs: 0 }, 'maxParallelJobs is 0: use a whole number from 1 to 1000.'],
    [{ maxForgetPercent: 101 }, 'maxForgetPercent is 101: use a whole number from 0 to 100.'],
    [{ check: { dataParts: 0 } }, 'check.dataParts is 0: use a whole number from 1 to 256.'],
    [
      { prune: { maxUnusedPercent: 0.5 } },
      'prune.maxUnusedPercent is 0.5: use a whole number from 0 to 100.',
    ],
  ])('has numbers that make sense: %j', (props, sentence) => {
    expect(ofConfig(props)).toBe(ofDefault(sentence));
  });

  describe.each(['check', 'prune'] as const)('and its %s', (name) => {
    const of = (schedule: Schedule, own?: string) =>
      ofConfig({ schedule: Schedule.daily({ hour: 1, timeZone: own }), [name]: { schedule } });
    const saturday = (timeZone?: string) => Schedule.weekly({ weekday: 'saturday', hour: 4, timeZone });

    test('must have a schedule that fires', () => {
      expect(of(Schedule.cron('0 25 * * *'))).toBe(
        ofDefault(`${name}.schedule '0 25 * * *' never fires (hour 25): use an hour from 0 to 23.`),
      );
    });

    test('cannot be in another time zone than the backups', () => {
      const sentence = (zone: string) =>
        ofDefault(
          `${name}.schedule is in time zone 'Asia/Tokyo', but a config has one time zone, that of its schedule ('${zone}'): leave timeZone out of ${name}.schedule.`,
        );
      expect(of(saturday('Asia/Tokyo'), 'Europe/Berlin')).toBe(sentence('Europe/Berlin'));
      expect(of(saturday('Asia/Tokyo'))).toBe(sentence('Etc/UTC'));
    });

    test("may name the config's time zone, or none", () => {
      expect(of(saturday('Europe/Berlin'), 'Europe/Berlin')).toBe('');
      expect(of(saturday(), 'Europe/Berlin')).toBe('');
    });
  });

  test.each([
    [
      'ftp://uptime.example.net/{name}',
      "notify.failure 'ftp://uptime.example.net/{name}' is no URL that can be fetched: write it like 'https://uptime.example.net/push/{name}'.",
    ],
    [
      'https://',
      "notify.failure 'https://' is no URL that can be fetched: write it like 'https://uptime.example.net/push/{name}'.",
    ],
    [
      'https://uptime.example.net/{service}',
      "notify.failure has '{service}', which is no placeholder: use {namespace}, {name}, {state} or {reason}.",
    ],
    [
      'https://uptime.example.net/{name',
      "notify.failure has '{name', which is no placeholder: use {namespace}, {name}, {state} or {reason}.",
    ],
    [
      'https://uptime.example.net/name}',
      "notify.failure has '}', which is no placeholder: use {namespace}, {name}, {state} or {reason}.",
    ],
    [
      `https://uptime.example.net/${'x'.repeat(998)}`,
      'notify.failure has 1025 characters: use a URL of at most 1024.',
    ],
  ])('must not notify %s', (failure, sentence) => {
    expect(ofConfig({ notify: { failure } })).toBe(ofDefault(sentence));
  });

  test('names what is wrong with each URL that it notifies', () => {
    expect(ofConfig({ notify: { success: 'uptime.example.net', failure: 'https://{x}' } })).toMatch(
      /^2 problems in this app:\n.*notify\.success 'uptime\.example\.net'.*\n.*notify\.failure has '\{x\}'/,
    );
  });

  test('must not spread runs over more than a day', () => {
    expect(ofConfig({ jitter: Duration.days(2) })).toBe(
      ofDefault('jitter is 172800 seconds: use at most Duration.days(1).'),
    );
  });

  test.each([
    ['startingDeadline', 1],
    ['roundDeadline', 60],
    ['startDeadline', 1],
    ['deadline', 1],
    ['runDeadline', 60],
    ['nodeLost', 1],
    ['stall', 5],
  ])('must give Jobs and runs time (%s)', (name, least) => {
    expect(ofConfig({ [name]: Duration.seconds(least) })).toBe('');
    expect(ofConfig({ [name]: Duration.seconds(least - 1) })).toBe(
      ofDefault(`${name} is ${least - 1} seconds: use at least Duration.seconds(${least}).`),
    );
  });

  test.each(['jitter', 'stall'])('has times in whole seconds (%s)', (name) => {
    expect(ofConfig({ [name]: Duration.millis(6500) })).toBe(
      ofDefault(`${name} is 6.5 seconds: use whole seconds.`),
    );
  });

  test('must name drivers that can exist', () => {
    expect(ofConfig({ drivers: [{ name: '', staging: 'plain' }] })).toBe(
      ofDefault(
        "drivers[0].name '' is not a name a CSIDriver can have: use at most 63 letters, digits, dots and hyphens, e.g. 'ebs.csi.aws.com'.",
      ),
    );
  });

  test('must say how a driver stages in one of three words', () => {
    expect(ofConfig({ drivers: [{ name: 'ebs.csi.aws.com', staging: 'global' as 'plain' }] })).toBe(
      ofDefault("drivers[0].staging is 'global': use 'plain', 'handle' or 'none'."),
    );
  });

  test('must not name more than 50 drivers', () => {
    const drivers = Array.from({ length: 51 }, (_, n) => ({ name: `d${n}`, staging: 'none' as const }));
    expect(ofConfig({ drivers: drivers.slice(1) })).toBe('');
    expect(ofConfig({ drivers })).toBe(ofDefault('drivers has 51 entries: use at most 50.'));
  });

  test('must not name a driver twice', () => {
    const driver = { name: 'ebs.csi.aws.com', staging: 'plain' as const };
    expect(ofConfig({ drivers: [driver, driver] })).toBe(
      ofDefault("drivers names 'ebs.csi.aws.com' twice: remove one."),
    );
  });
});

describe('a BackupOperator', () => {
  const of = (props: BackupOperatorProps) =>
    mistakes(appWith((chart) => void new BackupOperator(chart, 'operator', props)));

  test('must be in a namespace that can exist', () => {
    expect(of({ namespace: 'Backups' })).toContain(
      "nextcloud/operator: namespace 'Backups' is not a name a namespace can have: use at most 63 lower-case letters, digits and hyphens.",
    );
  });

  test('must be the only one of its app, in whichever namespace', () => {
    const app = appWith((chart) => void new BackupOperator(chart, 'operator'));
    new BackupOperator(new Chart(app, 'staging'), 'operator', {
      namespace: 'staging',
      jobNamespace: 'staging-jobs',
    });
    expect(mistakes(app)).toContain(
      "staging/operator: this app has a BackupOperator already (nextcloud/operator), and a cluster has one: remove this one; if it is another cluster's, declare it in an app of its own.",
    );
    expect(mistakes(app).match(/BackupOperator already/g)).toHaveLength(1);
  });

  test('must not run Jobs in its own namespace', () => {
    expect(of({ jobNamespace: 'service-backup' })).toContain(
      "nextcloud/operator: jobNamespace 'service-backup' is the operator's own: use a namespace of its own for the Jobs.",
    );
  });

  test.each<[BackupOperatorProps, string]>([
    [
      { resources: { cpuRequest: '20 m' } },
      "resources.cpuRequest '20 m' is not a quantity of Kubernetes: write it like '20m' or '64Mi'.",
    ],
    [
      { images: { restic: '' } },
      "images.restic '' is not a name of an image: write it like 'docker.io/library/node:24' or 'docker.io/library/node@sha256:' with 64 hex digits.",
    ],
    [
      { images: { node: 'docker.io/library/node@sha256:0a1b' } },
      "images.node 'docker.io/library/node@sha256:0a1b' is not a name of an image: write it like 'docker.io/library/node:24' or 'docker.io/library/node@sha256:' with 64 hex digits.",
    ],
    [
      { images: { pullSecrets: ['registry', 'My Registry'] } },
      "images.pullSecrets[1] 'My Registry' is not a name a Secret can have: use lower-case letters, digits, dots and hyphens.",
    ],
    [
      { secrets: ['s3-offsite,pw'] },
      "secrets[0] 's3-offsite,pw' is not a name a Secret can have: use lower-case letters, digits, dots and hyphens.",
    ],
    [
      { maintenanceSecrets: ['Pruner'] },
      "maintenanceSecrets[0] 'Pruner' is not a name a Secret can have: use lower-case letters, digits, dots and hyphens.",
    ],
    [
      { nodeSelector: { 'node pool': 'infra' } },
      "nodeSelector has the key 'node pool', which no label can have: use at most 63 letters, digits, '-', '_' and '.', after a prefix like 'example.net/' if need be.",
    ],
    [
      { tolerations: [{ operator: 'Exist' }] },
      "tolerations[0].operator is 'Exist': use 'Exists' or 'Equal'.",
    ],
    [
      { tolerations: [{ operator: 'Exists' }, { operator: 'Exists', effect: 'NoRun' }] },
      "tolerations[1].effect is 'NoRun': use 'NoSchedule', 'PreferNoSchedule' or 'NoExecute'.",
    ],
    [
      { priorityClassName: 'Critical' },
      "priorityClassName 'Critical' is not a name a PriorityClass can have: use lower-case letters, digits, dots and hyphens.",
    ],
    [{ logLevel: 'trace' as 'debug' }, "logLevel is 'trace': use 'debug', 'info' or 'warn'."],
    [
      { jobs: { resources: { memoryLimit: '1 Gi' } } },
      "jobs.resources.memoryLimit '1 Gi' is not a quantity of Kubernetes: write it like '20m' or '64Mi'.",
    ],
    [
      { jobs: { priorityClassName: '' } },
      "jobs.priorityClassName '' is not a name a PriorityClass can have: use lower-case letters, digits, dots and hyphens.",
    ],
    [
      { jobs: { seLinuxOptions: {} } },
      "jobs.seLinuxOptions is empty: write { type: 'spc_t' }, or leave it out.",
    ],
    [
      { networkPolicies: { s3Ports: [] } },
      'networkPolicies.s3Ports is empty, so that nothing could be reached: name a port, or leave it out.',
    ],
    [
      { networkPolicies: { operatorPorts: [443, 70_000] } },
      'networkPolicies.operatorPorts[1] is 70000: use a whole number from 1 to 65535.',
    ],
    [
      { monitoring: { labels: { 'my release': 'x' } } },
      "monitoring.labels has the key 'my release', which no label can have: use at most 63 letters, digits, '-', '_' and '.', after a prefix like 'example.net/' if need be.",
    ],
  ])('must be one that the API server takes: %j', (props, sentence) => {
    expect(of(props)).toBe(said(sentence, 'nextcloud/operator'));
  });

  test.each([
    'var/lib/kubelet',
    '/var/lib/kubelet/',
    '/var/lib/../kubelet',
    "/var/lib/kub'elet",
    '//kubelet',
    '/',
    '',
  ])("cannot look for volumes in '%s'", (kubeletDirectory) => {
    expect(of({ kubeletDirectory })).toBe(
      said(
        `kubeletDirectory '${kubeletDirectory}' is not the path of a directory: write it like '/var/lib/kubelet', from the root, without '..' and without a slash at its end.`,
        'nextcloud/operator',
      ),
    );
  });

  test.each([
    'docker.io/library/node:24.9.0-bookworm-slim',
    'registry.example.net:5000/mirror/node:24',
    `node@sha256:${'0a'.repeat(32)}`,
    `ghcr.io/restic/restic:0.18.0@sha256:${'0a'.repeat(32)}`,
  ])("may run the image '%s'", (image) => {
    expect(problemsOfImages({ node: image, restic: image })).toEqual([]);
  });

  test('must let through what its BackupConfigs name', () => {
    const minio = { ...config.s3BackupConfig, s3Host: 'http://minio.minio:9000' };
    const notify = { success: 'http://uptime.example.net/{name}', failure: 'https://up.example.net:3001/' };
    const app = appWith((chart) => {
      new BackupOperator(chart, 'operator', { config: { ...config, notify }, networkPolicies: true });
      const metadata = { namespace: 'service-backup' };
      new BackupConfig(chart, 'offsite', { ...config, s3BackupConfig: minio, metadata });
    });
    const closed = 'which networkPolicies of BackupOperator keeps closed: write';
    expect(mistakes(app)).toBe(`3 problems in this app:
nextcloud/operator/default: notify.success is at port 80, ${closed} operatorPorts: [443, 6443, 80] there.
nextcloud/operator/default: notify.failure is at port 3001, ${closed} operatorPorts: [443, 6443, 3001] there.
nextcloud/offsite: s3BackupConfig.s3Host is at port 9000, ${closed} s3Ports: [443, 9000] there.`);
  });
});
