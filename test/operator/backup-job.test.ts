import type { PodTemplate } from '../../src/kube/objects';
import { backupJob } from '../../src/operator/backup-job';
import { type Settings, settingsOf } from '../../src/operator/settings';
import { backup, config, group, placement } from './fixtures';

const template = (
  containers = [{ name: 'mover', image: 'node', env: [{ name: 'RESTIC_CACHE_DIR', value: '/cache' }] }],
): PodTemplate => ({
  metadata: { name: 'service-backup-mover', namespace: 'service-backup-jobs' },
  template: {
    metadata: { labels: { theirs: 'kept' } },
    spec: {
      containers,
      volumes: [{ name: 'cache', emptyDir: {} }],
      tolerations: [{ operator: 'Exists', effect: 'NoSchedule' }],
    },
  },
});

const at = { cluster: 'cluster-uid', jobNamespace: 'service-backup-jobs' };
const made = (changes: { retentionOf?: string[]; knownId?: string; template?: PodTemplate } = {}) => {
  const declared = backup(['a', 'b'], {
    spec: {
      backups: [
        { type: 'pvc', name: 'a', exclude: ['*.part'] },
        { type: 'pvc', name: 'b' },
      ],
    },
    ...(changes.knownId && { status: { repository: { id: changes.knownId } } }),
  });
  return backupJob(
    {
      group: group('j1', 'node-1.example.net', ['a', 'b']),
      run: '0tovstcs',
      placements: [placement('node-1.example.net', 'a'), placement('node-1.example.net', 'b')],
      retentionOf: changes.retentionOf,
    },
    changes.template ?? template(),
    declared,
    settingsOf(declared, config(), 'service-backup-jobs') as Settings,
    at,
  );
};
const mover = (job = made()) => job.spec!.template.spec.containers[0]!;
const task = (job = made()) =>
  JSON.parse(mover(job).env!.find(({ name }) => name === 'SERVICE_BACKUP_TASK')!.value!);

test('a volume is mounted exactly, read-only and without propagation', () => {
  const { volumes } = made().spec!.template.spec;
  expect(volumes).toContainEqual({
    name: 'volume-1',
    hostPath: { path: '/var/lib/kubelet/plugins/kubernetes.io/csi/x/b/globalmount', type: 'Directory' },
  });
  expect(mover().volumeMounts).toEqual([
    { name: 'volume-0', mountPath: '/volumes/0', readOnly: true, mountPropagation: 'None' },
    { name: 'volume-1', mountPath: '/volumes/1', readOnly: true, mountPropagation: 'None' },
  ]);
});

test('it is pinned to its node by name, beside no other reader of volumes', () => {
  const { affinity } = made().spec!.template.spec;
  expect(JSON.stringify(affinity)).toContain(
    '"matchFields":[{"key":"metadata.name","operator":"In","values":["node-1.example.net"]}]',
  );
  expect(affinity).toMatchObject({
    podAntiAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: [
        {
          labelSelector: { matchLabels: { 'servicebackup.io/task': 'backup' } },
          topologyKey: 'kubernetes.io/hostname',
        },
      ],
    },
  });
});

test('it is never tried again by itself, and has a deadline', () => {
  expect(made().spec).toMatchObject({ backoffLimit: 0, activeDeadlineSeconds: 86400 });
  expect(made().spec).not.toHaveProperty('ttlSecondsAfterFinished');
});

test('credentials are references: no value of a Secret is in it', () => {
  expect(mover().env).toEqual(
    expect.arrayContaining([
      { name: 'AWS_ACCESS_KEY_ID', valueFrom: { secretKeyRef: { name: 's3', key: 'AccessKey' } } },
      { name: 'AWS_SECRET_ACCESS_KEY', valueFrom: { secretKeyRef: { name: 's3', key: 'SecretKey' } } },
      { name: 'RESTIC_PASSWORD', valueFrom: { secretKeyRef: { name: 'restic', key: 'pw' } } },
    ]),
  );
});

test('what the template says is kept, but for what is ours', () => {
  const theirs = template([
    {
      name: 'mover',
      image: 'node',
      env: [
        { name: 'RESTIC_CACHE_DIR', value: '/cache' },
        { name: 'RESTIC_PASSWORD', value: 'theirs' },
      ],
    },
  ]);
  const job = made({ template: theirs });
  expect(mover(job).env!.filter(({ name }) => name === 'RESTIC_PASSWORD')).toHaveLength(1);
  expect(mover(job).env).toContainEqual({ name: 'RESTIC_CACHE_DIR', value: '/cache' });
  expect(job.spec!.template.metadata!.labels).toMatchObject({
    theirs: 'kept',
    'servicebackup.io/service-backup': 'uid-wiki',
    'servicebackup.io/run': '0tovstcs',
    'servicebackup.io/node': 'node-1.example.net',
  });
  expect(job.spec!.template.spec.tolerations).toHaveLength(1);
});

test('the task names repository and items, but no retention before the last group', () => {
  expect(task()).toEqual({
    version: 1,
    kind: 'backup',
    run: '0tovstcs',
    repository: {
      endpoint: 'https://s3.example.net',
      region: 'us-east-1',
      bucket: 'wiki-backup',
      owner: { cluster: 'cluster-uid', namespace: 'wiki', name: 'backup', uid: 'uid-wiki' },
    },
    items: [
      { type: 'pvc', name: 'a', path: '/volumes/0', exclude: ['*.part'], allowEmpty: false },
      { type: 'pvc', name: 'b', path: '/volumes/1', exclude: [], allowEmpty: false },
    ],
  });
});

test('the task of the last group carries retention; a known repository is never initialised', () => {
  expect(task(made({ retentionOf: ['c'], knownId: 'repo-id' }))).toMatchObject({
    repository: { knownId: 'repo-id' },
    retention: { policy: { daily: 7, weekly: 6, monthly: 6, yearly: 1 }, items: ['c'] },
  });
});

test('a template without the mover is refused', () => {
  expect(() => made({ template: template([{ name: 'other', image: 'x', env: [] }]) })).toThrow(
    "PodTemplate service-backup-mover in namespace service-backup-jobs has no container 'mover': deploy BackupOperator again.",
  );
});
