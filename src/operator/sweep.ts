import { decodeOutcome } from '../api/outcome';
import type { Draft } from './draft';
import type { Observed } from './observed';
import { knownItems, openStep, stepsOf } from './step';
import type { JobView, PodView } from './views';

/** True when nothing of the Job runs any more. */
export const isOver = (job: JobView, pod: PodView | undefined): boolean =>
  job.end !== undefined || (pod !== undefined && isEnded(pod));

export const isEnded = ({ terminated, phase }: PodView): boolean =>
  terminated !== undefined || ['Succeeded', 'Failed'].includes(phase);

/** A Job that reads nothing has no item to tell of its failure. */
const isFailedMaintenance = (job: JobView, pod: PodView | undefined): boolean =>
  job.node === '' &&
  job.scratch === undefined &&
  (job.end?.state === 'Failed' || (pod?.terminated?.exitCode ?? 0) !== 0);

/** A kubelet reads an immutable ConfigMap once for all pods of its node: while the pod that refused a forged program is there, the next ones get that, too. */
const keepsForgery = (pod: PodView | undefined): boolean =>
  decodeOutcome(pod?.terminated?.message ?? '')?.failure?.reason === 'ProgramChanged';

/**
 * Deletes Jobs whose outcome is in status. The last failed one stays until the next run makes its first, for people to look at, and
 * because it proves that its pod has ended. A Job that was given up while it still might run does not stay.
 */
export function sweep(draft: Draft, { jobs, pods }: Observed): void {
  const { run } = draft.status;
  const open = openStep(run)?.job;
  // A run that has made no Job yet waits for a node: it has replaced nothing.
  const items = run && stepsOf(run).length > 0 ? run.done : knownItems(draft.status);
  const failed = new Set(items.filter(({ state }) => state === 'Failed').map(({ job }) => job));
  for (const { job } of run?.retries ?? []) failed.add(job);
  const settled = jobs.filter(({ name }) => name !== open);
  const kept = settled
    .filter((job) => isOver(job, pods[job.name]))
    .filter((job) => failed.has(job.name) || isFailedMaintenance(job, pods[job.name]))
    .filter(({ name }) => !keepsForgery(pods[name]))
    .filter((job) => !run || stepsOf(run).length === 0 || job.run === run.id)
    .sort((a, b) => (a.createdAt < b.createdAt ? 1 : -1))[0];
  for (const job of settled)
    if (job !== kept) draft.actions.push({ type: 'deleteJob', name: job.name, uid: job.uid });
}
