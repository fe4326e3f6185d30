import { podTemplateName } from '../api/group';
import type { ServiceBackup } from '../api/kinds';
import { isKubeError } from '../kube/error';
import type { PodTemplate, VolumeAttachment } from '../kube/objects';
import { RESOURCES } from '../kube/resources';
import { type BackupJob, backupJob } from './backup-job';
import type { Action } from './draft';
import { eventOf } from './events';
import type { Surroundings } from './observe';
import type { Observed, Refusal } from './observed';
import { isFailure, settingsOf } from './settings';
import { attachmentView } from './views';

/** Carries out what a plan decided, once its status is written. */
export async function act(
  around: Surroundings & { instance: string; onEventLost(error: unknown): void },
  observed: Observed,
  actions: readonly Action[],
): Promise<void> {
  const { kube, at } = around;
  const events = actions.filter((action) => action.type === 'event');
  // Jobs first: people can wait for words longer than volumes for their backup.
  for (const action of actions)
    if (action.type === 'createJob') await createJob(around, observed, action.job);
  for (const action of actions)
    if (action.type === 'deleteJob')
      await kube.delete(RESOURCES.jobs, action.name, at.jobNamespace, { uid: action.uid }).catch((error) => {
        if (!isKubeError(error, 'Conflict')) throw error;
      });
  for (const { event } of events)
    await kube
      .create(RESOURCES.events, eventOf(observed.backup, event, around.instance, new Date()))
      .catch(around.onEventLost);
}

async function createJob(around: Surroundings, observed: Observed, job: BackupJob): Promise<void> {
  const { kube, at, refusals, slots } = around;
  const { backup, config } = observed;
  const settings = config && settingsOf(backup, config, at.jobNamespace);
  if (!settings || isFailure(settings)) return;
  slots.claim(job.group.job, job.group.node, backup.metadata.uid);
  await reachable(around, backup, job);
  const template = await kube.get<PodTemplate>(
    RESOURCES.podTemplates,
    podTemplateName('mover'),
    at.jobNamespace,
  );
  if (!template) {
    const message = `There is no PodTemplate ${podTemplateName('mover')} in namespace ${at.jobNamespace}, from which Jobs are made: deploy BackupOperator.`;
    refusals.set(job.group.job, { job: job.group.job, reason: 'PodNotStarted', message, final: false });
    throw new Error(message);
  }
  try {
    await kube.create(RESOURCES.jobs, backupJob(job, template, backup, settings, at));
    refusals.delete(job.group.job);
  } catch (error) {
    if (isKubeError(error, 'AlreadyExists')) return;
    if (isKubeError(error) && error.status >= 400 && error.status < 500)
      refusals.set(job.group.job, refusalOf(job.group.job, error.status, error.message));
    throw error;
  }
}

const refusalOf = (job: string, status: number, message: string): Refusal => ({
  job,
  reason: status === 403 ? 'NotPermitted' : 'PodNotStarted',
  message: `The API server refused Job ${job}: ${message}`,
  // What is forbidden now may be a quota that has room again; what is invalid stays invalid.
  final: status === 400 || status === 422,
});

/** The mirror may lag behind a volume that just moved: what decided the placement is read anew. */
async function reachable({ kube }: Surroundings, backup: ServiceBackup, job: BackupJob): Promise<void> {
  for (const { attachment, node } of job.placements) {
    if (!attachment) continue;
    const found = await kube.get<VolumeAttachment>(RESOURCES.volumeAttachments, attachment);
    const view = found && attachmentView(found);
    if (!view?.attached || view.deleting || view.node !== node)
      throw new Error(
        `VolumeAttachment ${attachment} of ${backup.metadata.namespace}/${backup.metadata.name} has just changed: placed again.`,
      );
  }
}
