import type { ListTask, RestoreTask } from '../../src/api';
import { listJob, recoveryKeyJob, restoreJob, restoreJobName } from '../../src/cli/mover-job';
import type { PodTemplate } from '../../src/kube/objects';
import { wikiDeclaration } from './wiki-declaration';

const declaration = wikiDeclaration([{ type: 'pvc', name: 'data' }]);
const template: PodTemplate = {
  metadata: { name: 'service-backup-restore', namespace: 'jobs' },
  template: {
    metadata: { labels: { patched: 'by-hand' } },
    spec: {
      containers: [{ name: 'mover', volumeMounts: [{ name: 'tmp', mountPath: '/tmp' }] }],
      volumes: [{ name: 'tmp', emptyDir: {} }],
    },
  },
};
const target = { namespace: 'wiki', name: 'data-restored' };
const name = restoreJobName('cluster-1', target);
const task: RestoreTask = {
  version: 1,
  kind: 'restore',
  repository: declaration.repository,
  item: 'data',
  select: { latest: true },
  target: '/restore',
};

describe('a restore Job', () => {
  const job = restoreJob(declaration, template, task, name);
  const pod = job.spec!.template.spec;

  test('mounts the claim of its own name where its task says, beside what the template brings', () => {
    expect(pod.volumes).toEqual([
      { name: 'tmp', emptyDir: {} },
      { name: 'target', persistentVolumeClaim: { claimName: name } },
    ]);
    expect(pod.containers[0]?.volumeMounts).toEqual([
      { name: 'tmp', mountPath: '/tmp' },
      { name: 'target', mountPath: '/restore' },
    ]);
  });

  test('is tried once, has the deadline of the config, and goes by itself if nobody takes it away', () => {
    expect(job.spec).toMatchObject({
      backoffLimit: 0,
      activeDeadlineSeconds: 7200,
      ttlSecondsAfterFinished: 86_400,
    });
  });

  test('holds no credential: they come from Secrets', () => {
    const env = pod.containers[0]?.env?.filter((variable) => variable.name !== 'SERVICE_BACKUP_TASK');

    expect(env).toHaveLength(3);
    expect(env?.every((variable) => variable.valueFrom?.secretKeyRef && variable.value === undefined)).toBe(
      true,
    );
  });

  test('is labelled as what it is, so that nobody takes it for a backup', () => {
    expect(job.metadata.labels).toEqual({
      'servicebackup.io/service-backup': 'uid-1',
      'servicebackup.io/task': 'restore',
    });
    expect(job.spec?.template.metadata?.labels).toMatchObject({ patched: 'by-hand' });
  });
});

describe('the Job of a recovery key', () => {
  const job = recoveryKeyJob(declaration, template);
  const env = job.spec!.template.spec.containers[0]?.env ?? [];

  test('takes the new password from the Secret of its own name, and holds no credential itself', () => {
    expect(env.at(-1)).toEqual({
      name: 'SERVICE_BACKUP_RECOVERY_PASSWORD',
      valueFrom: { secretKeyRef: { name: job.metadata.name, key: 'password' } },
    });
    expect(env.filter(({ value }) => value !== undefined).map(({ name }) => name)).toEqual([
      'SERVICE_BACKUP_TASK',
    ]);
    expect(JSON.parse(env[0]?.value ?? '')).toEqual({
      version: 1,
      kind: 'recovery-key',
      repository: declaration.repository,
    });
  });

  test('brings no volume, and goes soon, with its Secret, if nobody takes it away', () => {
    expect(job.spec?.template.spec.volumes).toEqual([{ name: 'tmp', emptyDir: {} }]);
    expect(job.spec).toMatchObject({ activeDeadlineSeconds: 900, ttlSecondsAfterFinished: 300 });
  });

  test('has one name a service, so that two are not made at once', () => {
    const { service } = declaration;
    const ofUid = (uid: string) =>
      recoveryKeyJob(
        { ...declaration, service: { ...service, metadata: { ...service.metadata, uid } } },
        template,
      ).metadata;

    expect(ofUid('uid-1').name).toBe(job.metadata.name);
    expect(ofUid('uid-2').name).not.toBe(job.metadata.name);
    expect(job.metadata.name).toMatch(/^sb-[0-9a-f]{6}-recovery-key-[0-9a-f]{16}$/);
    expect(job.metadata.labels).toMatchObject({ 'servicebackup.io/task': 'recovery-key' });
  });
});

test('two restores to one claim have one name, and others another', () => {
  expect(restoreJobName('cluster-1', { ...target })).toBe(name);
  expect(restoreJobName('cluster-1', { ...target, namespace: 'other' })).not.toBe(name);
  expect(restoreJobName('cluster-2', target)).not.toBe(name);
});

test('lists may run side by side', () => {
  const list: ListTask = { version: 1, kind: 'list', repository: declaration.repository };
  const [one, other] = [1, 2].map(() => listJob(declaration, template, list, 900));

  expect(one?.metadata.name).not.toBe(other?.metadata.name);
  expect(one?.spec?.activeDeadlineSeconds).toBe(900);
});
