import { App } from 'cdk8s';
import { type SceneOptions, scene } from '../../demo/services';
import { type Manifest, manifests, one } from '../constructs/app';
import { built } from '../constructs/built';

beforeAll(built, 60_000);

function synthesise(options?: SceneOptions): Manifest[] {
  const app = new App();
  scene(app, options);
  return manifests(app);
}
const inNamespace = (all: Manifest[], namespace: string) =>
  all.filter((m) => m.metadata.namespace === namespace);

test('each service has its namespace, its claims, its workloads, and its declaration', () => {
  const list = (namespace: string) =>
    inNamespace(synthesise(), namespace).map((m) => `${m.kind} ${m.metadata.name}`);

  expect(list('guestbook').filter((line) => !line.startsWith('Namespace'))).toEqual([
    'PersistentVolumeClaim uploads',
    'PersistentVolumeClaim database',
    'Deployment web',
    'Deployment database',
    'ServiceBackup backup',
    'RoleBinding service-backup-backup',
  ]);
  expect(list('wiki').filter((line) => !line.startsWith('Namespace'))).toEqual([
    'PersistentVolumeClaim pages',
    'Deployment wiki',
    'ServiceBackup backup',
    'RoleBinding service-backup-backup',
  ]);
});

test('every claim is backed up', () => {
  const all = synthesise();
  for (const namespace of ['guestbook', 'wiki']) {
    const mine = inNamespace(all, namespace);
    const claims = mine.filter((m) => m.kind === 'PersistentVolumeClaim').map((m) => m.metadata.name);
    const items = one(mine, 'ServiceBackup').spec.backups.map((item: { name: string }) => item.name);
    expect(items).toEqual(claims);
  }
});

test('storage classes, nodes and the S3 system can be named', () => {
  const all = synthesise({
    s3Host: 'http://10.0.0.1:9000',
    region: 'testbed',
    storageClasses: { uploads: 'plain', database: 'ceph' },
    nodes: { web: 'node-1', database: 'node-2' },
  });
  const classOf = (name: string) => one(all, 'PersistentVolumeClaim', name).spec.storageClassName;
  const nodeOf = (name: string) => {
    const deployments = all.filter((m) => m.metadata.namespace !== 'service-backup');
    return one(deployments, 'Deployment', name).spec.template.spec.nodeSelector;
  };
  expect([classOf('uploads'), classOf('database'), classOf('pages')]).toEqual(['plain', 'ceph', undefined]);
  expect(nodeOf('web')).toEqual({ 'kubernetes.io/hostname': 'node-1' });
  expect(nodeOf('database')).toEqual({ 'kubernetes.io/hostname': 'node-2' });
  expect(nodeOf('wiki')).toBeUndefined();
  expect(one(all, 'BackupConfig').spec.serviceBackup.s3BackupConfig).toMatchObject({
    s3Host: 'http://10.0.0.1:9000',
    region: 'testbed',
  });
});

test('a volume is used by one pod at a time, which stops as soon as it is told to', () => {
  const workloads = synthesise().filter(
    (m) => m.kind === 'Deployment' && m.metadata.namespace !== 'service-backup',
  );
  expect(workloads).toHaveLength(3);
  for (const { spec } of workloads) {
    expect(spec).toMatchObject({ replicas: 1, strategy: { type: 'Recreate' } });
    expect(spec.template.spec.containers[0].command.join(' ')).toContain('trap exit TERM');
  }
});
