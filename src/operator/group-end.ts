import type { ItemStatus, RunGroup } from '../api/service-backup';
import type { Draft } from './draft';
import { type Failure, sentence } from './failure';
import type { Ended } from './job-end';
import type { Rest } from './job-fate';
import type { Observed } from './observed';
import { failedItem, toldItem } from './outcome-to-status';
import { settleOrRetry } from './retries';
import type { Settings } from './settings';
import { learn } from './settled';
import { knownItems } from './step';

/** Takes the end of a group's Job into status: what was told as it was told, the rest as the Job's end says. */
export function endGroup(
  draft: Draft,
  observed: Observed,
  group: RunGroup,
  { outcome, rest }: Ended,
  settings: Settings | Failure,
  now: Date,
): void {
  const before = knownItems(observed.backup.status);
  if (outcome) learn(draft, outcome, settings, now);
  const items = group.items.flatMap((name, index): ItemStatus[] => {
    const known = before.find((item) => item.name === name);
    const read = {
      placement: { node: group.node, because: group.because?.[index] ?? '' },
      job: group.job,
    };
    const told = outcome?.items[index];
    // Whoever gave way for the service was stopped: what it had not read yet is read elsewhere.
    if (told && !(group.yieldsTo && told.reason === 'Cancelled'))
      return [toldItem(name, told, known, read, now)];
    // Items that were only held up by others are placed again.
    if (!rest || (rest.only && !rest.only.includes(name))) return [];
    return [failedItem(name, rest, known, read, rest.state)];
  });
  settleOrRetry(draft, items, settings, now);
  tellRetention(draft, outcome, group, rest);
}

function tellRetention(draft: Draft, outcome: Ended['outcome'], group: RunGroup, rest?: Rest): void {
  const run = draft.status.run!;
  if (outcome?.retention) {
    const { kept, forgotten, failure } = outcome.retention;
    const figures = `${kept} ${kept === 1 ? 'snapshot' : 'snapshots'} kept, ${forgotten} forgotten`;
    run.retention = failure
      ? {
          message: sentence(`${failure.message}${kept > 0 ? ` In all: ${figures}.` : ''}`),
          failed: true,
          reason: failure.reason,
        }
      : { message: figures, failed: false };
    if (failure) draft.event('Warning', failure.reason, `Retention: ${failure.message}`);
    return;
  }
  // Every item was told, and then the mover did not live to its own end: retention is what was left to do.
  if (rest && outcome?.partial && outcome.items.length === group.items.length)
    run.retention = { message: rest.message, failed: true, reason: rest.reason };
}
