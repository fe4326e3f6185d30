import type { RetentionPolicy } from '../api/backup-config';
import type { Outcome } from '../api/outcome';
import { type BackupTask, hostOf } from '../api/task';
import { RETRY_LOCK } from './backup';
import { Fault, failureFrom } from './fault';
import type { Restic } from './restic';
import { faultOf } from './restic-fault';

/** One host's snapshots, as `restic forget --json --group-by host` prints them. */
export interface ForgetGroup {
  host: string;
  keep: { id: string }[] | null;
  remove: { id: string }[] | null;
}

const KEEP = ['last', 'hourly', 'daily', 'weekly', 'monthly', 'yearly'] as const;

/** Only what is above zero: restic takes a policy of zeros for one that keeps nothing. */
export const keepFlags = (policy: RetentionPolicy): string[] =>
  KEEP.flatMap((name) => ((policy[name] ?? 0) > 0 ? [`--keep-${name}`, String(policy[name])] : []));

/**
 * What restic would do, checked before it does it: only hosts that were named, never the last snapshot of an item, and
 * never one that this run made.
 */
export function checkPlan(groups: ForgetGroup[], hosts: readonly string[], fresh: readonly string[]): void {
  for (const group of groups) {
    const removed = group.remove ?? [];
    if (!hosts.includes(group.host)) {
      throw new Fault(
        'RetentionFailed',
        `restic would also touch the snapshots of ${group.host}: nothing was forgotten.`,
      );
    }
    if (removed.length > 0 && (group.keep ?? []).length === 0) {
      throw new Fault(
        'RetentionFailed',
        `The policy would keep no snapshot of ${group.host}: nothing was forgotten.`,
      );
    }
    if (removed.some(({ id }) => fresh.some((mine) => id.startsWith(mine)))) {
      throw new Fault(
        'RetentionFailed',
        `The policy would forget the snapshot of ${group.host} that was made just now (are there snapshots from the future?): nothing was forgotten.`,
      );
    }
  }
}

/**
 * Forgets what the policy does not keep, of items that this run backed up with Success: an item whose last backup failed
 * keeps everything. One call for all items, since each takes an exclusive lock and half a second; first as a dry run,
 * which needs no lock. Space is not freed here: that is prune's.
 *
 * @param fresh the snapshots that this Job made
 */
export async function applyRetention(
  task: BackupTask,
  items: readonly string[],
  fresh: readonly string[],
  restic: Restic,
): Promise<NonNullable<Outcome['retention']>> {
  const none = { kept: 0, forgotten: 0 };
  if (!task.retention || items.length === 0) return none;
  try {
    const keep = keepFlags(task.retention.policy);
    if (keep.length === 0) {
      throw new Fault(
        'RetentionFailed',
        'resticRetentionPolicy keeps nothing: set at least one of its fields to 1 or more. Nothing was forgotten.',
      );
    }
    const hosts = items.map((item) => hostOf(task.repository.owner, item));
    const args = ['forget', ...hosts.flatMap((host) => ['--host', host]), '--group-by', 'host', ...keep];
    const plan = await forget(restic, [...args, '--dry-run', '--no-lock']);
    checkPlan(plan, hosts, fresh);
    const count = (groups: ForgetGroup[], what: 'keep' | 'remove') =>
      groups.reduce((sum, group) => sum + (group[what]?.length ?? 0), 0);
    // Most runs have nothing to forget: no lock is taken for it.
    if (count(plan, 'remove') === 0) return { kept: count(plan, 'keep'), forgotten: 0 };
    const done = await forget(restic, [...args, ...RETRY_LOCK]);
    return { kept: count(done, 'keep'), forgotten: count(done, 'remove') };
  } catch (error) {
    const failure = failureFrom(error, 'RetentionFailed');
    return { ...none, failure: { reason: 'RetentionFailed', message: failure.message } };
  }
}

/** A filter that matches nothing exits 0 and prints nothing. */
async function forget(restic: Restic, args: string[]): Promise<ForgetGroup[]> {
  const ended = await restic.ask<ForgetGroup[]>(args);
  if (ended.code !== 0) throw faultOf(ended, 'forgetting old snapshots', 'RetentionFailed');
  return ended.answer ?? [];
}
