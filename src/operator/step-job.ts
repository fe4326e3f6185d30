import { secretOf } from '../api/contract';
import { ANNOTATION, LABEL, TASK_LABEL } from '../api/group';
import type { ServiceBackup } from '../api/kinds';
import type { RepositoryRef } from '../api/task';
import type { Job, PodTemplate } from '../kube/objects';
import {
  type BackupJob,
  type BucketJob,
  backupTask,
  bucketsTask,
  onNode,
  withScratch,
  withVolumes,
} from './backup-job';
import { jobFrom } from './job';
import { type MaintenanceJob, maintainTask } from './maintenance-job';
import { labelValue } from './names';
import { scratchPlace } from './scratch';
import type { Settings } from './settings';
import { isGroup } from './step';

/** A step of a run whose Job is to be made. */
export type StepJob = BackupJob | BucketJob | MaintenanceJob;

/** What the Job of any step is made from. */
export interface JobSource {
  template: PodTemplate;
  backup: ServiceBackup;
  settings: Settings;
  repository: RepositoryRef;
  jobNamespace: string;
}

export const readsVolumes = (wanted: StepJob): wanted is BackupJob => 'placements' in wanted;
export const copiesBuckets = (wanted: StepJob): wanted is BucketJob => 'buckets' in wanted;

/** What a step's Job takes up beside its place among all: the node, or the scratch claim; '' when neither. */
export function takenBy(wanted: StepJob): string {
  if (copiesBuckets(wanted)) return scratchPlace(wanted.buckets[0]?.claim);
  return readsVolumes(wanted) ? wanted.step.node : '';
}

/** The Job of a step: one that reads volumes is bound to their node, others to none. */
export function stepJob(wanted: StepJob, source: JobSource): Job {
  const { template, backup, settings, jobNamespace } = source;
  const { metadata, spec } = backup;
  const node = readsVolumes(wanted) ? wanted.step.node : '';
  const job = jobFrom(template, {
    name: wanted.step.job,
    namespace: jobNamespace,
    labels: {
      [LABEL.task]: taskLabel(wanted),
      [LABEL.serviceBackup]: metadata.uid,
      [LABEL.run]: wanted.run,
      ...(node && { [LABEL.node]: labelValue(node) }),
    },
    annotations: {
      [ANNOTATION.serviceBackup]: `${metadata.namespace}/${metadata.name}`,
      ...(node && { [LABEL.node]: node }),
    },
    task: taskOf(wanted, source),
    credentials: secretOf(spec.backupBucketName, credentialsOf(wanted, settings)),
    password: secretOf(spec.backupBucketName, settings.password),
    ...(copiesBuckets(wanted) && {
      service: { ...settings.source!.credentials, secretName: wanted.buckets[0]!.secret },
    }),
    activeDeadlineSeconds: wanted.deadlineSeconds,
  });
  if (copiesBuckets(wanted)) return withScratch(job, settings);
  return readsVolumes(wanted) ? onNode(withVolumes(job, wanted.placements), node) : job;
}

/** Keys that may delete, where there are such, stay away from the Jobs that have a service's data before them. */
const credentialsOf = (wanted: StepJob, { s3 }: Settings) =>
  (isGroup(wanted.step) ? undefined : s3.maintenanceCredentials) ?? s3.s3Credentials;

const taskLabel = (wanted: StepJob): string => {
  if (copiesBuckets(wanted)) return TASK_LABEL.bucket;
  return readsVolumes(wanted) ? TASK_LABEL.backup : TASK_LABEL.maintain;
};

function taskOf(wanted: StepJob, { backup, settings, repository }: JobSource) {
  if (copiesBuckets(wanted)) return bucketsTask(wanted, backup, settings, repository);
  return readsVolumes(wanted)
    ? backupTask(wanted, backup, settings, repository)
    : maintainTask(wanted, backup, settings, repository);
}
