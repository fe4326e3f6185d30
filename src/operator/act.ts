import { LABEL } from '../api/group';
import type { ServiceBackup } from '../api/kinds';
import { isKubeError } from '../kube/error';
import type { Pod, PodTemplate, VolumeAttachment } from '../kube/objects';
import { RESOURCES } from '../kube/resources';
import type { BackupJob } from './backup-job';
import type { Action, EventNote } from './draft';
import { eventOf } from './events';
import { deadPods, mayLive } from './living-pods';
import { heartbeat, type Patience } from './notify';
import type { Surroundings } from './observe';
import type { Observed, Refusal } from './observed';
import { repositoryRef } from './repository-ref';
import { isFailure, settingsOf } from './settings';
import { isExclusive, templateOf } from './step';
import { copiesBuckets, readsVolumes, type StepJob, stepJob, takenBy } from './step-job';
import { isOver } from './sweep';
import { attachmentView, podView } from './views';

export interface Acting extends Surroundings {
  /** Name of the operator's pod. */
  instance: string;
  /** Of the heartbeat. */
  patience?: Patience;
  onEventLost(error: unknown): void;
  /** Does what no backup waits for when there is time. */
  later(chore: () => Promise<void>): void;
  /** A Job that is over could not be deleted: it is swept again. */
  onLeftover(error: unknown): void;
}

/** No Job comes, goes and is deleted within this time: one that is made later than that after what it rests on was seen may be made twice. Milliseconds. */
const LATEST = 5000;
/** No mover comes to work, and is left without its Job by somebody, within this time. Milliseconds. */
const AT_ONCE = 1000;

/** Carries out what a plan decided, once its status is written. `seenAt`: when what it rests on was looked at, by the clock that never jumps; `openBefore`: the Job of the step that was open then. */
export async function act(
  around: Acting,
  observed: Observed,
  actions: readonly Action[],
  seenAt: number,
  openBefore: string | undefined,
): Promise<void> {
  // Nobody waits for it: an uptime service that hangs must not hold up a backup.
  for (const action of actions) if (action.type === 'notify') void notify(around, observed, action.url);
  try {
    // Jobs first: people can wait for words longer than volumes for their backup. A new one's task names the pods of those that go.
    for (const action of actions)
      if (action.type === 'createJob') await createJob(around, observed, action.job, seenAt, openBefore);
    for (const action of actions) if (action.type === 'deleteJob') await deleteJob(around, action);
  } finally {
    for (const action of actions)
      if (action.type === 'event') await tell(around, observed.backup, action.event);
  }
}

async function notify(around: Acting, { backup }: Observed, url: string): Promise<void> {
  const trouble = await heartbeat(url, around.patience);
  if (trouble) await tell(around, backup, { type: 'Warning', reason: 'NotifyFailed', message: trouble });
}

/** One at work is told to end at once; one that is over only takes up room. */
async function deleteJob(around: Acting, { name, uid }: { name: string; uid: string }): Promise<void> {
  const { kube, at, mirrors, deletedJobs } = around;
  const remove = async () => {
    try {
      await kube.delete(RESOURCES.jobs, name, at.jobNamespace, { uid });
    } catch (error) {
      // One of the same name, made since: not ours to delete.
      if (!isKubeError(error, 'Conflict')) throw error;
    }
  };
  const job = mirrors.jobNamed(name);
  if (job?.uid !== uid || !isOver(job, mirrors.pods.by('job', name)[0])) {
    await remove();
    if (mirrors.jobNamed(name)?.uid === uid) deletedJobs.add(uid);
    return;
  }
  deletedJobs.add(uid);
  around.later(async () => {
    try {
      await remove();
    } catch (error) {
      deletedJobs.delete(uid);
      around.onLeftover(error);
    }
  });
}

/** What went wrong is told at once. */
export async function tell(around: Acting, backup: ServiceBackup, note: EventNote): Promise<void> {
  const event = eventOf(backup, note, around.instance, new Date(around.clock.now()));
  const write = async () => {
    try {
      await around.kube.create(RESOURCES.events, event);
    } catch (error) {
      // It was told already: its name says so.
      if (!isKubeError(error, 'AlreadyExists')) around.onEventLost(error);
    }
  };
  if (note.type === 'Warning') await write();
  else around.later(write);
}

async function createJob(
  around: Surroundings,
  observed: Observed,
  wanted: StepJob,
  seenAt: number,
  openBefore: string | undefined,
): Promise<void> {
  const { kube, mirrors, at, refusals, slots } = around;
  const { backup, config } = observed;
  const settings = config && settingsOf(backup, config, at.jobNamespace);
  if (!settings || isFailure(settings)) return;
  const { job } = wanted.step;
  slots.turns.claim(job, { node: takenBy(wanted), owner: backup.metadata.uid });
  if (readsVolumes(wanted)) await reachable(around, backup, wanted);
  const late = performance.now() - seenAt > AT_ONCE;
  if (mustBeAlone(wanted)) await alone(around, observed, late || job === openBefore);
  const name = templateOf(wanted.step);
  // One that was deployed this moment is in no mirror yet.
  const template =
    mirrors.templates.get(`${at.jobNamespace}/${name}`) ??
    (await kube.get<PodTemplate>(RESOURCES.podTemplates, name, at.jobNamespace));
  if (!template) {
    const message = `There is no PodTemplate ${name} in namespace ${at.jobNamespace}, from which Jobs are made: deploy BackupOperator.`;
    refusals.set(job, { job, reason: 'PodNotStarted', message, final: false });
    throw new Error(message);
  }
  const repository = repositoryRef(backup, settings, at.cluster, deadPods(observed));
  if (performance.now() - seenAt > LATEST)
    throw new Error(
      `Job ${job} is not made: since it was decided more than ${LATEST / 1000} s have gone by, and it is decided anew.`,
    );
  try {
    const { jobNamespace } = at;
    await kube.create(
      RESOURCES.jobs,
      stepJob(wanted, { template, backup, settings, repository, jobNamespace }),
    );
    refusals.delete(job);
  } catch (error) {
    if (isKubeError(error, 'AlreadyExists')) return;
    if (isKubeError(error) && error.status >= 400 && error.status < 500)
      refusals.set(job, refusalOf(job, error.status, error.message));
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

const mustBeAlone = (wanted: StepJob): boolean =>
  readsVolumes(wanted) || copiesBuckets(wanted) ? wanted.retentionOf !== undefined : isExclusive(wanted.step);

/**
 * The mirror may lag behind a pod that has just started, of a Job that was given up, or that somebody deleted: where something failed,
 * or the Job may have been there before, the pods are read anew.
 */
async function alone(
  { kube, at }: Surroundings,
  { backup, nodes }: Observed,
  before: boolean,
): Promise<void> {
  const { retries = [], done = [] } = backup.status?.run ?? {};
  if (!before && retries.length === 0 && done.every(({ state }) => state === 'Success')) return;
  const pods = await kube.list<Pod>(RESOURCES.pods, {
    namespace: at.jobNamespace,
    labelSelector: `${LABEL.serviceBackup}=${backup.metadata.uid}`,
  });
  // A pod of the same name's Job is another's, too: this one has none yet.
  const other = mayLive({ pods: {}, formerPods: pods.map(podView), nodes });
  if (other) throw new Error(other.message);
}

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
