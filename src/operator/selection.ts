import type { ServiceBackup } from '../api/kinds';
import { MAX_ITEMS, MAX_UNCOVERED, type SelectedClaim } from '../api/service-backup';
import type { Draft } from './draft';
import type { Failure } from './failure';
import { itemNames, type Selector, selectorsOf, selectorText } from './items';
import type { Observed } from './observed';
import { failedItem } from './outcome-to-status';
import { isFailure, type Settings } from './settings';
import { settle } from './settled';
import { knownItems } from './step';
import type { ClaimView } from './views';
import { waitsForRights } from './worth-waiting';

/** The selectors have not been asked yet which claims a run has: they are, before its first step. */
export const isToSelect = ({ spec, status }: Pick<ServiceBackup, 'spec' | 'status'>): boolean =>
  !status?.run?.selected && selectorsOf(spec).length > 0;

/** What the selectors of a declaration find, each claim once. */
export interface Selection {
  selected: SelectedClaim[];
  /** Selectors that found nothing, or too much, by their text. */
  failed: ({ name: string } & Failure)[];
  /** Claims of the namespace that nobody covers. */
  uncovered: string[];
}

/**
 * Resolves the selectors, in the order of the declaration: what is named is no more selected, and of two selectors the first has a claim.
 * One that cannot be resolved keeps those claims of the last run that are still there: none falls out of the backup by it.
 */
export function select(backup: ServiceBackup, claims: readonly ClaimView[] | Failure): Selection {
  const { spec, status, metadata } = backup;
  const there = isFailure(claims) ? [] : claims.filter(({ deleting }) => !deleting);
  const taken = new Set(itemNames(backup));
  const selected: SelectedClaim[] = [];
  const failed = new Map<string, Failure>();
  for (const selector of selectorsOf(spec)) {
    const by = selectorText(selector);
    const before = (status?.selected ?? []).filter((claim) => claim.by === by).map(({ name }) => name);
    const matching = isFailure(claims) ? before : there.filter(has(selector)).map(({ name }) => name);
    const found = matching.filter((name) => !taken.has(name)).sort();
    const room = MAX_ITEMS - taken.size;
    const tooMany = found.length > room;
    if (isFailure(claims)) failed.set(by, claims);
    else if (matching.length === 0) failed.set(by, nothing(by, metadata.namespace));
    else if (tooMany) failed.set(by, tooManyItems(by, matching.length, taken.size + found.length));
    for (const name of tooMany ? found.filter((one) => before.includes(one)).slice(0, room) : found) {
      selected.push({ name, by });
      taken.add(name);
    }
  }
  return {
    selected,
    failed: [...failed].map(([name, why]) => ({ name, ...why })),
    uncovered: there
      .filter(({ name, excluded, covered }) => !excluded && !covered && !taken.has(name))
      .map(({ name }) => name)
      .sort()
      .slice(0, MAX_UNCOVERED),
  };
}

const has =
  ({ matchLabels }: Selector) =>
  ({ labels, excluded }: ClaimView): boolean =>
    !excluded && Object.entries(matchLabels).every(([label, value]) => labels[label] === value);

const nothing = (by: string, namespace: string): Failure => ({
  reason: 'NothingSelected',
  message: `No claim of namespace ${namespace} with the labels ${by} is to be backed up: correct matchLabels in the ServiceBackup, or label the claims.`,
});

const tooManyItems = (by: string, found: number, all: number): Failure => ({
  reason: 'TooManyItems',
  message: `The labels ${by} are those of ${found} claims, which makes ${all} items, of at most ${MAX_ITEMS}: divide them among several ServiceBackups, by narrower labels. Of these claims only those are backed up that the last run had.`,
});

/** Fixes for a run which claims its selectors found; false while that is not known. */
export function fixSelection(
  draft: Draft,
  { backup, claims }: Observed,
  settings: Settings | Failure,
  now: Date,
): boolean {
  const { status } = draft;
  const run = status.run!;
  if (!isToSelect({ spec: backup.spec, status })) return true;
  const found = isFailure(settings) ? settings : claims;
  if (!found) {
    draft.needsPlaces = true;
    return false;
  }
  if (!isFailure(settings) && isFailure(found) && waitsForRights(draft, now)) return false;
  const { selected, failed, uncovered } = select(backup, found);
  run.selected = selected;
  delete status.selected;
  if (isFailure(found)) delete status.uncovered;
  else status.uncovered = uncovered;
  const known = knownItems(backup.status);
  settle(
    draft,
    failed.map(({ name, ...why }) =>
      failedItem(
        name,
        why,
        known.find((item) => item.name === name),
      ),
    ),
  );
  return true;
}
