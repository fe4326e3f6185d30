import { createHash } from 'node:crypto';
import type { ServiceBackup } from '../api/kinds';
import type { Item, SelectedClaim, ServiceBackupSpec } from '../api/service-backup';

type Declared = Pick<ServiceBackupSpec, 'backups'>;
type Standing = Pick<ServiceBackup, 'spec' | 'status'>;
export type Selector = NonNullable<Item['selector']>;

const LONGEST_TEXT = 128;
const HASH = 16;

/** A selector as status names it: its labels, sorted. One that is too long ends with a hash, so that no two are one. */
export function selectorText({ matchLabels }: Selector): string {
  const text = Object.entries(matchLabels)
    .map(([label, value]) => `${label}=${value}`)
    .sort()
    .join(',');
  if (text.length <= LONGEST_TEXT) return text;
  const hash = createHash('sha256').update(text).digest('hex').slice(0, HASH);
  return `${text.slice(0, LONGEST_TEXT - HASH - 1)}…${hash}`;
}

export const selectorsOf = ({ backups }: Declared): Selector[] =>
  backups.flatMap(({ selector }) => selector ?? []);

/**
 * The names of a run's items, in the order of the declaration: claims that are named, and those that its selectors found. Of `known` items
 * a selector is one, too, that failed as such.
 */
export function itemNames(
  { backups }: Declared,
  selected: readonly SelectedClaim[] = [],
  known: readonly { name: string }[] = [],
): string[] {
  const declared = backups.flatMap(({ name, selector }) => {
    if (!selector) return name ?? [];
    const text = selectorText(selector);
    const found = selected.filter(({ by }) => by === text).map((claim) => claim.name);
    return known.some((item) => item.name === text) ? [text, ...found] : found;
  });
  // A selector that was taken out of the declaration in mid-run: what it found is still of this run.
  return [...new Set([...declared, ...selected.map(({ name }) => name)])];
}

/** What selectors have found: in the run under way; before it has asked, and between runs, in the last one. */
function selectedNow({ spec, status }: Standing): SelectedClaim[] {
  if (status?.run?.selected) return status.run.selected;
  const texts = new Set(selectorsOf(spec).map(selectorText));
  return (status?.selected ?? []).filter(({ by }) => texts.has(by));
}

/** Names of the claims that it covers, as far as that is known now. */
export const claimsOf = (backup: Standing): string[] => itemNames(backup.spec, selectedNow(backup));

/** Names of its items as they stand in status: claims, and selectors that failed as such. */
export function itemsNow(backup: Standing): string[] {
  const { run, items } = backup.status ?? {};
  return itemNames(backup.spec, selectedNow(backup), run?.selected ? run.done : items);
}

/** How an item of the run under way is to be read. One whose selector was taken out in mid-run: nothing of it is left out. */
export function optionsOf(
  { spec, status }: Standing,
  name: string,
): Pick<Item, 'exclude' | 'allowEmpty' | 'onUnreadable'> {
  const by = status?.run?.selected?.find((claim) => claim.name === name)?.by;
  return (
    spec.backups.find((item) => item.name === name) ??
    spec.backups.find(({ selector }) => selector && selectorText(selector) === by) ??
    {}
  );
}
