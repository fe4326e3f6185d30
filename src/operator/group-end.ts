import type { ItemStatus, RunGroup } from '../api/service-backup';
import type { Draft } from './draft';
import type { Failure } from './failure';
import type { Ended } from './job-end';
import type { Observed } from './observed';
import { failedItem, toldItem } from './outcome-to-status';
import { tellRetention } from './retention-told';
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
  // Every item was told, and then the mover did not live to its own end: retention is what was left to do.
  const unsaid = outcome?.partial && outcome.items.length === group.items.length;
  tellRetention(draft, outcome, unsaid ? rest : undefined);
}
