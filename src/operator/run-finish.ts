import type {
  ItemStatus,
  LastBackup,
  Maintenance,
  Result,
  Run,
  ServiceBackupStatus,
} from '../api/service-backup';
import { inBrackets } from './consistency';
import { damageOf } from './damage';
import type { Draft } from './draft';
import { type Failure, sentence } from './failure';
import { instant } from './instant';
import { itemNames } from './items';
import { notifyUrl } from './notify';
import type { Observed } from './observed';
import { worst } from './outcome-to-status';
import { holdRetention } from './retention-held';
import { isFailure, type Settings } from './settings';

/** Ends the run: the worst of its items is its end, and what was done for the repository can make it worse. */
export function finishRun(draft: Draft, { backup }: Observed, settings: Settings | Failure, now: Date): void {
  const { status } = draft;
  const run = status.run!;
  const names = itemNames(backup, run.selected, run.done);
  const items = names.flatMap((name) => run.done.find((item) => item.name === name) ?? []);
  holdRetention(status, run, items, settings);
  const retention = retentionText(run, status.heldRetention);
  const maintenance = (run.maintenance ?? []).flatMap(({ message }) => message ?? []).join(' ');
  const last: LastBackup = {
    run: run.id,
    ...(damaged(draft) ?? verdictOf(items, run)),
    startedAt: run.startedAt,
    timestamp: instant(now),
    ...(retention && { retention }),
    ...(maintenance && { maintenance: sentence(maintenance) }),
  };
  status.lastBackup = last;
  status.items = items;
  keepSelection(status, run);
  status.consecutiveFailures = last.state === 'Success' ? 0 : (status.consecutiveFailures ?? 0) + 1;
  delete status.run;
  announce(draft, last, items);
  // Written with the end itself, so that it is sent at most once. An operator that is killed between the two sends none, which an
  // uptime service takes for an alarm: the safe side.
  const url = isFailure(settings) ? undefined : notifyUrl(settings.notify, backup.metadata, last);
  if (url) {
    last.notified = true;
    draft.actions.push({ type: 'notify', url });
  }
  // A tick or a runNow of meanwhile is looked at anew.
  draft.wakeAt(now.getTime());
}

/** What selectors found is told until the next run asks them; nothing, where there are none. */
function keepSelection(status: ServiceBackupStatus, { selected }: Run): void {
  if (selected) {
    status.selected = selected;
    return;
  }
  delete status.selected;
  delete status.uncovered;
}

type Verdict = Pick<LastBackup, 'state' | 'reason' | 'message'>;

/** What is in a damaged repository may not be restorable, however well everything was read. */
function damaged({ status }: Draft): Verdict | undefined {
  const damage = damageOf(status);
  return damage && { state: 'Failed', ...damage };
}

function verdictOf(items: readonly ItemStatus[], run: Run): Verdict {
  // None is Unknown any more: they have been read back, or have failed.
  const state = worst(items.map((item) => item.state as Result));
  if (state !== 'Success') {
    const bad = items.filter((item) => item.state === state);
    const reasons = new Set(bad.map((item) => item.reason));
    const [reason] = reasons.size === 1 ? reasons : (['ItemsFailed'] as const);
    return { state, ...(reason && { reason }), message: explain(bad, items.length) };
  }
  const { retention } = run;
  if (retention?.failed)
    return {
      state: 'Warning',
      reason: retention.reason ?? 'RetentionFailed',
      message: sentence(`Retention: ${retention.message}`),
    };
  const failed = run.maintenance?.find((step): step is Maintenance & Failure => step.reason !== undefined);
  if (failed) return { state: 'Warning', reason: failed.reason, message: failed.message };
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

/** What retention did, and why it did no more. */
function retentionText(
  { retention }: Run,
  held: { reason: string; message?: string } | undefined,
): string | undefined {
  const did =
    retention &&
    (retention.failed ? `${retention.reason ?? 'RetentionFailed'}: ${retention.message}` : retention.message);
  const why = held && held.reason !== retention?.reason ? held.message : undefined;
  const words = did && why ? `${did.replace(/\.$/, '')}. ${why}` : (did ?? why);
  return words && sentence(words);
}

function announce(draft: Draft, last: LastBackup, items: readonly ItemStatus[]): void {
  if (last.state === 'Success')
    draft.event(
      'Normal',
      'BackupSucceeded',
      `Run ${last.run}: ${items.length} of ${items.length} items backed up${inBrackets(items)}.`,
    );
  else
    draft.event(
      'Warning',
      last.state === 'Failed' ? 'BackupFailed' : 'BackupWarned',
      `Run ${last.run}: ${last.message}`,
    );
}
