import { setTimeout as sleep } from 'node:timers/promises';
import { isKubeError } from '../kube/error';
import type { Job, PersistentVolume, PersistentVolumeClaim, Pod, VolumeAttachment } from '../kube/objects';
import { RESOURCES } from '../kube/resources';
import type { Rest } from '../kube/rest';
import { explain } from './explain';
import { Failure } from './failure';
import { nextStep, type Observed, type ReclaimPolicy, type Step } from './handover';
import {
  givenVolume,
  type HandoverNote,
  type HandoverPlan,
  handedOverVolume,
  keptVolume,
  noteOf,
} from './handover-note';
import type { Narrator } from './narrator';
import { LOOK_AGAIN, patiently } from './patience';
import { nameOf } from './service-reference';

/** A forced detachment takes Kubernetes 6 minutes; longer than this, nothing will come by waiting. */
const LONGEST_WAIT = 10 * 60_000;

export interface HandoverTools {
  kube: Rest;
  narrator: Narrator;
  signal: AbortSignal;
}

interface Seen {
  observed: Observed;
  volume?: PersistentVolume;
  temporary?: PersistentVolumeClaim;
}

/**
 * Gives a volume to the claim that was asked for. Can be called again at any point, by another process too: it looks where
 * things stand and goes on from there.
 *
 * @throws Failure that says where the data is.
 */
export async function handOver(
  volume: string,
  plan: HandoverPlan,
  target: PersistentVolumeClaim,
  tools: HandoverTools,
): Promise<void> {
  const progress = { kept: false };
  let why: string | undefined;
  let again = false;
  try {
    why = await walk(volume, plan, target, tools, progress);
  } catch (error) {
    why = tools.signal.aborted ? 'it was interrupted' : explain(error).replace(/\.$/, '');
    again = true;
  }
  if (why !== undefined) throw new Failure(tellLeft(volume, plan, why, progress.kept, again));
}

/** Takes step after step to the end, or to where only a person can go on: gives why. */
async function walk(
  name: string,
  plan: HandoverPlan,
  target: PersistentVolumeClaim,
  { kube, narrator, signal }: HandoverTools,
  progress: { kept: boolean },
): Promise<string | undefined> {
  let waiting = { for: '', since: Date.now() };
  for (;;) {
    // Nobody's impatience leaves a volume that would be deleted.
    if (progress.kept) signal.throwIfAborted();
    const seen = await patiently(() => observe(name, plan, kube), { narrator });
    const policy = (seen.volume && noteOf(seen.volume)?.policy) ?? seen.observed.volume?.policy ?? 'Retain';
    const note: HandoverNote = { ...plan, policy };
    const step = nextStep(note, seen.observed);
    if (step.do !== 'keep-volume') progress.kept = seen.observed.volume?.policy === 'Retain';
    if (step.do === 'done') return undefined;
    if (step.do === 'stop') return step.because;
    if (step.do === 'wait') {
      if (step.for !== waiting.for) waiting = { for: step.for, since: Date.now() };
      if (Date.now() - waiting.since > LONGEST_WAIT)
        throw new Error(`10 minutes were not enough for ${step.for}`);
      narrator.waitFor(step.for);
      await sleep(LOOK_AGAIN, undefined, { signal });
      continue;
    }
    narrator.waitFor(TELL[step.do]);
    try {
      await take(step, seen, note, target, kube);
    } catch (error) {
      // Somebody wrote at the same moment: look again.
      if (!isKubeError(error, 'Conflict') && !isKubeError(error, 'AlreadyExists')) throw error;
      await sleep(LOOK_AGAIN);
    }
  }
}

type Deed = Exclude<Step['do'], 'wait' | 'stop' | 'done'>;

const TELL: Record<Deed, string> = {
  'keep-volume': 'the volume to be kept',
  'delete-job': 'the Job to be deleted',
  'delete-temporary-claim': 'the temporary claim to be deleted',
  'give-volume': 'the volume to be given away',
  'create-target-claim': 'the claim to be created',
  'put-policy-back': 'the reclaim policy to be put back',
};

async function take(
  step: Extract<Step, { do: Deed }>,
  { observed, volume, temporary }: Seen,
  note: HandoverNote,
  target: PersistentVolumeClaim,
  kube: Rest,
): Promise<unknown> {
  if (!volume) return;
  const { persistentVolumes, persistentVolumeClaims, jobs } = RESOURCES;
  switch (step.do) {
    case 'keep-volume':
      return kube.replace(persistentVolumes, keptVolume(volume, note));
    case 'delete-job':
      return kube.delete(jobs, observed.job ?? '', note.from.namespace);
    case 'delete-temporary-claim':
      return kube.delete(persistentVolumeClaims, note.from.name, note.from.namespace, {
        uid: temporary?.metadata.uid,
      });
    case 'give-volume':
      return kube.replace(persistentVolumes, givenVolume(volume, note));
    case 'create-target-claim':
      return kube.create(persistentVolumeClaims, {
        ...target,
        spec: { ...target.spec, volumeName: volume.metadata.name },
      });
    case 'put-policy-back':
      return kube.replace(persistentVolumes, handedOverVolume(volume, note));
  }
}

async function observe(name: string, { from, to }: HandoverPlan, kube: Rest): Promise<Seen> {
  const [volume, temporary, target, job, pods] = await Promise.all([
    kube.get<PersistentVolume>(RESOURCES.persistentVolumes, name),
    kube.get<PersistentVolumeClaim>(RESOURCES.persistentVolumeClaims, from.name, from.namespace),
    kube.get<PersistentVolumeClaim>(RESOURCES.persistentVolumeClaims, to.name, to.namespace),
    // The Job and its temporary claim have one name.
    kube.get<Job>(RESOURCES.jobs, from.name, from.namespace),
    kube.list<Pod>(RESOURCES.pods, { namespace: from.namespace }),
  ]);
  const users = pods.filter((pod) => mounts(pod, from.name)).map((pod) => pod.metadata.name);
  const given = volume?.spec?.claimRef?.namespace === to.namespace && volume.spec.claimRef.name === to.name;
  // A cluster may have thousands of attachments: asked only when the answer decides.
  const attachments =
    users.length > 0 || given ? [] : await kube.list<VolumeAttachment>(RESOURCES.volumeAttachments);
  return {
    volume,
    temporary,
    observed: {
      ...(volume && {
        volume: {
          name,
          policy: (volume.spec?.persistentVolumeReclaimPolicy ?? 'Retain') as ReclaimPolicy,
          ...(volume.spec?.claimRef && {
            claim: {
              namespace: volume.spec.claimRef.namespace ?? '',
              name: volume.spec.claimRef.name ?? '',
              uid: volume.spec.claimRef.uid,
            },
          }),
          noted: noteOf(volume) !== undefined,
          deleting: volume.metadata.deletionTimestamp !== undefined,
        },
      }),
      ...(job && !job.metadata.deletionTimestamp && { job: job.metadata.name }),
      ...(temporary && { temporary: { deleting: temporary.metadata.deletionTimestamp !== undefined } }),
      pods: users,
      attachedTo: attachments
        .filter((a) => a.spec.source.persistentVolumeName === name)
        .map((a) => a.spec.nodeName),
      ...(target && {
        target: {
          uid: target.metadata.uid ?? '',
          volume: target.spec?.volumeName,
          bound: target.status?.phase === 'Bound',
        },
      }),
    },
  };
}

const mounts = (pod: Pod, claim: string): boolean =>
  (pod.spec?.volumes ?? []).some(
    (v) => (v.persistentVolumeClaim as { claimName?: string } | undefined)?.claimName === claim,
  );

function tellLeft(
  volume: string,
  { from, to }: HandoverPlan,
  why: string,
  kept: boolean,
  again: boolean,
): string {
  const where = kept
    ? `It is on PersistentVolume ${volume}, which is kept (reclaim policy Retain).`
    : `It is on PersistentVolume ${volume} as long as Job and claim ${nameOf(from)} are there, a day at most.`;
  const next = kept && again ? ' Give the same command again to finish.' : '';
  return `The data is restored, but not in claim ${nameOf(to)}: ${why}. ${where}${next}`;
}
