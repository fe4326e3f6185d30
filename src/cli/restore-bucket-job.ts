import { type RestoreBucketTask, type ScratchVolume, secretOf } from '../api';
import type { Job, PodTemplate } from '../kube/objects';
import { withScratch } from '../operator/backup-job';
import { jobNameByHand } from '../operator/names';
import type { Declaration } from './declaration';
import { jobByHand } from './mover-job';
import { serviceSystem } from './service-s3';

/** The Job that restores into a bucket, by way of the scratch volume. Two of one bucket cannot run side by side: it is named after that. */
export function restoreBucketJob(
  declaration: Declaration,
  template: PodTemplate,
  task: RestoreBucketTask,
  scratch: ScratchVolume,
): Job {
  const { settings, cluster, deadlineSeconds } = declaration;
  const { endpoint, bucket } = task.to;
  const { credentials } = serviceSystem(settings);
  const name = jobNameByHand(cluster, 'restore', `${endpoint}/${bucket}`);
  const service = secretOf(bucket, credentials);
  const job = jobByHand(declaration, template, task, deadlineSeconds, name, { service });
  return withScratch(job, { scratch });
}
