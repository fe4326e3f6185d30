import type { Maintenance } from '../api/service-backup';
import type { Draft } from './draft';
import type { Failure } from './failure';
import { instant } from './instant';
import { maintenanceDue } from './maintenance-due';
import type { Observed } from './observed';
import { recalledItem } from './outcome-to-status';
import { finishRun } from './run-finish';
import { isFailure, type Settings } from './settings';
import { settle } from './settled';
import { nextJobName } from './step';

/** Every volume has been dealt with: decides what is done for the repository, or ends the run. */
export function nextMaintenance(
  draft: Draft,
  observed: Observed,
  settings: Settings | Failure,
  now: Date,
): void {
  const run = draft.status.run!;
  if (isFailure(settings)) {
    const unknown = run.done.filter(({ state }) => state === 'Unknown');
    settle(
      draft,
      unknown.map((item) => recalledItem(item, undefined, settings, now)),
    );
    finishRun(draft, observed, settings, now);
    return;
  }
  const due = maintenanceDue(draft.status, observed.backup, settings, now);
  if (!due) {
    finishRun(draft, observed, settings, now);
    return;
  }
  if (observed.busy.length >= settings.maxParallelJobs) {
    draft.waitForTurn({ nodes: [], seconds: 0, limit: settings.maxParallelJobs }, now);
    return;
  }
  const step: Maintenance = { job: nextJobName(observed, run), ...due, startedAt: instant(now) };
  run.maintenance = [...(run.maintenance ?? []), step];
  draft.actions.push({ type: 'createJob', job: { step, run: run.id } });
}
