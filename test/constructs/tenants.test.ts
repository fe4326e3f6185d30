import { App, Chart } from 'cdk8s';
import { k8s, Namespace, PersistentVolumeClaim } from 'cdk8s-plus-28';
import {
  BackupConfig,
  type BackupConfigSettings,
  BackupConsent,
  type BackupConsentProps,
  BackupOperator,
  type BucketRule,
  type ClaimOptions,
  Coverage,
  Item,
  Schedule,
  SecretKey,
  ServiceBackup,
} from 'service-backup';
import { appWith, manifests, mistakes, one } from './app';
import { built } from './built';

beforeAll(built, 60_000);

const said = (sentence: string, path = 'nextcloud/backup') => `1 problem in this app:\n${path}: ${sentence}`;

describe('an item of another namespace', () => {
  const of = (...backups: Item[]) =>
    appWith(
      (chart) => void new ServiceBackup(chart, 'backup', { backupBucketName: 'nextcloud-backup', backups }),
    );
  const written = (...backups: Item[]) => one(manifests(of(...backups)), 'ServiceBackup').spec.backups;

  test('says so, beside one of the same name here', () => {
    const items = [Item.volume('data'), Item.volume('data', { namespace: 'wiki', allowEmpty: true })];
    expect(written(...items)).toEqual([
      { type: 'pvc', name: 'data' },
      { type: 'pvc', name: 'data', namespace: 'wiki', allowEmpty: true },
    ]);
  });

  test('is none if the namespace is its own', () => {
    expect(written(Item.volume('data', { namespace: 'nextcloud' }))).toEqual([{ type: 'pvc', name: 'data' }]);
  });

  test('may be given as the Namespace and the claim that the app declares there', () => {
    const app = of();
    const wiki = new Chart(app, 'wiki');
    const namespace = new Namespace(wiki, 'namespace', { metadata: { name: 'wiki' } });
    const claim = PersistentVolumeClaim.fromClaimName(wiki, 'data', 'data');
    expect(written(Item.volume(claim, { namespace }))).toMatchObject([{ name: 'data', namespace: 'wiki' }]);
  });

  test('must not be named twice, nor with its own namespace and without', () => {
    const wiki = { namespace: 'wiki' };
    expect(mistakes(of(Item.volume('a', wiki), Item.volume('a'), Item.volume('a', wiki)))).toBe(
      said("backups[2] names the claim 'a' a second time: remove one."),
    );
    expect(mistakes(of(Item.volume('a'), Item.volume('a', { namespace: 'nextcloud' })))).toBe(
      said("backups[1] names the claim 'a' a second time: remove one."),
    );
  });

  test('must be of a namespace that can exist', () => {
    expect(mistakes(of(Item.volume('a', { namespace: 'Wiki' })))).toBe(
      said(
        "backups[0].namespace 'Wiki' is not a name a namespace can have: use at most 63 lower-case letters, digits and hyphens.",
      ),
    );
    const app = new App();
    const chart = new Chart(app, 'nextcloud', { namespace: 'nextcloud' });
    const claim = PersistentVolumeClaim.fromClaimName(chart, 'data', 'data');
    const backups = [Item.volume('a', { namespace: claim })];
    new ServiceBackup(chart, 'backup', { backupBucketName: 'nextcloud-backup', backups });
    expect(mistakes(app)).toContain(
      "backups[0].namespace is the PersistentVolumeClaim 'data': use a Namespace, or the name of one.",
    );
  });

  test('must be of the namespace in which its claim is declared', () => {
    const app = new App();
    const claim = new k8s.KubePersistentVolumeClaim(new Chart(app, 'wiki', { namespace: 'wiki' }), 'data', {
      metadata: { name: 'data' },
    });
    const chart = new Chart(app, 'nextcloud', { namespace: 'nextcloud' });
    const backups = [Item.volume(claim, { namespace: 'blog' })];
    new ServiceBackup(chart, 'backup', { backupBucketName: 'nextcloud-backup', backups });
    expect(mistakes(app)).toBe(
      said("backups[0].namespace is 'blog', but the claim 'data' is declared in 'wiki': use that."),
    );
  });

  test('must have a name that fits into status', () => {
    expect(mistakes(of(Item.volume('a'.repeat(250), { namespace: 'wiki' })))).toBe(
      said("backups[0].namespace and the claim's name have 254 characters together: use at most 252."),
    );
  });

  test('is never a selector', () => {
    const options: ClaimOptions = { namespace: 'wiki' };
    expect(mistakes(of(Item.volumes({ matchLabels: { app: 'wiki' } }, options)))).toBe(
      said(
        "backups[0].namespace is 'wiki', but only a claim that is named can be of another namespace: use Item.volume(claim, { namespace }).",
      ),
    );
  });

  test('covers the claim that is declared there, and not one of its name here', () => {
    const app = of(Item.volume('data', { namespace: 'wiki' }));
    for (const namespace of ['nextcloud', 'wiki'])
      new k8s.KubePersistentVolumeClaim(new Chart(app, `claims-${namespace}`, { namespace }), 'data', {
        metadata: { name: 'data' },
      });
    expect(Coverage.report(app).map(({ namespace, state }) => `${namespace} ${state}`)).toEqual([
      'nextcloud Uncovered',
      'wiki Covered',
    ]);
  });
});

describe('a BackupConsent', () => {
  const to = ['nextcloud', 'wiki'];
  const of = (props: Partial<BackupConsentProps>) =>
    mistakes(
      appWith((chart) => void new BackupConsent(chart, 'consent', { namespace: 'files', to, ...props })),
    );
  const wrong = (sentence: string) => said(sentence, 'nextcloud/consent');

  test('annotates the Namespace, and lets the operator read in it', () => {
    const app = new App();
    const chart = new Chart(app, 'files');
    const namespace = new Namespace(chart, 'namespace', { metadata: { name: 'files' } });
    new BackupConsent(chart, 'consent', { namespace, to });
    new BackupOperator(new Chart(app, 'operator'), 'operator', { namespace: 'backups' });
    const all = manifests(app);
    expect(one(all, 'Namespace', 'files').metadata.annotations).toEqual({
      'servicebackup.io/allow-backups-from': 'nextcloud,wiki',
    });
    expect(one(all, 'RoleBinding', 'service-backup-consent')).toMatchObject({
      metadata: { namespace: 'files' },
      roleRef: { kind: 'ClusterRole', name: 'service-backup-declaration' },
      subjects: [{ kind: 'ServiceAccount', name: 'service-backup', namespace: 'backups' }],
    });
  });

  test('of a namespace that is only named is the right to read', () => {
    expect(of({})).toBe('');
  });

  test('must name somebody', () => {
    expect(of({ to: [] })).toBe(
      wrong(
        'to is empty, so that nobody would be allowed anything: name a namespace, or remove the BackupConsent.',
      ),
    );
  });

  test('must not be for the namespace itself', () => {
    expect(of({ to: ['wiki', 'files'] })).toBe(
      wrong("to[1] is 'files' itself, whose ServiceBackups need no consent: remove it."),
    );
  });

  test.each([
    ['namespace', { namespace: 'a,b' }],
    ['to[0]', { to: ['a,b'] }],
    ['operatorNamespace', { operatorNamespace: 'a,b' }],
  ])('must name a %s that can exist', (property, props) => {
    expect(of(props)).toBe(
      wrong(
        `${property} 'a,b' is not a name a namespace can have: use at most 63 lower-case letters, digits and hyphens.`,
      ),
    );
  });

  test('must be the only one of its namespace', () => {
    const app = appWith((chart) => {
      for (const id of ['one', 'two']) new BackupConsent(chart, id, { namespace: 'files', to });
    });
    expect(mistakes(app)).toBe(
      said(
        "namespace 'files' already has the BackupConsent nextcloud/one: name all in its 'to'.",
        'nextcloud/two',
      ),
    );
  });
});

describe('a BackupConfig', () => {
  const of = (settings: Partial<BackupConfigSettings>) =>
    appWith(
      (chart) =>
        void new BackupConfig(chart, 'default', {
          schedule: Schedule.daily({ hour: 1 }),
          s3BackupConfig: { s3Host: 's3.example.net', s3Credentials: SecretKey.pair('s3', 'id', 'key') },
          resticPasswordSecret: SecretKey.of('restic-pw', 'pw'),
          ...settings,
        }),
    );
  const wrong = (sentence: string) => said(sentence, 'nextcloud/default');
  const rule = (changes: Partial<BucketRule>) => [{ backup: ['{namespace}.*'], ...changes }];

  test('says which namespaces may use it, and which buckets', () => {
    const settings = {
      allowedNamespaces: ['wiki', 'team-*'],
      buckets: [{ backup: ['{namespace}.*'] }, { namespaces: ['wiki'], backup: ['old-wiki', 'archive-*'] }],
    };
    expect(one(manifests(of(settings)), 'BackupConfig').spec.serviceBackup).toMatchObject(settings);
  });

  test.each<[string, Partial<BackupConfigSettings>, string]>([
    ['allowedNamespaces', { allowedNamespaces: [] }, 'remove it for all namespaces'],
    ['buckets', { buckets: [] }, 'remove it for any bucket'],
    ['buckets[0].namespaces', { buckets: rule({ namespaces: [] }) }, 'remove it for all namespaces'],
    ['buckets[0].backup', { buckets: rule({ backup: [] }) }, "name a pattern, e.g. '{namespace}.*'"],
  ])('must not have an empty %s', (property, settings, mend) => {
    expect(mistakes(of(settings))).toBe(wrong(`${property} is empty and would allow nothing: ${mend}.`));
  });

  test.each<[string, Partial<BackupConfigSettings>, number]>([
    ['allowedNamespaces', { allowedNamespaces: Array(1001).fill('a') }, 1000],
    ['buckets', { buckets: Array(1001).fill({ backup: ['a'] }) }, 1000],
    ['buckets[0].namespaces', { buckets: rule({ namespaces: Array(201).fill('a') }) }, 200],
    ['buckets[0].backup', { buckets: rule({ backup: Array(201).fill('a') }) }, 200],
  ])('must not have more %s than the API server takes', (property, settings, most) => {
    expect(mistakes(of(settings))).toBe(
      wrong(`${property} has ${most + 1} entries: use at most ${most}, e.g. with a '*'.`),
    );
  });

  test.each<[string, string, Partial<BackupConfigSettings>]>([
    ['allowedNamespaces[1]', 'Team', { allowedNamespaces: ['*', 'Team'] }],
    ['allowedNamespaces[0]', 'team.a', { allowedNamespaces: ['team.a'] }],
    ['buckets[0].namespaces[0]', '{namespace}', { buckets: rule({ namespaces: ['{namespace}'] }) }],
    ['allowedNamespaces[0]', 'a'.repeat(64), { allowedNamespaces: ['a'.repeat(64)] }],
  ])("%s must not be '%s'", (property, pattern, settings) => {
    expect(mistakes(of(settings))).toBe(
      wrong(
        `${property} '${pattern}' is no pattern for namespaces: use at most 63 lower-case letters, digits, hyphens and '*', e.g. 'team-*'.`,
      ),
    );
  });

  test.each(['{name}-*', 'Backup', '', 'a'.repeat(129)])("must not allow the buckets '%s'", (pattern) => {
    expect(mistakes(of({ buckets: rule({ backup: ['*', pattern] }) }))).toBe(
      wrong(
        `buckets[0].backup[1] '${pattern}' is no pattern for buckets: use at most 128 lower-case letters, digits, dots, hyphens, '*' and '{namespace}', e.g. '{namespace}.*'.`,
      ),
    );
  });
});
