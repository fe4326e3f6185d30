import { setTimeout as sleep } from 'node:timers/promises';
import { isKubeError } from '../kube/error';
import type { Job, PersistentVolume, PersistentVolumeClaim, Pod, VolumeAttachment } from '../kube/objects';
import { RESOURCES } from '../kube/resources';
import type { Rest } from '../kube/rest';
import { Failure } from './failure';
import { nextStep, type Observed, type ReclaimPolicy, type Step } from './handover';
import { givenVolume, type HandoverNote, handedOverVolume, keptVolume, noteOf } from './handover-note';
import type { Narrator } from './narrator';
import { nameOf } from './service-reference';

/** A forced detachment takes Kubernetes 6 minutes; longer than this, nothing will come by waiting. */
const LONGEST_WAIT = 10 * 60_000;
const LOOK_AGAIN = 500;

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
  volumeName: string,
  note: HandoverNote,
  target: PersistentVolumeClaim,
  { kube, narrator, signal }: HandoverTools,
): Promise<void> {
  let waitingSince = Date.now();
  let waitingFor = '';
  for (;;) {
    if (signal.aborted) throw left(volumeName, note, 'it was interrupted', true);
    const seen = await observe(volumeName, note, kube);
    const step = nextStep(note, seen.observed);
    if (step.do === 'done') return;
    if (step.do === 'stop') throw left(volumeName, note, step.because, false);
    if (step.do === 'wait') {
      if (step.for !== waitingFor) waitingSince = Date.now();
      waitingFor = step.for;
      if (Date.now() - waitingSince > LONGEST_WAIT)
        throw left(volumeName, note, `10 minutes were not enough for ${step.for}`, true);
      narrator.waitFor(step.for);
      await sleep(LOOK_AGAIN);
      continue;
    }
    narrator.waitFor(TELL[step.do]);
    try {
      await take(step, seen, note, target, kube);
    } catch (error) {
      // Somebody wrote at the same moment: look again.
      if (isKubeError(error, 'Conflict') || isKubeError(error, 'AlreadyExists')) {
        await sleep(LOOK_AGAIN);
        continue;
      }
      throw left(volumeName, note, error instanceof Error ? error.message : String(error), true);
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

async function observe(name: string, { from, to }: HandoverNote, kube: Rest): Promise<Seen> {
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

function left(volume: string, { from, to, policy }: HandoverNote, why: string, again: boolean): Failure {
  const next = again ? ' Give the same command again to finish.' : '';
  return new Failure(
    `The data is restored, but not yet in claim ${nameOf(to)}: ${why}. It is on PersistentVolume ${volume}, which is kept (reclaim policy Retain, ${policy} before; claim ${nameOf(from)} until then).${next}`,
  );
}
