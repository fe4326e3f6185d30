import { App, Chart } from 'cdk8s';
import { Deployment, k8s, Namespace, PersistentVolumeClaim, Secret } from 'cdk8s-plus-28';
import { BackupConfig, BackupOperator, Item, Schedule, SecretKey, ServiceBackup } from 'service-backup';
import { appWith, manifests, mistakes, one } from './app';
import { built } from './built';

beforeAll(built, 60_000);

const schedule = Schedule.daily({ hour: 1 });
const inNamespace = (app: App, namespace: string) => new Chart(app, namespace, { namespace });
const said = (sentence: string, path: string) => `1 problem in this app:\n${path}: ${sentence}`;

describe('a claim', () => {
  test('may be an ApiObject', () => {
    const app = appWith((chart) => {
      const data = new k8s.KubePersistentVolumeClaim(chart, 'data', { metadata: { name: 'data' } });
      new ServiceBackup(chart, 'backup', { backupBucketName: 'a-bucket', backups: [Item.volume(data)] });
    });
    expect(one(manifests(app), 'ServiceBackup').spec.backups).toEqual([{ type: 'pvc', name: 'data' }]);
  });

  test('must be one', () => {
    const app = appWith((chart) => {
      const web = new Deployment(chart, 'web', {
        metadata: { name: 'web' },
        containers: [{ image: 'nginx' }],
      });
      new ServiceBackup(chart, 'backup', { backupBucketName: 'a-bucket', backups: [Item.volume(web)] });
    });
    expect(mistakes(app)).toBe(
      said(
        "backups[0] is the Deployment 'web': use a PersistentVolumeClaim, or the name of one.",
        'nextcloud/backup',
      ),
    );
  });
});

describe('a Secret', () => {
  const withSecrets = (namespace: string, jobNamespace?: string) => {
    const app = new App();
    const chart = inNamespace(app, namespace);
    const of = (id: string) => new Secret(chart, id, { metadata: { name: id } });
    new BackupConfig(new Chart(app, 'operator'), 'default', {
      schedule,
      jobNamespace,
      s3BackupConfig: { s3Host: 's3.example.net', s3Credentials: SecretKey.pair(of('s3'), 'id', 'key') },
      resticPasswordSecret: SecretKey.of(of('restic'), 'pw'),
    });
    return app;
  };

  test('may be one that the app declares, or refers to', () => {
    const spec = one(manifests(withSecrets('service-backup-jobs')), 'BackupConfig').spec.serviceBackup;
    expect(spec.resticPasswordSecret).toEqual({ secretName: 'restic', secretKey: 'pw' });
    expect(spec.s3BackupConfig.s3Credentials).toEqual({
      secretName: 's3',
      accessKeyIDProperty: 'id',
      secretKeyProperty: 'key',
    });
    expect(mistakes(withSecrets('jobs', 'jobs'))).toBe('');
  });

  test('must be in the namespace in which Jobs run', () => {
    expect(mistakes(withSecrets('elsewhere'))).toBe(`2 problems in this app:
operator/default: s3BackupConfig.s3Credentials is the Secret 's3' of namespace 'elsewhere', but Jobs run in 'service-backup-jobs' and read it there: declare it in that namespace.
operator/default: resticPasswordSecret is the Secret 'restic' of namespace 'elsewhere', but Jobs run in 'service-backup-jobs' and read it there: declare it in that namespace.`);
  });

  test('must be one', () => {
    const app = appWith((chart) => {
      const claim = PersistentVolumeClaim.fromClaimName(chart, 'ref', 'restic');
      new BackupConfig(chart, 'default', {
        schedule,
        s3BackupConfig: { s3Host: 's3.example.net', s3Credentials: SecretKey.pair('s3', 'id', 'key') },
        resticPasswordSecret: SecretKey.of(claim, 'pw'),
      });
    });
    expect(mistakes(app)).toBe(
      said(
        "resticPasswordSecret is the PersistentVolumeClaim 'restic': use a Secret, or the name of one.",
        'nextcloud/default',
      ),
    );
  });
});

describe('a namespace', () => {
  const named = (chart: Chart, name: string, labels?: Record<string, string>) =>
    new Namespace(chart, name, { metadata: { name, labels } });
  const ENFORCE = 'pod-security.kubernetes.io/enforce';

  test('that the app declares itself is not synthesised a second time, and lets Jobs read volumes', () => {
    const app = appWith((chart) => {
      new BackupOperator(chart, 'operator', {
        namespace: named(chart, 'ops'),
        jobNamespace: named(chart, 'jobs'),
      });
    });
    const all = manifests(app).filter(({ kind }) => kind === 'Namespace');
    expect(all.map(({ metadata }) => [metadata.name, metadata.labels?.[ENFORCE]])).toEqual([
      ['ops', undefined],
      ['jobs', 'privileged'],
    ]);
    expect(one(manifests(app), 'Deployment').metadata.namespace).toBe('ops');
    expect(one(manifests(app), 'PodTemplate', 'service-backup-mover').metadata.namespace).toBe('jobs');
  });

  test('that has a label already keeps it', () => {
    const app = appWith((chart) => {
      const jobNamespace = named(chart, 'jobs', { [ENFORCE]: 'baseline' });
      new BackupOperator(chart, 'operator', { jobNamespace });
    });
    expect(one(manifests(app), 'Namespace', 'jobs').metadata.labels?.[ENFORCE]).toBe('baseline');
  });

  test('of the operator is named by declarations as it is', () => {
    const app = appWith((chart) => {
      const operatorNamespace = named(chart, 'ops');
      new ServiceBackup(chart, 'backup', {
        backupBucketName: 'a-bucket',
        backups: [Item.volume('data')],
        operatorNamespace,
      });
    });
    expect(one(manifests(app), 'RoleBinding').subjects[0].namespace).toBe('ops');
  });

  test.each([
    ["of the app's operator", 'ops', 'ops'],
    ['by default, where the app has no operator', undefined, 'service-backup'],
  ])('%s is bound by declarations, wherever they stand', (_, namespace, bound) => {
    const app = appWith((chart) => {
      new ServiceBackup(chart, 'backup', { backupBucketName: 'a-bucket', backups: [Item.volume('data')] });
      if (namespace) new BackupOperator(new Chart(chart.node.root, 'operator'), 'operator', { namespace });
    });
    const declaration = app.charts.find(({ node }) => node.id === 'nextcloud')!;
    expect(one(declaration.toJson(), 'RoleBinding').subjects[0].namespace).toBe(bound);
  });

  test('must be one', () => {
    const app = appWith((chart) => {
      const operatorNamespace = new Secret(chart, 'ops', { metadata: { name: 'ops' } });
      new ServiceBackup(chart, 'backup', {
        backupBucketName: 'a-bucket',
        backups: [Item.volume('data')],
        operatorNamespace,
      });
    });
    expect(mistakes(app)).toBe(
      said("operatorNamespace is the Secret 'ops': use a Namespace, or the name of one.", 'nextcloud/backup'),
    );
  });
});
