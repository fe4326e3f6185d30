import { createHash } from 'node:crypto';
import {
  ANNOTATION,
  CREDENTIAL_VARIABLES,
  LABEL,
  type ListTask,
  MOVER_CONTAINER,
  type RestoreTask,
  type ServiceBackup,
  type ServiceBackupSettings,
  TASK_VARIABLE,
} from '../api';
import type { EnvVar, Job, PodTemplate, Volume, VolumeMount } from '../kube/objects';
import { nameOf } from './service-reference';

/** Swept by Kubernetes when the call that made the Job was killed and could not. */
const SECONDS_KEPT = 86_400;

/** Where a restore Job finds the claim that it fills. */
export const TARGET_DIRECTORY = '/restore';

export interface MoverJob {
  name: string;
  namespace: string;
  template: PodTemplate;
  task: ListTask | RestoreTask;
  service: ServiceBackup;
  settings: ServiceBackupSettings;
  deadlineSeconds: number;
  /** Claim of the Job namespace to mount at TARGET_DIRECTORY. */
  claim?: string;
}

/** A Job made of the PodTemplate of its role: only task, credentials, the claim and names are filled in. */
export function moverJob(job: MoverJob): Job {
  const { template, task, service, settings } = job;
  const labels = { [LABEL.serviceBackup]: service.metadata.uid, [LABEL.task]: task.kind };
  const target: Volume = { name: 'target', persistentVolumeClaim: { claimName: job.claim } };
  const mount: VolumeMount = { name: 'target', mountPath: TARGET_DIRECTORY };
  const env: EnvVar[] = [{ name: TASK_VARIABLE, value: JSON.stringify(task) }, ...credentials(settings)];
  const { spec } = template.template;
  return {
    metadata: {
      name: job.name,
      namespace: job.namespace,
      labels,
      annotations: { [ANNOTATION.serviceBackup]: nameOf(service.metadata) },
    },
    spec: {
      backoffLimit: 0,
      activeDeadlineSeconds: job.deadlineSeconds,
      ttlSecondsAfterFinished: SECONDS_KEPT,
      template: {
        metadata: {
          labels: { ...template.template.metadata?.labels, ...labels },
          annotations: { ...template.template.metadata?.annotations },
        },
        spec: {
          ...spec,
          volumes: [...(spec.volumes ?? []), ...(job.claim ? [target] : [])],
          containers: spec.containers.map((container) =>
            container.name === MOVER_CONTAINER
              ? {
                  ...container,
                  env: [...(container.env ?? []), ...env],
                  volumeMounts: [...(container.volumeMounts ?? []), ...(job.claim ? [mount] : [])],
                }
              : container,
          ),
        },
      },
    },
  };
}

function credentials({ s3BackupConfig, resticPasswordSecret }: ServiceBackupSettings): EnvVar[] {
  const { secretName, accessKeyIDProperty, secretKeyProperty } = s3BackupConfig.s3Credentials;
  const from = (variable: string, name: string, key: string): EnvVar => ({
    name: variable,
    valueFrom: { secretKeyRef: { name, key } },
  });
  return [
    from(CREDENTIAL_VARIABLES.accessKeyId, secretName, accessKeyIDProperty),
    from(CREDENTIAL_VARIABLES.secretAccessKey, secretName, secretKeyProperty),
    from(CREDENTIAL_VARIABLES.password, resticPasswordSecret.secretName, resticPasswordSecret.secretKey),
  ];
}

const digest = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 16);

/** One Job, and one temporary claim of the same name, a target: two restores to one claim cannot both begin. */
export const restoreJobName = (target: { namespace: string; name: string }): string =>
  `restore-${digest(`${target.namespace}/${target.name}`)}`;

/** Lists may run side by side. */
export const listJobName = (service: ServiceBackup, nonce: string): string =>
  `list-${digest(`${service.metadata.uid} ${nonce}`)}`;
