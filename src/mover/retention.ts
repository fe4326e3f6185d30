import type { Failure, Outcome } from '../api/outcome';
import { type BackupTask, hostOf } from '../api/task';
import { Fault, failureFrom } from './fault';
import type { Locks } from './locks';
import type { Ended, Restic } from './restic';
import { faultOf } from './restic-fault';
import { causeOf } from './restic-words';
import { type Good, keepFlags, keepsAll, planRetention, policyInWords } from './retention-plan';
import { readSnapshots } from './snapshots';

/** So many ids in one call: an argument list has an end, and a lock should not be held long. */
const IDS_AT_ONCE = 250;

const DOING = 'forgetting old snapshots';

type Retained = NonNullable<Outcome['retention']>;

/**
 * Forgets what the policy does not keep, of items that this run backed up with Success: an item whose last backup was none
 * keeps everything. restic proposes by a dry run, which needs no lock; our own rule decides (retention-plan.ts); what passes is
 * forgotten by id, so that nothing can change in between. Space is not freed here: that is prune's.
 *
 * @param good what this run backed up with Success, in this Job or before it
 */
export async function applyRetention(
  { repository, retention }: Pick<BackupTask, 'repository' | 'retention'>,
  good: readonly { name: string; snapshot: string }[],
  restic: Restic,
  locks: Locks,
): Promise<Retained> {
  const none = { kept: 0, forgotten: 0 };
  // An item that was tried again is known by its last success.
  const snapshots = new Map(good.map(({ name, snapshot }) => [name, snapshot]));
  const items = [...snapshots].map(([name, snapshot]) => ({
    name,
    snapshot,
    host: hostOf(repository.owner, name),
  }));
  if (!retention || items.length === 0) return none;
  try {
    const { policy } = retention;
    const proposal = await proposalOf(restic, items, keepFlags(policy));
    const all = keepsAll(proposal);
    if (all !== undefined) return { kept: all, forgotten: 0 };

    const { found, unreadable } = await readSnapshots(restic, 'RetentionFailed');
    if (unreadable)
      throw new Fault('RetentionFailed', `A snapshot cannot be read (${unreadable}): nothing was forgotten.`);
    const plan = planRetention(proposal, found, items, { ...retention, policy: policyInWords(policy) });
    const ids = plan.items.flatMap(({ remove }) => remove);
    const done = await forget(locks, ids);
    const kept = plan.items.reduce((sum, item) => sum + item.kept, 0) + ids.length - done.forgotten;
    const failure = together([...plan.failures, ...(done.failure ? [done.failure] : [])]);
    return { kept, forgotten: done.forgotten, ...(failure && { failure }) };
  } catch (error) {
    return { ...none, failure: asRetention(failureFrom(error, 'RetentionFailed')) };
  }
}

/** For who reads the pod's log. */
export const retentionInWords = ({ kept, forgotten, failure }: Retained): string =>
  `retention: ${kept} kept, ${forgotten} forgotten${failure ? `; ${failure.message}` : ''}`;

/** What the policy would do, in restic's opinion; a filter that matches nothing prints nothing. */
async function proposalOf(restic: Restic, items: readonly Good[], keep: readonly string[]): Promise<unknown> {
  if (keep.length === 0) {
    throw new Fault(
      'RetentionFailed',
      'resticRetentionPolicy keeps nothing: set at least one of its fields to 1 or more. Nothing was forgotten.',
    );
  }
  const of = [...items.flatMap(({ host }) => ['--host', host]), '--group-by', 'host'];
  const proposed = await restic.ask<unknown>(['forget', ...of, ...keep, '--dry-run', '--no-lock']);
  refuse(proposed);
  return proposed.answer ?? [];
}

/** Forgets exactly these. */
async function forget(
  locks: Locks,
  ids: readonly string[],
): Promise<{ forgotten: number; failure?: Failure }> {
  let forgotten = 0;
  try {
    while (forgotten < ids.length) {
      const some = ids.slice(forgotten, forgotten + IDS_AT_ONCE);
      refuse(await locks.own({ args: ['forget', ...some] }));
      forgotten += some.length;
    }
    return { forgotten };
  } catch (error) {
    return { forgotten, failure: asRetention(failureFrom(error, 'RetentionFailed')) };
  }
}

/** restic exits 0 though it passed over a snapshot that it could not read, or did not delete one that it was told to. */
function refuse(ended: Ended): void {
  if (ended.code !== 0 || ended.stopped) throw faultOf(ended, DOING, 'RetentionFailed');
  const words = ended.said.text.join(' / ');
  if (!words) return;
  if (causeOf(words)) throw faultOf(ended, DOING, 'RetentionFailed');
  throw new Fault('RetentionFailed', `restic said when ${DOING}: ${words}`);
}

/** Damage keeps its name, since it stops more than retention; whatever else it is, the backup is good, and old snapshots wait. */
const asRetention = ({ reason, message }: Failure): Failure => ({
  reason: reason === 'RepositoryDamaged' ? reason : 'RetentionFailed',
  message,
});

/** Several in one: what needs a person comes first. */
function together(failures: readonly Failure[]): Failure | undefined {
  const reasons = ['RepositoryDamaged', 'AcknowledgementNeeded', 'RetentionFailed'] as const;
  const reason = reasons.find((one) => failures.some((failure) => failure.reason === one));
  return reason && { reason, message: failures.map(({ message }) => message).join(' ') };
}
