import type { Draft } from './draft';
import type { Observed } from './observed';
import type { JobView, PodView } from './views';

/** True when nothing of the Job runs any more. */
export const isOver = (job: JobView, pod: PodView | undefined): boolean =>
  job.end !== undefined ||
  pod?.terminated !== undefined ||
  ['Succeeded', 'Failed'].includes(pod?.phase ?? '');

/**
 * Deletes Jobs whose outcome is in status. The last failed one stays until the next run, for people to look at; a Job that was
 * given up while it still might run does not stay.
 */
export function sweep(draft: Draft, { jobs, pods }: Observed): void {
  const { run, items = [] } = draft.status;
  const open = run?.groups.find(({ finishedAt }) => !finishedAt)?.job;
  const failed = new Set(
    (run ? run.done : items).filter(({ state }) => state === 'Failed').map(({ job }) => job),
  );
  const settled = jobs.filter(({ name }) => name !== open);
  const kept = settled
    .filter((job) => failed.has(job.name) && isOver(job, pods[job.name]))
    .sort((a, b) => (a.createdAt < b.createdAt ? 1 : -1))[0];
  for (const job of settled)
    if (job !== kept) draft.actions.push({ type: 'deleteJob', name: job.name, uid: job.uid });
}
