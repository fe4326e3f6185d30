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

/** A mover, other than the named Job's, that may still be at work in the repository: nothing that must be alone there is begun. */
export function mayLive(seen: Seen, job?: string): { reason: 'MoverMayLive'; message: string } | undefined {
  const zombie = all(seen).find((pod) => pod.job !== job && pod.node !== '' && !isDead(pod, seen.nodes));
  return (
    zombie && {
      reason: 'MoverMayLive',
      message: `The mover of pod ${zombie.name} on ${zombie.node} may still be at work: nothing is forgotten, checked or pruned until it has ended for certain. Bring the node back, or delete it ('kubectl delete node ${zombie.node}') if it is gone for good.`,
    }
  );
}

export const isDead = (pod: PodView, nodes: Observed['nodes']): boolean =>
  ended(pod) || (pod.node !== '' && !nodes[pod.node]);

// Garbage collection and eviction by a taint write a phase without asking the kubelet.
const ended = ({ terminated, phase, disrupted }: PodView): boolean =>
  terminated !== undefined ||
  (['Succeeded', 'Failed'].includes(phase) && (!disrupted || disrupted === 'TerminationByKubelet'));
