import type { Maintenance } from '../api/service-backup';
import type { Draft } from './draft';
import type { Failure } from './failure';
import { instant } from './instant';
import { mayLive } from './living-pods';
import { maintenanceDue } from './maintenance-due';
import type { Observed } from './observed';
import { recalledItem } from './outcome-to-status';
import { succeeded } from './retention-task';
import { retentionFailed } from './retention-told';
import { runEndsAt, secondsLeft, tooLate } from './run-deadline';
import { finishRun } from './run-finish';
import { isFailure, type Settings } from './settings';
import { settle } from './settled';
import { isExclusive, nextJobName } from './step';
import { isWorthWaiting } from './worth-waiting';

/** Every item has been dealt with: decides what is done for the repository, or ends the run. */
export function nextMaintenance(
  draft: Draft,
  observed: Observed,
  settings: Settings | Failure,
  now: Date,
): void {
  const run = draft.status.run!;
  if (isFailure(settings)) {
    const keys = observed.config?.spec.serviceBackup.s3BackupConfig.maintenanceCredentials;
    if (keys && !run.retention && succeeded(run).length > 0) retentionFailed(run, settings);
    endUnread(draft, observed, settings, settings, now);
    return;
  }
  const isDue = (zombie: boolean) => maintenanceDue(draft.status, observed.backup, settings, now, zombie);
  const wanted = isDue(false);
  const endsAt = runEndsAt(run, settings, now);
  if (now.getTime() >= endsAt) {
    if (wanted?.retention) retentionFailed(run, tooLate('Nothing was forgotten', endsAt));
    endUnread(draft, observed, settings, tooLate('It was not read back', endsAt), now);
    return;
  }
  const zombie = mayLive(observed);
  if (zombie && wanted && isExclusive(wanted) && isWorthWaiting(draft, observed, settings, now)) return;
  if (zombie && wanted?.retention) retentionFailed(run, zombie);
  const due = zombie ? isDue(true) : wanted;
  if (!due) {
    finishRun(draft, observed, settings, now);
    return;
  }
  draft.wakeAt(endsAt);
  if (observed.busy.length >= settings.maxParallelJobs) {
    draft.waitForTurn({ nodes: [], seconds: 0, limit: settings.maxParallelJobs }, now);
    return;
  }
  const step: Maintenance = { job: nextJobName(observed, run), ...due, startedAt: instant(now) };
  run.maintenance = [...(run.maintenance ?? []), step];
  makeMaintenanceJob(draft, settings, step, now);
}

/** Has the Job of a step made that looks after the repository. */
export function makeMaintenanceJob(draft: Draft, settings: Settings, step: Maintenance, now: Date): void {
  const run = draft.status.run!;
  const deadlineSeconds = secondsLeft(run, settings, now);
  draft.actions.push({
    type: 'createJob',
    job: { step, run: run.id, deadlineSeconds, ...(step.retention && { retentionOf: succeeded(run) }) },
  });
}

/** Ends the run though reports were lost and nothing can be read back. */
function endUnread(
  draft: Draft,
  observed: Observed,
  settings: Settings | Failure,
  why: Failure,
  now: Date,
): void {
  const unknown = draft.status.run!.done.filter(({ state }) => state === 'Unknown');
  settle(
    draft,
    unknown.map((item) => recalledItem(item, undefined, why, now)),
  );
  finishRun(draft, observed, settings, now);
}
