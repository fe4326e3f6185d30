import type { ItemStatus, Run, ServiceBackupStatus } from '../api/service-backup';
import { policyText } from './acknowledgement';
import { damageOf } from './damage';
import { type Failure, sentence } from './failure';
import { isFailure, type Settings } from './settings';

type Held = NonNullable<ServiceBackupStatus['heldRetention']>;
type Finding = Pick<Held, 'reason'> & {
  message: string /** An earlier acknowledgement does not cover it. */;
  fresh?: boolean;
};

/** At the end of a run: what keeps old snapshots from being forgotten, the gravest first; nothing, if nothing does. */
export function holdRetention(
  status: ServiceBackupStatus,
  run: Run,
  items: readonly ItemStatus[],
  settings: Settings | Failure,
): void {
  const known = status.heldRetention;
  const policy = isFailure(settings) ? known?.policy : policyText(settings.retention);
  const found =
    damage(status) ??
    shrunk(items, known) ??
    unapproved(run, known, policy) ??
    unsuccessful(items) ??
    failed(run);
  if (!found) {
    delete status.heldRetention;
    return;
  }
  const { reason, message, fresh } = found;
  const same = known?.reason === reason && known.policy === policy && !fresh;
  status.heldRetention = {
    run: same ? known.run : run.id,
    reason,
    message: sentence(message),
    ...(policy && { policy }),
  };
}

function damage(status: ServiceBackupStatus): Finding | undefined {
  const found = damageOf(status);
  return (
    found && {
      reason: found.reason,
      message: `Nothing is forgotten or pruned until a check finds the repository whole: ${found.message}`,
    }
  );
}

/**
 * Told as long as an item is compared with what it measured before, though its last backup may have failed for another reason. An
 * acknowledgement approves what a person has read: an item that was not named is a finding of its own.
 */
function shrunk(items: readonly ItemStatus[], known: Held | undefined): Finding | undefined {
  const all = items.filter((item) => item.shrunkFrom);
  if (all.length === 0) return undefined;
  const each = all.map(
    ({ name, shrunkFrom, reason, bytes = 0, files = 0 }) =>
      `${name} (from ${shrunkFrom?.bytes} bytes in ${shrunkFrom?.files} files to ${reason === 'NoObjects' ? 'none' : `${bytes} in ${files}`})`,
  );
  return {
    reason: 'SuspiciousShrink',
    message: `Nothing is forgotten of what shrank by more than half: ${each.join(', ')}. If it is meant to be so, acknowledge it ('service-backup acknowledge'); else restore.`,
    fresh: all.some(({ name }) => !known?.message?.includes(` ${name} (from `)),
  };
}

/** A policy that would forget too much at once is not approved by a run that did not get so far as to apply it. */
function unapproved(
  { retention }: Run,
  known: Held | undefined,
  policy: string | undefined,
): Finding | undefined {
  const reason = 'AcknowledgementNeeded';
  if (retention) return retention.reason === reason ? { reason, message: retention.message } : undefined;
  return known?.reason === reason && known.policy === policy
    ? { reason, message: known.message ?? '' }
    : undefined;
}

function unsuccessful(items: readonly ItemStatus[]): Finding | undefined {
  const bad = items.filter(({ state }) => state !== 'Success');
  if (bad.length === 0) return undefined;
  const reasons = new Set(bad.map(({ reason }) => reason));
  const names = bad.map(({ name }) => name).join(', ');
  return {
    reason: (reasons.size === 1 && bad[0]?.reason) || 'ItemsFailed',
    message: `Nothing is forgotten of ${names}: the last backup was no success.`,
  };
}

const failed = ({ retention }: Run): Finding | undefined =>
  retention?.failed
    ? { reason: retention.reason ?? 'RetentionFailed', message: retention.message }
    : undefined;
