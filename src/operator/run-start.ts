import { ANNOTATION } from '../api/group';
import type { ServiceBackup } from '../api/kinds';
import type { ServiceBackupStatus } from '../api/service-backup';
import type { Draft } from './draft';
import { type Failure, sentence } from './failure';
import { instant } from './instant';
import { instantOfRun, runId } from './names';
import type { Observed } from './observed';
import { scheduleFrom } from './schedule';
import { isFailure, type Settings } from './settings';

/** A GitOps revert brings old values back: so many are remembered. */
const REMEMBERED = 10;
const LONGEST_VALUE = 128;

/** Starts a run when a tick is due or somebody asks for one with a value that was not seen. */
export function startRun(draft: Draft, { backup }: Observed, settings: Settings | Failure, now: Date): void {
  // Nothing starts, and nothing is settled: ticks and wishes wait until the config can be used.
  if (isFailure(settings)) return;
  const { status } = draft;
  const tick = dueTick(draft, backup, settings, now);
  const asked = takeUnseen(backup, status);
  if (asked.length === 0 && !tick) return;
  const [value] = asked;
  status.run = {
    id: value === undefined ? runId(tick!, 'Schedule') : runId(after(status.lastBackup?.run, now), 'RunNow'),
    trigger: value === undefined ? 'Schedule' : 'RunNow',
    startedAt: instant(now),
    ...(value === undefined && { tick: instant(tick!) }),
    groups: [],
    done: [],
  };
  // Who asked looks for an answer; of a tick it is told when the run has ended.
  if (value !== undefined)
    draft.event('Normal', 'BackupStarted', `Run ${status.run.id} started by runNow '${value}'.`);
}

/** Now; or, with a clock that was put back, the instant after the last run's. */
const after = (last: string | undefined, now: Date): Date =>
  new Date(Math.max(now.getTime(), last === undefined ? 0 : instantOfRun(last) + 1));

/** Values that start a run: one run is enough for several that were asked for since the last one began. They are seen from now on. */
function takeUnseen({ spec, metadata }: ServiceBackup, status: ServiceBackupStatus): string[] {
  const seen = status.seenRunNow ?? [];
  // An annotation has no schema; status takes what runNow may be.
  const annotation = metadata.annotations?.[ANNOTATION.runNow]?.slice(0, LONGEST_VALUE);
  const values = [...new Set([spec.runNow, annotation])].filter((value): value is string => !!value);
  const asked = values.filter((value) => !seen.includes(value));
  // What still stands there is never forgotten, however many others come and go.
  if (asked.length > 0)
    status.seenRunNow = [...seen.filter((value) => !values.includes(value)), ...values].slice(-REMEMBERED);
  return asked;
}

/** The tick of which a run is to be made now. All ticks up to now are settled by it: of several that were missed, one run is made. */
function dueTick(draft: Draft, backup: ServiceBackup, settings: Settings, now: Date): Date | undefined {
  const { status } = draft;
  const { schedule, suspend, startingDeadlineSeconds } = settings;
  // A tick between the declaration and its first reconcile counts: the operator may have been away. So does one whose jitter ends
  // after the declaration: nextBackup announces it.
  const declared = Date.parse(backup.metadata.creationTimestamp ?? instant(now));
  status.scheduledThrough ??= instant(new Date(declared - schedule.jitter));
  const through = new Date(status.scheduledThrough);
  let tick: Date | undefined;
  if (status.schedule === undefined || status.schedule === schedule.text) tick = schedule.due(through, now);
  else {
    // Of another schedule only what was missed before it changed; of this one only what is yet to come.
    tick = scheduleFrom(status.schedule, schedule.jitter)?.due(through, now);
    status.scheduledThrough = instant(new Date(Math.max(through.getTime(), now.getTime() - schedule.jitter)));
  }
  status.schedule = schedule.text;
  if (!tick) return undefined;
  if (tick > new Date(status.scheduledThrough)) status.scheduledThrough = instant(tick);
  if (suspend) return undefined;
  const late = Math.floor((now.getTime() - tick.getTime() - schedule.jitter) / 1000);
  if (startingDeadlineSeconds === undefined || late <= startingDeadlineSeconds) return tick;
  skip(draft, tick, late, startingDeadlineSeconds);
  return undefined;
}

function skip(draft: Draft, tick: Date, late: number, limit: number): void {
  const reason = 'StartingDeadlineExceeded';
  const message = sentence(
    `The tick of ${instant(tick)} was not run: it was seen ${late} s late, and startingDeadlineSeconds is ${limit}. Set a new runNow for a backup before the next tick.`,
  );
  draft.status.skipped = { tick: instant(tick), reason, message };
  draft.event('Warning', reason, message);
}
