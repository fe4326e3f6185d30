import type { StepJob } from '../../src/operator/step-job';

/** What a Job's mover is told to do, as the simulated mover needs it. */
export interface Work {
  run: string;
  /** Of volumes, or buckets, in the order of its report. */
  items: readonly string[];
  /** The node to which it is bound; none: any will do. */
  node?: string;
  /** Of buckets: the claim that they are copied to; '' for a volume of its own. */
  scratch?: string;
  recall: readonly string[];
  /** Each needs the repository for itself. */
  retention: boolean;
  check: boolean;
  prune: boolean;
  /** Pods whose locks it may remove. */
  deadPods: readonly string[];
}

/** The task that a Job carries, read off what it was made from. */
export function workOf(wanted: StepJob, deadPods: readonly string[]): Work {
  const { run } = wanted;
  const retention = wanted.retentionOf !== undefined;
  if ('placements' in wanted || 'buckets' in wanted) {
    const { node, items } = wanted.step;
    const bound = 'placements' in wanted ? { node } : { scratch: wanted.buckets[0]?.claim ?? '' };
    return { run, items, ...bound, recall: [], retention, check: false, prune: false, deadPods };
  }
  const { recall = [], check = false, prune = false } = wanted.step;
  return { run, items: [], recall, retention, check, prune, deadPods };
}

/** `retention`: `forget`; it, `check` and `prune` take restic's exclusive lock. */
export const isExclusive = ({ retention, check, prune }: Work): boolean => retention || check || prune;
