import type { ServiceBackupStatus } from '../../src/api/service-backup';
import type { PodTemplate } from '../../src/kube/objects';
import { backupTask } from '../../src/operator/backup-job';
import { repositoryRef } from '../../src/operator/repository-ref';
import { type Settings, settingsOf } from '../../src/operator/settings';
import { stepJob } from '../../src/operator/step-job';
import { backup, config, group, item, placement, run } from './fixtures';

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

interface Changes {
  retentionOf?: { name: string; snapshot: string }[];
  status?: ServiceBackupStatus;
  template?: PodTemplate;
  annotations?: Record<string, string>;
  settings?: Parameters<typeof config>[0];
  deadPods?: string[];
}

const made = (changes: Changes = {}) => {
  const declared = backup(['a', 'b'], {
    spec: {
      backups: [
        { type: 'pvc', name: 'a', exclude: ['*.part'], onUnreadable: 'Fail' },
        { type: 'pvc', name: 'b' },
      ],
    },
    ...(changes.status && { status: changes.status }),
  });
  declared.metadata.annotations = changes.annotations;
  const settings = settingsOf(declared, config(changes.settings), 'service-backup-jobs') as Settings;
  return stepJob(
    {
      step: group('j1', 'node-1.example.net', ['a', 'b']),
      run: '0tovstcs',
      deadlineSeconds: 7200,
      placements: [placement('node-1.example.net', 'a'), placement('node-1.example.net', 'b')],
      retentionOf: changes.retentionOf,
    },
    {
      template: changes.template ?? template(),
      backup: declared,
      settings,
      repository: repositoryRef(declared, settings, 'cluster-uid', changes.deadPods),
      jobNamespace: 'service-backup-jobs',
    },
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
  expect(made().spec).toMatchObject({ backoffLimit: 0, activeDeadlineSeconds: 7200 });
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

test('a claim that a selector found is read with the options of that selector', () => {
  const app = { matchLabels: { app: 'wiki' } };
  const declared = backup([], {
    spec: { backups: [{ type: 'pvc', selector: app, exclude: ['*.tmp'], allowEmpty: true }] },
    status: { run: { ...run(), selected: [{ name: 'data-0', by: 'app=wiki' }] } },
  });
  const settings = settingsOf(declared, config(), 'service-backup-jobs') as Settings;
  const { items } = backupTask(
    { step: group('j1', 'n', ['data-0']), run: '0tovstcs', deadlineSeconds: 1, placements: [] },
    declared,
    settings,
    repositoryRef(declared, settings, 'cluster-uid'),
  );
  expect(items).toEqual([
    {
      type: 'pvc',
      name: 'data-0',
      path: '/volumes/0',
      exclude: ['*.tmp'],
      allowEmpty: true,
      onUnreadable: 'Warn',
    },
  ]);
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
      stallSeconds: 200,
    },
    items: [
      {
        type: 'pvc',
        name: 'a',
        path: '/volumes/0',
        exclude: ['*.part'],
        allowEmpty: false,
        onUnreadable: 'Fail',
      },
      { type: 'pvc', name: 'b', path: '/volumes/1', exclude: [], allowEmpty: false, onUnreadable: 'Warn' },
    ],
  });
});

test('the task of the last group carries retention', () => {
  const job = made({ retentionOf: [{ name: 'c', snapshot: '5nap' }], settings: { maxForgetPercent: 5 } });
  expect(task(job).retention).toEqual({
    policy: { daily: 7, weekly: 6, monthly: 6, yearly: 1 },
    items: [{ name: 'c', snapshot: '5nap' }],
    maxForgetPercent: 5,
    acknowledged: false,
  });
});

test('a known repository is never initialised, and locks of dead pods may go', () => {
  const job = made({ status: { repository: { id: 'repo-id' } }, deadPods: ['j0-abcde'] });
  expect(task(job).repository).toMatchObject({ knownId: 'repo-id', deadPods: ['j0-abcde'] });
});

describe('what an item is compared with', () => {
  const lastSuccess = '2026-11-20T01:31:00Z';
  const previous = (items: ServiceBackupStatus['items'], changes: Changes = {}) =>
    task(made({ ...changes, status: { items, ...changes.status } })).items.map(
      (each: { previous?: object }) => each.previous,
    );
  const shrunk = item('a', { bytes: 4, files: 2, lastSuccess, shrunkFrom: { bytes: 10, files: 2 } });
  const held = (changes = {}): Changes => ({
    status: {
      heldRetention: {
        run: 'r1',
        reason: 'SuspiciousShrink',
        policy: 'daily 7, weekly 6, monthly 6, yearly 1',
        ...changes,
      },
    },
    annotations: { 'servicebackup.io/acknowledge': 'r1' },
    retentionOf: [],
  });

  test('is what it measured at its last good backup, if there is one', () => {
    expect(previous([item('a', { bytes: 10, files: 2, lastSuccess })])).toEqual([
      { bytes: 10, files: 2 },
      undefined,
    ]);
  });

  test('stays what it was before it shrank', () => {
    expect(previous([shrunk])).toEqual([{ bytes: 10, files: 2 }, undefined]);
  });

  test('is left out for what shrank, and for nothing else, once that is acknowledged', () => {
    const other = item('b', { bytes: 7, files: 1, lastSuccess });
    expect(previous([shrunk, other], held())).toEqual([undefined, { bytes: 7, files: 1 }]);
    expect(task(made(held())).retention.acknowledged).toBe(true);
  });

  test.each([
    ['another run', held({ run: 'r2' })],
    ['another policy', held({ policy: 'last 1' })],
    ['a finding that nobody can approve', held({ reason: 'RepositoryDamaged' })],
    ['nothing', { ...held(), annotations: {} }],
  ])('stays when the acknowledgement is of %s', (_, changes) => {
    expect(previous([shrunk], changes)[0]).toEqual({ bytes: 10, files: 2 });
    expect(task(made(changes)).retention.acknowledged).toBe(false);
  });
});

test('a template without the mover is refused', () => {
  expect(() => made({ template: template([{ name: 'other', image: 'x', env: [] }]) })).toThrow(
    "PodTemplate service-backup-mover in namespace service-backup-jobs has no container 'mover': deploy BackupOperator again.",
  );
});
