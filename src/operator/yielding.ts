import type { RunGroup } from '../api/service-backup';
import type { Draft } from './draft';
import type { Failure } from './failure';
import { LOOK_AGAIN, letGo } from './letting-go';
import type { Observed } from './observed';
import type { Settings } from './settings';
import { openStep } from './step';
import type { JobView } from './views';

const waiting = ({ displaced = [] }: Observed, { items }: RunGroup) =>
  displaced.find(({ item }) => items.includes(item));

/** True when the service must start elsewhere, and cannot before this group's Job lets go of its volume. */
export const isWaitedFor = (observed: Observed, group: RunGroup): boolean =>
  waiting(observed, group) !== undefined;

/**
 * A backup must not keep its service from running. The kubelet cannot unmount a volume that a Job reads, and says so nowhere: the Job
 * is ended, and what it had not read yet is placed again.
 */
export function beginToYield(
  draft: Draft,
  observed: Observed,
  group: RunGroup,
  job: JobView,
  now: Date,
): void {
  const { pod, node, item } = waiting(observed, group)!;
  group.yieldsTo = pod;
  draft.event(
    'Normal',
    'BackupYields',
    `Pod ${pod} must start on ${node} and needs the volume of ${item}: Job ${job.name} on ${group.node} is ended, and the volume is read where it goes.`,
  );
  end(draft, job);
  draft.wakeAt(now.getTime() + LOOK_AGAIN);
}

/** A step gives way: its Job is told to end until it has. */
export function giveWay(draft: Draft, observed: Observed, settings: Settings | Failure, now: Date): void {
  const group = openStep(draft.status.run) as RunGroup;
  const message = `The backup gave way to pod ${group.yieldsTo}, which must start on another node.`;
  if (letGo(draft, observed, settings, group, { reason: 'VolumeMoved', message }, now)) return;
  // Written before it was done: whoever was killed between the two has it done now.
  const job = observed.jobs.find(({ name }) => name === group.job);
  if (job) end(draft, job);
}

const end = (draft: Draft, { name, uid }: JobView): void => {
  draft.actions.push({ type: 'deleteJob', name, uid });
};
