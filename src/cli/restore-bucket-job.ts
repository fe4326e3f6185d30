import { type RestoreBucketTask, SCRATCH, SERVICE_CREDENTIAL_VARIABLES, secretNameFor } from '../api';
import type { EnvVar, Job, PodTemplate, Volume } from '../kube/objects';
import { withMover } from '../operator/job';
import { jobNameByHand } from '../operator/names';
import type { Declaration } from './declaration';
import { jobByHand, withVolume } from './mover-job';
import { serviceConfigOf } from './service-s3';

/** The Job that restores into a bucket, by way of the scratch volume. Two of one bucket cannot run side by side: it is named after that. */
export function restoreBucketJob(
  declaration: Declaration,
  template: PodTemplate,
  task: RestoreBucketTask,
  scratch: Volume,
): Job {
  const { settings, cluster, deadlineSeconds } = declaration;
  const { s3Credentials } = serviceConfigOf(settings);
  const name = jobNameByHand(cluster, 'restore', `${task.to.endpoint}/${task.to.bucket}`);
  const secretName = secretNameFor(s3Credentials.secretName, task.to.bucket);
  const variable = (name: string, key: string): EnvVar => ({
    name,
    valueFrom: { secretKeyRef: { name: secretName, key } },
  });
  const job = jobByHand(declaration, template, task, deadlineSeconds, name);
  const mounted = withMover(job, (mover) => ({
    ...mover,
    env: [
      ...(mover.env ?? []),
      variable(SERVICE_CREDENTIAL_VARIABLES.accessKeyId, s3Credentials.accessKeyIDProperty),
      variable(SERVICE_CREDENTIAL_VARIABLES.secretAccessKey, s3Credentials.secretKeyProperty),
    ],
    volumeMounts: [...(mover.volumeMounts ?? []), { name: SCRATCH.volume, mountPath: SCRATCH.path }],
  }));
  return withVolume(mounted, scratch);
}
