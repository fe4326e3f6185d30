import type { Draft } from './draft';
import { instant } from './instant';
import { runId } from './names';
import type { Observed } from './observed';
import type { Settings } from './settings';

/** A GitOps revert brings old values back: so many are remembered. */
const REMEMBERED = 10;

/** Starts a run when a tick is due or `runNow` has a value that was not seen. A tick missed for whatever reason runs once. */
export function startRun(draft: Draft, { backup }: Observed, settings: Settings, now: Date): void {
  const { status } = draft;
  const { schedule, suspend } = settings;
  // A tick between the declaration and its first reconcile counts: the operator may have been away. So does one whose jitter ends
  // after the declaration: nextBackup announces it.
  const declared = Date.parse(backup.metadata.creationTimestamp ?? instant(now));
  status.scheduledThrough ??= instant(new Date(declared - schedule.jitter));
  const tick = schedule.due(new Date(status.scheduledThrough), now);
  if (tick) status.scheduledThrough = instant(tick);

  const { runNow } = backup.spec;
  const seen = status.seenRunNow ?? [];
  const asked = runNow !== undefined && runNow !== '' && !seen.includes(runNow);
  if (asked) status.seenRunNow = [...seen, runNow].slice(-REMEMBERED);

  const trigger = asked ? 'RunNow' : tick && !suspend ? 'Schedule' : undefined;
  if (!trigger) return;
  status.run = {
    id: runId(asked ? now : tick!, trigger),
    trigger,
    startedAt: instant(now),
    groups: [],
    done: [],
  };
  const why = asked ? `runNow '${runNow}'` : `the schedule's tick of ${instant(tick!)}`;
  draft.event('Normal', 'BackupStarted', `Run ${status.run.id} started by ${why}.`);
}
