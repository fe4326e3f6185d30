import type { ItemStatus, LastBackup } from '../api/service-backup';
import type { Draft } from './draft';
import { sentence } from './failure';
import { instant } from './instant';
import type { Observed } from './observed';
import { worst } from './outcome-to-status';

/** Ends the run: the worst of its items is its end. */
export function finishRun(draft: Draft, { backup }: Observed, now: Date): void {
  const { status } = draft;
  const run = status.run!;
  const items = backup.spec.backups.flatMap(({ name }) => run.done.find((item) => item.name === name) ?? []);
  const verdict = verdictOf(items, run.retention);
  const last: LastBackup = {
    run: run.id,
    ...verdict,
    startedAt: run.startedAt,
    timestamp: instant(now),
    ...(run.retention && { retention: run.retention.message }),
  };
  status.lastBackup = last;
  status.items = items;
  delete status.run;
  announce(draft, last, items);
  // A tick or a runNow of meanwhile is looked at anew.
  draft.wakeAt(now.getTime());
}

function verdictOf(
  items: readonly ItemStatus[],
  retention: { message: string; failed: boolean } | undefined,
): Pick<LastBackup, 'state' | 'reason' | 'message'> {
  const state = worst(items.map((item) => item.state));
  if (state !== 'Success') {
    const bad = items.filter((item) => item.state === state);
    const reasons = new Set(bad.map((item) => item.reason));
    const [reason] = reasons.size === 1 ? reasons : (['ItemsFailed'] as const);
    return { state, ...(reason && { reason }), message: explain(bad, items.length) };
  }
  if (retention?.failed) return { state: 'Warning', reason: 'RetentionFailed', message: retention.message };
  return { state };
}

function explain(bad: readonly ItemStatus[], all: number): string {
  const [only] = bad;
  if (bad.length === 1 && all === 1) return only?.message ?? '';
  const [same, ...others] = new Set(bad.map((item) => item.message));
  if (same && others.length === 0)
    return sentence(`${bad.length} of ${all} items (${bad.map(({ name }) => name).join(', ')}): ${same}`);
  const each = bad.map((item) => `${item.name}: ${item.message ?? item.reason ?? ''}`);
  return sentence(`${bad.length} of ${all} items: ${each.join(' ')}`);
}

function announce(draft: Draft, last: LastBackup, items: readonly ItemStatus[]): void {
  if (last.state === 'Success')
    draft.event(
      'Normal',
      'BackupSucceeded',
      `Run ${last.run}: ${items.length} of ${items.length} items backed up.`,
    );
  else
    draft.event(
      'Warning',
      last.state === 'Failed' ? 'BackupFailed' : 'BackupWarned',
      `Run ${last.run}: ${last.message}`,
    );
}
