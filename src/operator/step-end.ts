import type { Draft } from './draft';
import type { Failure } from './failure';
import { endGroup } from './group-end';
import { instant } from './instant';
import type { Ended } from './job-end';
import { endMaintenance } from './maintenance-end';
import type { Observed } from './observed';
import type { Settings } from './settings';
import { isGroup, type Step } from './step';

/** A step is over: what its Job told, and what is true of the rest, goes into status with it. */
export function endStep(
  draft: Draft,
  observed: Observed,
  settings: Settings | Failure,
  step: Step,
  ended: Ended,
  now: Date,
): void {
  if (isGroup(step)) endGroup(draft, observed, step, ended, settings, now);
  else endMaintenance(draft, step, ended, settings, now);
  step.finishedAt = instant(now);
}
