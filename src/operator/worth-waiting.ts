import type { Run } from '../api/service-backup';
import type { Draft } from './draft';
import { LOOK_AGAIN } from './letting-go';
import { mayLive } from './living-pods';
import type { Observed } from './observed';
import type { Settings } from './settings';
import { stepsOf } from './step';

/** How a mover that was told to end has ended is known soon, if its node answers: then what must be alone waits for that. */
export function isWorthWaiting(
  draft: Draft,
  observed: Observed,
  { startDeadlineSeconds }: Pick<Settings, 'startDeadlineSeconds'>,
  now: Date,
): boolean {
  const patience = lastProgress(draft.status.run!) + startDeadlineSeconds * 1000;
  if (!mayLive(observed)?.passing || now.getTime() >= patience) return false;
  draft.wakeAt(Math.min(patience, now.getTime() + LOOK_AGAIN));
  return true;
}

/** How long a right that is missing is waited for, and how often it is tried. Milliseconds. */
const PERMISSION_PATIENCE = 15_000;
const PERMISSION_PAUSE = 2000;

/** A declaration is applied object by object: its RoleBinding may come after it. False when that has been waited for long enough. */
export function waitsForRights(draft: Draft, now: Date): boolean {
  if (now.getTime() >= lastProgress(draft.status.run!) + PERMISSION_PATIENCE) return false;
  draft.wakeAt(now.getTime() + PERMISSION_PAUSE);
  return true;
}

/** When something of a run was done last. Milliseconds. */
export const lastProgress = (run: Run): number =>
  Math.max(
    ...[run.startedAt, ...stepsOf(run).map(({ finishedAt = '' }) => finishedAt)].map(
      (at) => Date.parse(at) || 0,
    ),
  );
