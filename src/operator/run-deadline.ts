import type { Run } from '../api/service-backup';
import type { Failure } from './failure';
import { instant } from './instant';
import type { Settings } from './settings';

type Limits = Pick<Settings, 'runDeadlineSeconds' | 'roundDeadlineSeconds'>;

/**
 * When a run begins nothing more, and its Jobs end: at its own deadline, or at that of its round. Milliseconds. A run that seems to
 * start in the future began by a clock that has been put back: it counts from now.
 */
export function runEndsAt(run: Run, { runDeadlineSeconds, roundDeadlineSeconds }: Limits, now: Date): number {
  const own = Math.min(Date.parse(run.startedAt), now.getTime()) + runDeadlineSeconds * 1000;
  if (run.tick === undefined || roundDeadlineSeconds === undefined) return own;
  return Math.min(own, Date.parse(run.tick) + roundDeadlineSeconds * 1000);
}

/** What the run did not come to before its deadline: `what` was not done. */
export const tooLate = (what: string, endsAt: number): Failure => ({
  reason: 'RunDeadlineExceeded',
  message: `${what} before the run's deadline (${instant(new Date(endsAt))}): raise jobSpec.runDeadlineSeconds or roundDeadlineSeconds in BackupConfig, or maxParallelJobs if it waited for others.`,
});

/** What is true of an item then. */
export function notReached(name: string, run: Run, endsAt: number): Failure {
  const { reason, message } = tooLate(`${name} was not backed up`, endsAt);
  const before = run.retries?.find((retry) => retry.name === name)?.message;
  return { reason, message: before ? `${message} Before: ${before}` : message };
}

/** How long a Job that begins now may take, in seconds: its own deadline, within that of the run. */
export const secondsLeft = (
  run: Run,
  settings: Limits & Pick<Settings, 'deadlineSeconds'>,
  now: Date,
): number =>
  Math.max(
    1,
    Math.min(settings.deadlineSeconds, Math.ceil((runEndsAt(run, settings, now) - now.getTime()) / 1000)),
  );
