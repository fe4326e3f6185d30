import { podTemplateName } from '../api/group';
import type { ItemStatus, Maintenance, Run, RunGroup, ServiceBackupStatus } from '../api/service-backup';
import { jobName } from './names';
import type { Observed } from './observed';

/** What a run does, one after the other: a Job that reads a group's volumes, or buckets, or one that looks after the repository. */
export type Step = RunGroup | Maintenance;

export const isGroup = (step: Step): step is RunGroup => 'node' in step;

/** A group of volumes: its Job is bound to their node. */
export const isOnNode = (step: Step): step is RunGroup => isGroup(step) && step.node !== '';

/** A group of buckets: its Job is bound to no node. */
export const readsBuckets = (step: Step): boolean => isGroup(step) && step.node === '';

/** Whoever forgets, checks or prunes must be alone in the repository; to read back one need not. */
export const isExclusive = ({
  retention,
  check,
  prune,
}: Pick<Maintenance, 'retention' | 'check' | 'prune'>): boolean => Boolean(retention || check || prune);

export const stepsOf = (run: Run | undefined): Step[] =>
  run ? [...run.groups, ...(run.maintenance ?? [])] : [];

/** The step whose Job's end is not in status yet. */
export const openStep = (run: Run | undefined): Step | undefined =>
  stepsOf(run).find(({ finishedAt }) => !finishedAt);

/** Where a run stands, as docs/adr/0009 has it. */
export type State = 'idle' | 'between steps' | 'step open' | 'giving way';

export function stateOf(run: Run | undefined): State {
  if (!run) return 'idle';
  const step = openStep(run);
  if (!step) return 'between steps';
  return isGroup(step) && step.yieldsTo ? 'giving way' : 'step open';
}

/** The PodTemplate that the Job of a step is made from. */
export const templateOf = (step: Step): string =>
  podTemplateName(readsBuckets(step) ? 'bucket' : isGroup(step) ? 'mover' : 'maintenance');

/** The name of the Job that a run makes next. */
export function nextJobName({ backup, at }: Pick<Observed, 'backup' | 'at'>, run: Run): string {
  const { namespace, name, uid } = backup.metadata;
  const step = (run.earlier ?? 0) + stepsOf(run).length + 1;
  return jobName({ cluster: at.cluster, namespace, name, uid, run: run.id, step });
}

/** The items that the Job of a step reports on, in the order of its report. */
export const itemsOf = (step: Step): readonly string[] => (isGroup(step) ? step.items : (step.recall ?? []));

/** The last known of every item: while a run is under way, what it has settled stands there and no more in `items`. */
export const knownItems = (status: ServiceBackupStatus | undefined): ItemStatus[] => [
  ...(status?.items ?? []),
  ...(status?.run?.done ?? []),
];
