import type { ServiceBackup } from '../api/kinds';
import { isKubeError } from '../kube/error';
import type { Event, Job, Pod } from '../kube/objects';
import { RESOURCES } from '../kube/resources';
import type { Rest } from '../kube/rest';
import { claimantOf } from './backup-view';
import { bucketOwner } from './bucket-owner';
import { byName } from './by-name';
import type { Clock } from './clock';
import type { Displacement } from './displacement';
import type { ErasedPods } from './erased-pods';
import { goneProgram } from './former-version';
import type { Kept } from './kept';
import type { Mirrors } from './mirrors';
import type { Observed, Refusal } from './observed';
import type { Slots } from './slots';
import { openStep, readsBuckets, type Step, templateOf } from './step';
import { type JobView, jobView, type PodView, podView } from './views';

/** An ordinary mount takes less. Milliseconds. */
const ORDINARY_MOUNT = 5000;
const CAUSE = /^(MountVolume|AttachVolume|Multi-Attach)/;

export interface Surroundings {
  kube: Rest;
  mirrors: Mirrors;
  at: Observed['at'];
  slots: Slots;
  refusals: Map<string, Refusal>;
  clock: Clock;
  kept: Kept;
  displacement: Pick<Displacement, 'displaced'>;
  erased: Pick<ErasedPods, 'of'>;
  /** UIDs of Jobs that we have deleted or are about to, and that the mirror still has. */
  deletedJobs: Set<string>;
}

/**
 * What is there now, without the places of items. All but one or two GETs comes from the mirrors, which may lag: what a lag could
 * spoil is read anew (the ServiceBackup itself, an open step's Job that is not in the mirror).
 */
export async function observe(around: Surroundings, backup: ServiceBackup): Promise<Observed> {
  const { kube, mirrors, at, slots, refusals } = around;
  const { uid } = backup.metadata;
  const step = openStep(backup.status?.run);
  const open = step?.job;
  const jobs = mirrors.jobs.by('owner', uid).filter((job) => !around.deletedJobs.has(job.uid));
  const { pods, formerPods } = byJob(mirrors.pods.by('owner', uid));
  if (open && !jobs.some(({ name }) => name === open)) {
    const job = await kube.get<Job>(RESOURCES.jobs, open, at.jobNamespace);
    if (job) jobs.push(jobView(job));
  }
  // A Job has ended, but its pod has not been seen: the report is in the pod.
  if (open && !pods[open]?.terminated && jobs.some(({ name, end }) => name === open && end)) {
    const [pod] = await kube.list<Pod>(RESOURCES.pods, {
      namespace: at.jobNamespace,
      labelSelector: `batch.kubernetes.io/job-name=${open}`,
    });
    if (pod) pods[open] = podView(pod);
  }
  const configOf = (name: string) => mirrors.configs.get(`${at.operatorNamespace}/${name}`);
  const sameBucket = mirrors.backups.by('bucket', backup.spec.backupBucketName);
  const me = claimantOf(backup);
  const owner = bucketOwner(me, sameBucket, (claimant) => {
    const its = configOf(claimant.config);
    return its && 'config' in its ? its.config : undefined;
  });
  const config = configOf(me.config);
  return {
    backup,
    at,
    ...(config && ('config' in config ? { config: config.config } : { configMisfit: config.misfit })),
    ...(owner && { bucketOwner: `${owner.namespace}/${owner.name}` }),
    jobs,
    pods,
    ...(formerPods.length > 0 && { formerPods }),
    erasedPods: around.erased.of(uid),
    nodes: mirrors.nodesByName,
    busy: slots.turns.busy(uid),
    displaced: around.displacement.displaced(`${backup.metadata.namespace}/${backup.metadata.name}`),
    ...(open && refusals.get(open) && { refusal: refusals.get(open) }),
    ...(step && (await failedMounts(around, step, jobs, pods[step.job]))),
  };
}

/** The pod of each Job; and those of Jobs of the same name that were deleted before, which may live on. */
function byJob(all: readonly PodView[]): { pods: Record<string, PodView>; formerPods: PodView[] } {
  const last = [...all].sort((a, b) => Number(b.deleting) - Number(a.deleting));
  const pods = byName(last.map((pod) => [pod.job, pod]));
  return { pods, formerPods: all.filter((pod) => pods[pod.job] !== pod) };
}

/** Why the kubelet cannot mount a volume stands nowhere but in events about the pod, which are not followed: they are read while it waits. */
async function failedMounts(
  { kube, at, clock, mirrors }: Surroundings,
  step: Step,
  jobs: readonly JobView[],
  pod: PodView | undefined,
): Promise<Pick<Observed, 'failedMounts' | 'goneProgram'>> {
  const job = jobs.find(({ name }) => name === step.job);
  if (!job || !pod?.node || pod.started || pod.sandbox !== false) return {};
  if (clock.now() - Date.parse(job.createdAt) < ORDINARY_MOUNT) return {};
  try {
    const about = (reason: string) =>
      kube.list<Event>(RESOURCES.events, {
        namespace: at.jobNamespace,
        fieldSelector: `involvedObject.kind=Pod,involvedObject.name=${pod.name},reason=${reason}`,
      });
    // What buckets are copied to is attached for the pod; volumes that are backed up are.
    const events = [
      ...(await about('FailedMount')),
      ...(readsBuckets(step) ? await about('FailedAttachVolume') : []),
    ];
    // There is another message, that it waited in vain, which names no cause.
    const words = events.map(({ message = '' }) => message).filter((text) => CAUSE.test(text));
    const said = [...new Set(words)].sort();
    const gone = goneProgram(said, mirrors.templates.get(`${at.jobNamespace}/${templateOf(step)}`));
    return { failedMounts: said, ...(gone && { goneProgram: gone }) };
  } catch (error) {
    // Without the right to read them it is known only at the deadline, and less well.
    if (isKubeError(error, 'Forbidden')) return {};
    throw error;
  }
}
