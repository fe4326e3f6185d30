import { type Chart, Size } from 'cdk8s';
import { PersistentVolumeAccessMode, PersistentVolumeClaim } from 'cdk8s-plus-28';
import {
  BackupConfig,
  type BackupConfigProps,
  BackupOperator,
  type BackupOperatorProps,
  Coverage,
  Item,
  type S3ServiceConfig,
  Schedule,
  type ScratchVolume,
  SecretKey,
  ServiceBackup,
} from 'service-backup';
import { appWith, manifests, mistakes, one } from './app';
import { built } from './built';

beforeAll(built, 60_000);

const config: BackupConfigProps = {
  schedule: Schedule.daily({ hour: 1 }),
  s3BackupConfig: { s3Host: 's3.example.net', s3Credentials: SecretKey.pair('s3', 'id', 'key') },
  resticPasswordSecret: SecretKey.of('restic-pw', 'pw'),
};
const s3ServiceConfig: S3ServiceConfig = {
  s3Host: 's3.services.example.net',
  s3Credentials: SecretKey.pair('s3-{bucket}', 'id', 'key'),
};

const declares =
  (...backups: Item[]) =>
  (chart: Chart) =>
    void new ServiceBackup(chart, 'backup', { backupBucketName: 'wiki-backup', backups });
const mistakesIn = (...parts: ((chart: Chart) => unknown)[]) =>
  mistakes(appWith((chart) => parts.map((part) => part(chart))));
const said = (sentence: string, construct = 'backup') =>
  `1 problem in this app:\nnextcloud/${construct}: ${sentence}`;

describe('a bucket', () => {
  test('is an item beside others, with options of its own; a claim may have the same name', () => {
    const item = Item.bucket('files', { exclude: ['/cache/'], allowEmpty: true, onUnreadable: 'Fail' });
    expect([item.type, item.name]).toEqual(['s3', 'files']);
    const app = appWith(declares(Item.volume('files'), item));
    expect(one(manifests(app), 'ServiceBackup').spec.backups).toEqual([
      { type: 'pvc', name: 'files' },
      { type: 's3', name: 'files', exclude: ['/cache/'], allowEmpty: true, onUnreadable: 'Fail' },
    ]);
    expect(mistakes(app)).toBe('');
  });

  test('has a name that S3 accepts', () => {
    expect(mistakesIn(declares(Item.volume('data'), Item.bucket('Wiki_Files')))).toBe(
      said(
        "backups[1].name 'Wiki_Files' is not a bucket name S3 accepts (3 to 63 lower-case letters, digits, dots and hyphens): use 'wiki-files'.",
      ),
    );
  });

  test('must not be named twice', () => {
    expect(mistakesIn(declares(Item.bucket('files'), Item.bucket('files')))).toBe(
      said("backups[1] names the bucket 'files' a second time: remove one."),
    );
  });

  test('covers no claim of its name', () => {
    const claim = (chart: Chart) => {
      const storage = Size.gibibytes(1);
      const accessModes = [PersistentVolumeAccessMode.READ_WRITE_ONCE];
      new PersistentVolumeClaim(chart, 'claim', { metadata: { name: 'files' }, storage, accessModes });
      Coverage.enforce(chart);
    };
    expect(mistakesIn(declares(Item.bucket('files')), claim)).toContain(
      "the claim 'files' is backed up by no",
    );
  });
});

describe('with the BackupConfig in the app, a bucket', () => {
  const metadata = { namespace: 'service-backup' };
  const mistakesWith = (settings: Partial<BackupConfigProps>, ...backups: Item[]) =>
    mistakesIn(
      declares(...backups),
      (chart) => new BackupConfig(chart, 'default', { ...config, metadata, ...settings }),
    );

  test('can be read from somewhere', () => {
    expect(mistakesWith({}, Item.volume('data'), Item.bucket('files'))).toBe(
      said(
        "backups[1] names the bucket 'files', but the BackupConfig nextcloud/default does not say where the services' buckets are: set s3ServiceConfig there.",
      ),
    );
    expect(mistakesWith({ s3ServiceConfig }, Item.bucket('files'))).toBe('');
  });

  test('is not the repository of a declaration: on another S3 system the name is that of another bucket', () => {
    const same = { ...s3ServiceConfig, s3Host: 'https://S3.example.net/' };
    expect(mistakesWith({ s3ServiceConfig: same }, Item.bucket('wiki-backup'))).toBe(
      said(
        "backups[0] names the bucket 'wiki-backup', which holds the repository of nextcloud/backup: name the bucket in which the service keeps its data.",
      ),
    );
    expect(mistakesWith({ s3ServiceConfig }, Item.bucket('wiki-backup'))).toBe('');
  });

  test('is one that its namespace may name', () => {
    const buckets = [
      { backup: ['*'], service: ['{namespace}-*'] },
      { namespaces: ['wiki'], backup: ['*'], service: ['files'] },
    ];
    expect(mistakesWith({ s3ServiceConfig, buckets }, Item.bucket('nextcloud-files'))).toBe('');
    expect(mistakesWith({ s3ServiceConfig, buckets }, Item.bucket('files'))).toBe(
      said(
        "backups[0] names the bucket 'files', which the BackupConfig nextcloud/default does not let namespace 'nextcloud' back up: allow it by 'service' in its 'buckets'.",
      ),
    );
  });

  test('asks the config that its declaration names, and no other', () => {
    const app = appWith((chart) => {
      new BackupConfig(chart, 'default', { ...config, metadata, s3ServiceConfig });
      new BackupConfig(chart, 'offsite', { ...config, metadata });
      const backups = [Item.bucket('files')];
      for (const [id, backupConfig] of [['a'], ['b', 'offsite'], ['c', 'elsewhere']])
        new ServiceBackup(chart, id!, { backupBucketName: `wiki-${id}`, backups, backupConfig });
    });
    expect(mistakes(app)).toMatch(/^1 problem in this app:\nnextcloud\/b: .*BackupConfig nextcloud\/offsite/);
  });
});

describe('a BackupConfig', () => {
  const ofConfig = (props: Partial<BackupConfigProps>) =>
    mistakesIn((chart) => new BackupConfig(chart, 'default', { ...config, ...props }));
  const ofDefault = (sentence: string) => said(sentence, 'default');

  test.each<[object, string]>([
    [{ addressing: 'dns' }, "addressing is 'dns': use 'path' or 'virtual'."],
    [{ fullPassRuns: 0 }, 'fullPassRuns is 0: use a whole number from 1 to 10000.'],
    [
      { s3Host: 's3/bucket' },
      "s3Host 's3/bucket' is neither a host name nor a URL without a path: write it like 's3.example.net'.",
    ],
  ])("must not have services' buckets with %j", (wrong, sentence) => {
    expect(ofConfig({ s3ServiceConfig: { ...s3ServiceConfig, ...wrong } })).toBe(
      ofDefault(`s3ServiceConfig.${sentence}`),
    );
  });

  test.each<[string, string]>([
    ['{bucket}', "would be the name of any Secret: write more than the bucket, e.g. 's3-{bucket}'."],
    ['{bucket}-{bucket}', "has '{bucket}' more than once: once will do."],
    ['s3-{name}', 'is not a name a Secret can have: use lower-case letters, digits, dots and hyphens.'],
  ])("must not name the Secret '%s'", (name, sentence) => {
    const resticPasswordSecret = SecretKey.of(name, 'pw');
    expect(ofConfig({ resticPasswordSecret })).toBe(
      ofDefault(`resticPasswordSecret.secretName '${name}' ${sentence}`),
    );
  });

  test.each<[ScratchVolume, string]>([
    [{ size: '50 GB' }, "size '50 GB' is not a size: write it like '10Gi'."],
    [
      { storageClassName: 'Fast' },
      "storageClassName 'Fast' is not a name a StorageClass can have: use lower-case letters, digits, dots and hyphens.",
    ],
    [
      { claimName: 'Scratch' },
      "claimName 'Scratch' is not a name a PersistentVolumeClaim can have: use lower-case letters, digits, dots and hyphens.",
    ],
    [
      { claimName: 'scratch', size: '50Gi' },
      "size is '50Gi', but the claim 'scratch' has its own: remove one of the two.",
    ],
  ])('must not have the scratch volume %j', (scratchVol, sentence) => {
    expect(ofConfig({ scratchVol })).toBe(ofDefault(`scratchVol.${sentence}`));
  });

  test('copies buckets to a claim of the Job namespace', () => {
    const copyingTo = (namespace: string) =>
      mistakesIn((chart) => {
        const metadata = { name: 'scratch', namespace };
        const accessModes = [PersistentVolumeAccessMode.READ_WRITE_ONCE];
        const storage = Size.gibibytes(1);
        const claimName = new PersistentVolumeClaim(chart, 'claim', { metadata, accessModes, storage });
        new BackupConfig(chart, 'default', { ...config, scratchVol: { claimName } });
      });
    expect(copyingTo('service-backup-jobs')).toBe('');
    expect(copyingTo('nextcloud')).toBe(
      ofDefault(
        "scratchVol.claimName is the PersistentVolumeClaim 'scratch' of namespace 'nextcloud', but Jobs run in 'service-backup-jobs' and mount it there: declare it in that namespace.",
      ),
    );
  });

  test.each<[string[], string]>([
    [[], 'is empty and would allow nothing: remove it, which means the same.'],
    [
      ['{name}-*'],
      "[0] '{name}-*' is no pattern for buckets: use at most 128 lower-case letters, digits, dots, hyphens, '*' and '{namespace}', e.g. '{namespace}.*'.",
    ],
  ])("must not allow the services' buckets %j", (service, sentence) => {
    const space = sentence.startsWith('[') ? '' : ' ';
    expect(ofConfig({ buckets: [{ backup: ['*'], service }] })).toBe(
      ofDefault(`buckets[0].service${space}${sentence}`),
    );
  });
});

describe('a BackupOperator', () => {
  const ofOperator = (props: BackupOperatorProps) =>
    mistakesIn((chart) => new BackupOperator(chart, 'operator', props));

  test('names claims to copy to by names that claims can have', () => {
    expect(ofOperator({ scratchClaims: ['scratch', 'more,scratch'] })).toBe(
      said(
        "scratchClaims[1] 'more,scratch' is not a name a PersistentVolumeClaim can have: use lower-case letters, digits, dots and hyphens.",
        'operator',
      ),
    );
  });

  test("leaves the services' S3 system reachable", () => {
    const settings = { ...config, s3ServiceConfig: { ...s3ServiceConfig, s3Host: 'http://minio:9000' } };
    expect(ofOperator({ config: settings, networkPolicies: true })).toBe(
      said(
        's3ServiceConfig.s3Host is at port 9000, which networkPolicies of BackupOperator keeps closed: write s3Ports: [443, 9000] there.',
        'operator/default',
      ),
    );
  });
});
