import type { Observed } from './observed';
import type { PodView } from './views';

type Seen = Pick<Observed, 'pods' | 'formerPods' | 'erasedPods' | 'nodes'>;

const all = ({ pods, formerPods = [] }: Seen): PodView[] => [...Object.values(pods), ...formerPods];

/**
 * The pods of this ServiceBackup's Jobs whose mover has ended for certain: a lock that names one of them is nobody's. The kubelet
 * must have said so, or its node be gone: a pod that was only told to go may live on, on a node that is cut off.
 */
export const deadPods = (seen: Seen): string[] => [
  ...all(seen)
    .filter((pod) => isDead(pod, seen.nodes))
    .map(({ name }) => name),
  ...(seen.erasedPods ?? []),
];

type Witness = Seen & { jobs?: Observed['jobs'] };

/** A mover, other than the named Job's, that may still be at work in the repository: nothing that must be alone there is begun. */
export function mayLive(seen: Witness, job?: string): Zombie | undefined {
  const pod = all(seen).find((view) => view.job !== job && view.node !== '' && !isDead(view, seen.nodes));
  if (pod)
    return zombie(
      `The mover of pod ${pod.name} on ${pod.node} may still be at work`,
      `Bring the node back, or delete it ('kubectl delete node ${pod.node}') if it is gone for good.`,
      seen.nodes[pod.node]?.ready === true,
    );
  // A Job that was given up since its pod did not start: it may have started since.
  const given = seen.jobs?.find(({ name, end }) => name !== job && !end && !hasEnded(seen, name));
  return (
    given && zombie(`The mover of Job ${given.name} may have begun`, 'The next run sees how it ended.', true)
  );
}

interface Zombie {
  reason: 'MoverMayLive';
  message: string;
  /** Its node answers: how it ended will be told within seconds. */
  passing: boolean;
}

const zombie = (what: string, mend: string, passing: boolean): Zombie => ({
  reason: 'MoverMayLive',
  passing,
  message: `${what}: nothing is forgotten, checked or pruned until it has ended for certain. ${mend}`,
});

function hasEnded(seen: Witness, job: string): boolean {
  const pods = all(seen).filter((view) => view.job === job);
  return pods.length > 0 && pods.every((view) => isDead(view, seen.nodes));
}

export const isDead = (pod: PodView, nodes: Observed['nodes']): boolean =>
  ended(pod) || (pod.node !== '' && !nodes[pod.node]);

// Garbage collection and eviction by a taint write a phase without asking the kubelet.
const ended = ({ terminated, phase, disrupted }: PodView): boolean =>
  terminated !== undefined ||
  (['Succeeded', 'Failed'].includes(phase) && (!disrupted || disrupted === 'TerminationByKubelet'));
