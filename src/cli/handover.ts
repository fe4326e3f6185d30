import { type ServiceReference as ClaimReference, nameOf } from './service-reference';

/*
 * A volume changes its claim, across namespaces. No Kubernetes call does that at once, so it is a walk, and at each step
 * of it the data must survive that nobody takes the next one:
 *
 *   volume            temporary claim   target claim   next
 *   Delete, temp      bound             -              keep the volume (Retain, and a note of what for)
 *   Retain, temp      bound, Job left   -              delete the Job
 *   Retain, temp      bound, pod left   -              wait for the pod, then for the detachment
 *   Retain, temp      bound             -              delete the temporary claim
 *   Retain, temp      -                 -              give the volume to the target's name
 *   Retain, target    -                 -              create the target claim
 *   Retain, target    -                 Pending        wait
 *   Retain, target    -                 Bound          put the reclaim policy back, remove the note
 *   Delete, target    -                 Bound          done
 */

/** From which claim to which a volume goes. */
export interface Handover {
  from: ClaimReference;
  to: ClaimReference;
  /** The reclaim policy to put back. */
  policy: ReclaimPolicy;
}

export type ReclaimPolicy = 'Delete' | 'Retain' | 'Recycle';

/** What the cluster says, as far as a hand-over asks. */
export interface Observed {
  volume?: {
    name: string;
    policy: ReclaimPolicy;
    claim?: ClaimReference & { uid?: string };
    /** The volume says for what it is kept, so that another call can finish what one left. */
    noted: boolean;
    deleting: boolean;
  };
  /** The Job that filled the volume. */
  job?: string;
  temporary?: { deleting: boolean };
  /** Pods that mount the temporary claim. */
  pods: string[];
  /** Nodes to which the volume is attached. */
  attachedTo: string[];
  target?: { uid: string; volume?: string; bound: boolean };
}

export type Step =
  | { do: 'keep-volume' }
  | { do: 'delete-job' }
  | { do: 'wait'; for: string }
  | { do: 'delete-temporary-claim' }
  | { do: 'give-volume' }
  | { do: 'create-target-claim' }
  | { do: 'put-policy-back' }
  | { do: 'stop'; because: string }
  | { do: 'done' };

const isClaim = (a: ClaimReference | undefined, b: ClaimReference): boolean =>
  a?.namespace === b.namespace && a.name === b.name;

/** The next step of a hand-over. Whatever was observed, no step leads to a volume with data, policy Delete and no claim. */
export function nextStep(handover: Handover, seen: Observed): Step {
  const { volume, target } = seen;
  if (!volume) return stop('its volume is gone');
  if (volume.deleting) return stop(`its volume ${volume.name} is being deleted`);
  if (target && target.volume !== volume.name)
    return stop(
      `another claim ${nameOf(handover.to)} was created meanwhile: delete it, or restore under another name`,
    );

  if (isClaim(volume.claim, handover.to)) {
    if (target?.bound && volume.claim?.uid === target.uid)
      return volume.noted || volume.policy !== handover.policy ? { do: 'put-policy-back' } : { do: 'done' };
    if (!kept(volume)) return { do: 'keep-volume' };
    return target
      ? { do: 'wait', for: `claim ${nameOf(handover.to)} to be bound to volume ${volume.name}` }
      : { do: 'create-target-claim' };
  }
  if (volume.claim && !isClaim(volume.claim, handover.from))
    return stop(`its volume ${volume.name} was given to another claim, ${nameOf(volume.claim)}`);

  if (!kept(volume)) return { do: 'keep-volume' };
  if (seen.job) return { do: 'delete-job' };
  if (seen.pods.length > 0) return { do: 'wait', for: `pod ${seen.pods.join(', ')} to be gone` };
  if (seen.attachedTo.length > 0)
    return { do: 'wait', for: `volume ${volume.name} to be detached from ${seen.attachedTo.join(', ')}` };
  if (seen.temporary)
    return seen.temporary.deleting
      ? { do: 'wait', for: `temporary claim ${nameOf(handover.from)} to be gone` }
      : { do: 'delete-temporary-claim' };
  return { do: 'give-volume' };
}

const kept = (volume: NonNullable<Observed['volume']>): boolean => volume.policy === 'Retain' && volume.noted;

const stop = (because: string): Step => ({ do: 'stop', because });
