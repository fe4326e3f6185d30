import type { Observed } from './observed';
import type { PodView } from './views';

/**
 * The pods of this ServiceBackup's Jobs whose mover has ended for certain: a lock that names one of them is nobody's. The kubelet
 * must have said so, or its node be gone: a pod that was only told to go may live on, on a node that is cut off.
 */
export function deadPods({ jobs, pods, nodes }: Pick<Observed, 'jobs' | 'pods' | 'nodes'>): string[] {
  return jobs.flatMap(({ name }) => {
    const pod = pods[name];
    return pod && (ended(pod) || (pod.node !== '' && !nodes[pod.node])) ? [pod.name] : [];
  });
}

// Garbage collection and eviction by a taint write a phase without asking the kubelet.
const ended = ({ terminated, phase, disrupted }: PodView): boolean =>
  terminated !== undefined ||
  (['Succeeded', 'Failed'].includes(phase) && (!disrupted || disrupted === 'TerminationByKubelet'));
