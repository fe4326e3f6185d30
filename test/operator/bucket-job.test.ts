import type { ServiceBackupSettings } from '../../src/api/backup-config';
import type { PodTemplate } from '../../src/kube/objects';
import { taskFrom } from '../../src/mover/task-from';
import { bucketsTask } from '../../src/operator/backup-job';
import { repositoryRef } from '../../src/operator/repository-ref';
import { type Settings, settingsOf } from '../../src/operator/settings';
import { type StepJob, stepJob } from '../../src/operator/step-job';
import { jobView } from '../../src/operator/views';
import { backup, config, group, item, maintenance, serviceS3 } from './fixtures';

const template: PodTemplate = {
  metadata: { name: 'service-backup-bucket' },
  template: { spec: { containers: [{ name: 'mover' }], volumes: [{ name: 'cache', emptyDir: {} }] } },
};
const ITEMS = ['s3:files', 's3:previews'];
const declared = backup(ITEMS, {
  spec: {
    backups: [
      { type: 's3', name: 'files', exclude: ['cache/**'], allowEmpty: true, onUnreadable: 'Fail' },
      { type: 's3', name: 'previews' },
    ],
  },
});
const settingsWith = (changes: Partial<ServiceBackupSettings> = {}) =>
  settingsOf(declared, config({ s3ServiceConfig: serviceS3, ...changes }), 'jobs') as Settings;
const wanted: StepJob = {
  step: group('j1', '', ITEMS),
  run: '0tovstcs',
  deadlineSeconds: 7200,
  buckets: ITEMS.map(() => ({ node: '', because: 'bucket of x', secret: 'keys-of-files' })),
};

const made = (changes: Partial<ServiceBackupSettings> = {}, step: StepJob = wanted) => {
  const settings = settingsWith(changes);
  const repository = repositoryRef(declared, settings, 'cluster-uid', ['j0-abcde']);
  return stepJob(step, { template, backup: declared, settings, repository, jobNamespace: 'jobs' });
};
const pod = (job = made()) => job.spec!.template.spec;
const mover = (job = made()) => pod(job).containers[0]!;
const secretOf = (variable: string, job = made()) =>
  mover(job).env!.find(({ name }) => name === variable)?.valueFrom?.secretKeyRef;
const task = (job = made()) => {
  const { value = '' } = mover(job).env!.find(({ name }) => name === 'SERVICE_BACKUP_TASK')!;
  return taskFrom({ SERVICE_BACKUP_TASK: value });
};

test('its task names the buckets, from where they are read, and the pods whose movers have ended', () => {
  const addressing = 'virtual' as const;
  const s3ServiceConfig = {
    ...{ ...serviceS3, region: 'eu-1', addressing, fullPassRuns: 7 },
    tls: { caBundle: 'PEM' },
  };
  expect(task(made({ s3ServiceConfig }))).toMatchObject({
    kind: 'backup-buckets',
    run: '0tovstcs',
    repository: { bucket: 'wiki-backup', deadPods: ['j0-abcde'] },
    source: {
      endpoint: 'https://s3.services.example.net',
      region: 'eu-1',
      caBundle: 'PEM',
      addressing: 'virtual',
      scratch: '/scratch',
      fullPassRuns: 7,
    },
    items: [
      {
        ...{ type: 's3', name: 's3:files', bucket: 'files' },
        ...{ exclude: ['cache/**'], allowEmpty: true, onUnreadable: 'Fail' },
      },
      { name: 's3:previews', bucket: 'previews', exclude: [], allowEmpty: false, onUnreadable: 'Warn' },
    ],
  });
});

test('where nobody says otherwise buckets are named in the path, and every 30th run reads all of them', () => {
  expect(task()).toMatchObject({
    source: { region: 'us-east-1', addressing: 'path', fullPassRuns: 30 },
  });
});

test('it has the keys of both S3 systems, as references', () => {
  expect(secretOf('AWS_ACCESS_KEY_ID')).toEqual({ name: 's3', key: 'AccessKey' });
  expect(secretOf('SERVICE_BACKUP_SERVICE_ACCESS_KEY_ID')).toEqual({ name: 'keys-of-files', key: 'Id' });
  expect(secretOf('SERVICE_BACKUP_SERVICE_SECRET_ACCESS_KEY')).toEqual({ name: 'keys-of-files', key: 'Key' });
});

test('a Job that reads no bucket has no keys of the services', () => {
  const upkeep = { step: maintenance('j2', { check: true }), run: 'r', deadlineSeconds: 60 };
  expect(secretOf('SERVICE_BACKUP_SERVICE_ACCESS_KEY_ID', made({}, upkeep))).toBeUndefined();
});

test('each repository can have Secrets of its own, whatever the Job does', () => {
  const { s3BackupConfig } = config().spec.serviceBackup;
  const own = {
    s3BackupConfig: {
      ...s3BackupConfig,
      s3Credentials: { ...s3BackupConfig.s3Credentials, secretName: 's3-{bucket}' },
    },
    resticPasswordSecret: { secretName: '{bucket}-restic', secretKey: 'pw' },
  };
  const upkeep = { step: maintenance('j2', { check: true }), run: 'r', deadlineSeconds: 60 };
  const volumes = {
    ...{ step: group('j3', 'node-1', ['data']), run: 'r', deadlineSeconds: 60 },
    placements: [],
  };
  for (const job of [made(own), made(own, upkeep), made(own, volumes)]) {
    expect(secretOf('AWS_SECRET_ACCESS_KEY', job)).toMatchObject({ name: 's3-wiki-backup' });
    expect(secretOf('RESTIC_PASSWORD', job)).toMatchObject({ name: 'wiki-backup-restic' });
  }
});

test('it is bound to no node, and says what it is', () => {
  const job = made();
  expect(pod(job)).not.toHaveProperty('affinity');
  expect(job.metadata.labels).toMatchObject({ 'servicebackup.io/task': 'bucket' });
  expect(JSON.stringify(job.metadata)).not.toContain('servicebackup.io/node');
});

describe('the volume that buckets are copied to', () => {
  const volume = (scratchVol?: ServiceBackupSettings['scratchVol']) =>
    pod(made({ scratchVol })).volumes!.find(({ name }) => name === 'scratch');

  test('is the claim that BackupConfig names, or comes and goes with the pod', () => {
    expect(volume({ claimName: 'copies' })).toEqual({
      name: 'scratch',
      persistentVolumeClaim: { claimName: 'copies' },
    });
    const spec = { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '10Gi' } } };
    expect(volume()).toEqual({ name: 'scratch', ephemeral: { volumeClaimTemplate: { spec } } });
    expect(volume({ size: '1Ti', storageClassName: 'fast' })).toMatchObject({
      ephemeral: {
        volumeClaimTemplate: {
          spec: { resources: { requests: { storage: '1Ti' } }, storageClassName: 'fast' },
        },
      },
    });
  });

  test('is mounted writable, beside what the template mounts', () => {
    expect(mover().volumeMounts).toEqual([{ name: 'scratch', mountPath: '/scratch' }]);
    expect(pod().volumes).toContainEqual({ name: 'cache', emptyDir: {} });
  });

  test('is read off the Job by whoever wants to know what it takes up', () => {
    expect(jobView(made({ scratchVol: { claimName: 'copies' } }))).toMatchObject({ scratch: 'copies' });
    expect(jobView(made())).toMatchObject({ scratch: '', node: '' });
    expect(jobView({ metadata: { name: 'other' } })).not.toHaveProperty('scratch');
  });
});

test('a bucket of which the listing became empty is compared with nothing, once that is acknowledged', () => {
  const held = { run: 'r1', reason: 'SuspiciousShrink', policy: 'daily 7, weekly 6, monthly 6, yearly 1' };
  const measured = { bytes: 10, files: 2, lastSuccess: '2026-11-20T01:31:00Z' };
  const emptied = item('s3:files', { state: 'Failed', reason: 'NoObjects', ...measured });
  const status = { heldRetention: held, items: [{ ...emptied, shrunkFrom: { bytes: 10, files: 2 } }] };
  const previous = (annotations: Record<string, string>) => {
    const asked = { ...declared, metadata: { ...declared.metadata, annotations }, status };
    const settings = settingsWith();
    const repository = repositoryRef(asked, settings, 'cluster-uid');
    return bucketsTask(wanted as Parameters<typeof bucketsTask>[0], asked, settings, repository).items[0]!
      .previous;
  };
  expect(previous({})).toEqual({ bytes: 10, files: 2 });
  expect(previous({ 'servicebackup.io/acknowledge': 'r1' })).toBeUndefined();
});
