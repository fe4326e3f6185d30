import { ANNOTATION, LABEL, TASK_LABEL } from '../api/group';
import type { ServiceBackup } from '../api/kinds';
import type { RepositoryRef } from '../api/task';
import type { Job, PodTemplate } from '../kube/objects';
import { type BackupJob, backupTask, onNode, withVolumes } from './backup-job';
import { jobFrom } from './job';
import { type MaintenanceJob, maintainTask } from './maintenance-job';
import { labelValue } from './names';
import type { Settings } from './settings';

/** A step of a run whose Job is to be made. */
export type StepJob = BackupJob | MaintenanceJob;

/** What the Job of any step is made from. */
export interface JobSource {
  template: PodTemplate;
  backup: ServiceBackup;
  settings: Settings;
  repository: RepositoryRef;
  jobNamespace: string;
}

export const readsVolumes = (wanted: StepJob): wanted is BackupJob => 'placements' in wanted;

/** The node that a step's Job takes up; '' when it reads no volume. */
export const nodeOf = (wanted: StepJob): string => (readsVolumes(wanted) ? wanted.step.node : '');

/** The Job of a step: one that reads volumes is bound to their node, one that looks after the repository to none. */
export function stepJob(wanted: StepJob, source: JobSource): Job {
  const { template, backup, settings, repository, jobNamespace } = source;
  const { metadata } = backup;
  const node = nodeOf(wanted);
  const job = jobFrom(template, {
    name: wanted.step.job,
    namespace: jobNamespace,
    labels: {
      [LABEL.task]: readsVolumes(wanted) ? TASK_LABEL.backup : TASK_LABEL.maintain,
      [LABEL.serviceBackup]: metadata.uid,
      [LABEL.run]: wanted.run,
      ...(node && { [LABEL.node]: labelValue(node) }),
    },
    annotations: {
      [ANNOTATION.serviceBackup]: `${metadata.namespace}/${metadata.name}`,
      ...(node && { [LABEL.node]: node }),
    },
    task: readsVolumes(wanted)
      ? backupTask(wanted, backup, settings, repository)
      : maintainTask(wanted, settings, repository),
    credentials: settings.s3.s3Credentials,
    password: settings.password,
    activeDeadlineSeconds: wanted.deadlineSeconds,
  });
  return readsVolumes(wanted) ? onNode(withVolumes(job, wanted.placements), node) : job;
}
