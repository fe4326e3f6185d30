import { randomUUID } from 'node:crypto';
import {
  ANNOTATION,
  CONTRACT_VERSION,
  LABEL,
  type ListTask,
  podTemplateName,
  RECOVERY_PASSWORD_VARIABLE,
  type RecoveryKeyTask,
  type RestoreBucketTask,
  type RestoreTask,
  type Role,
  secretOf,
  TASK_LABEL,
} from '../api';
import type { Job, PodTemplate } from '../kube/objects';
import { RESOURCES } from '../kube/resources';
import type { Rest } from '../kube/rest';
import { type JobOptions, jobFrom, withMover } from '../operator/job';
import { jobNameByHand } from '../operator/names';
import type { Declaration } from './declaration';
import { Failure } from './failure';
import { nameOf, type ServiceReference } from './service-reference';

/** Swept by Kubernetes when the call that made the Job was killed and could not. */
const SECONDS_KEPT = 86_400;
/** A Secret goes with its Job: the sooner the better, but not before whoever waits for the Job has seen its end. */
const SECONDS_KEPT_WITH_SECRET = 300;

/** A key is added within seconds; what takes longer is a repository that does not answer. */
const KEY_DEADLINE_SECONDS = 900;

/** Key of the password in the Secret of a recovery key's Job. */
export const RECOVERY_PASSWORD_KEY = 'password';

/** Where a restore Job finds the claim that it fills. */
export const TARGET_DIRECTORY = '/restore';

/** @throws Failure when the operator was not deployed there. */
export async function readTemplate(kube: Rest, role: Role, jobNamespace: string): Promise<PodTemplate> {
  const name = podTemplateName(role);
  const template = await kube.get<PodTemplate>(RESOURCES.podTemplates, name, jobNamespace);
  if (!template)
    throw new Failure(
      `There is no PodTemplate ${name} in namespace ${jobNamespace}, of which the Job would be made: deploy the operator again.`,
    );
  return template;
}

/** The Job that lists a service's snapshots. Several may run side by side. */
export const listJob = (
  declaration: Declaration,
  template: PodTemplate,
  task: ListTask,
  activeDeadlineSeconds: number,
): Job =>
  jobByHand(
    declaration,
    template,
    task,
    activeDeadlineSeconds,
    jobNameByHand(declaration.cluster, 'list', randomUUID()),
  );

/** Two restores to one claim cannot begin: Job and temporary claim are named after it. */
export const restoreJobName = (cluster: string, target: ServiceReference): string =>
  jobNameByHand(cluster, 'restore', nameOf(target));

/** The Job that restores into the claim of its own name. */
export function restoreJob(
  declaration: Declaration,
  template: PodTemplate,
  task: RestoreTask,
  name: string,
): Job {
  const job = jobByHand(declaration, template, task, declaration.deadlineSeconds, name);
  const mounted = withMover(job, (mover) => ({
    ...mover,
    volumeMounts: [...(mover.volumeMounts ?? []), { name: 'target', mountPath: TARGET_DIRECTORY }],
  }));
  const { template: pod } = mounted.spec!;
  const volumes = [
    ...(pod.spec.volumes ?? []),
    { name: 'target', persistentVolumeClaim: { claimName: name } },
  ];
  return { ...mounted, spec: { ...mounted.spec, template: { ...pod, spec: { ...pod.spec, volumes } } } };
}

/** Two recovery keys of one service are not made at once: the Job, and the Secret that it takes the password from, are named after it. */
export const recoveryKeyJobName = ({ cluster, service }: Pick<Declaration, 'cluster' | 'service'>): string =>
  jobNameByHand(cluster, 'recovery-key', service.metadata.uid);

/** The Job that adds a recovery key, whose password is in the Secret of its own name. */
export function recoveryKeyJob(declaration: Declaration, template: PodTemplate): Job {
  const name = recoveryKeyJobName(declaration);
  const task: RecoveryKeyTask = {
    version: CONTRACT_VERSION,
    kind: 'recovery-key',
    repository: declaration.repository,
  };
  const job = jobByHand(declaration, template, task, KEY_DEADLINE_SECONDS, name, {
    secondsKept: SECONDS_KEPT_WITH_SECRET,
  });
  return withMover(job, (mover) => ({
    ...mover,
    env: [
      ...(mover.env ?? []),
      { name: RECOVERY_PASSWORD_VARIABLE, valueFrom: { secretKeyRef: { name, key: RECOVERY_PASSWORD_KEY } } },
    ],
  }));
}

export type TaskByHand = ListTask | RestoreTask | RestoreBucketTask | RecoveryKeyTask;

const LABEL_OF = {
  list: TASK_LABEL.list,
  restore: TASK_LABEL.restore,
  'restore-bucket': TASK_LABEL.restore,
  'recovery-key': TASK_LABEL.recoveryKey,
} as const;

export const labelsByHand = (declaration: Declaration, task: TaskByHand['kind']) => ({
  [LABEL.serviceBackup]: declaration.service.metadata.uid,
  [LABEL.task]: LABEL_OF[task],
});

export function jobByHand(
  declaration: Declaration,
  template: PodTemplate,
  task: TaskByHand,
  activeDeadlineSeconds: number,
  name: string,
  {
    secondsKept = SECONDS_KEPT,
    service: serviceKeys,
  }: { secondsKept?: number; service?: JobOptions['service'] } = {},
): Job {
  const { service, settings, jobNamespace, repository } = declaration;
  const job = jobFrom(template, {
    name,
    namespace: jobNamespace,
    labels: labelsByHand(declaration, task.kind),
    annotations: { [ANNOTATION.serviceBackup]: nameOf(service.metadata) },
    task,
    credentials: secretOf(repository.bucket, settings.s3BackupConfig.s3Credentials),
    password: secretOf(repository.bucket, settings.resticPasswordSecret),
    ...(serviceKeys && { service: serviceKeys }),
    activeDeadlineSeconds,
  });
  return {
    ...job,
    spec: { ...job.spec, template: job.spec!.template, ttlSecondsAfterFinished: secondsKept },
  };
}
