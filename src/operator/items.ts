import { createHash } from 'node:crypto';
import { bucketItem, bucketOf } from '../api/contract';
import type { ServiceBackup } from '../api/kinds';
import type { Item, SelectedClaim, ServiceBackupSpec } from '../api/service-backup';

interface Declared {
  metadata: Pick<ServiceBackup['metadata'], 'namespace'>;
  spec: Pick<ServiceBackupSpec, 'backups'>;
}
type Standing = Declared & Pick<ServiceBackup, 'status'>;
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

export const selectorsOf = ({ backups }: Declared['spec']): Selector[] =>
  backups.flatMap(({ selector }) => selector ?? []);

/** A claim, and where it is. */
export interface ClaimKey {
  namespace: string;
  name: string;
}

/** The item that a claim is, in a ServiceBackup of namespace `own`: one of another namespace is named with that. */
const itemName = ({ namespace, name }: ClaimKey, own: string): string =>
  namespace === own ? name : `${namespace}/${name}`;

/** The claim that an item is, of a ServiceBackup in namespace `own`; a bucket is none. */
export function claimKey(item: string, own: string): ClaimKey {
  const slash = item.indexOf('/');
  return slash < 0
    ? { namespace: own, name: item }
    : { namespace: item.slice(0, slash), name: item.slice(slash + 1) };
}

function namedItem({ type, name, namespace }: Item, { metadata: { namespace: own } }: Declared) {
  if (!name) return name;
  return type === 's3' ? bucketItem(name) : itemName({ namespace: namespace ?? own, name }, own);
}

/** The type of an item; a selector that failed as such was for claims. */
export const typeOf = (item: string): Item['type'] => (bucketOf(item) === undefined ? 'pvc' : 's3');

/**
 * The names of a run's items, in the order of the declaration: claims and buckets that are named, and claims that its selectors found. Of `known` items
 * a selector is one, too, that failed as such.
 */
export function itemNames(
  declared: Declared,
  selected: readonly SelectedClaim[] = [],
  known: readonly { name: string }[] = [],
): string[] {
  const names = declared.spec.backups.flatMap((item) => {
    const { selector } = item;
    if (!selector) return namedItem(item, declared) ?? [];
    const text = selectorText(selector);
    const found = selected.filter(({ by }) => by === text).map((claim) => claim.name);
    return known.some(({ name }) => name === text) ? [text, ...found] : found;
  });
  // A selector that was taken out of the declaration in mid-run: what it found is still of this run.
  return [...new Set([...names, ...selected.map(({ name }) => name)])];
}

/** The claims of other namespaces that it names. */
export const claimsElsewhere = ({ spec, metadata }: Declared): ClaimKey[] =>
  spec.backups.flatMap(({ namespace, name }) =>
    name && namespace && namespace !== metadata.namespace ? { namespace, name } : [],
  );

/** What selectors have found: in the run under way; before it has asked, and between runs, in the last one. */
function selectedNow({ spec, status }: Standing): SelectedClaim[] {
  if (status?.run?.selected) return status.run.selected;
  const texts = new Set(selectorsOf(spec).map(selectorText));
  return (status?.selected ?? []).filter(({ by }) => texts.has(by));
}

/** What can have snapshots, as far as it is known now: claims, and buckets. */
export const restorable = (backup: Standing): string[] => itemNames(backup, selectedNow(backup));

/** The items that are claims, as far as they are known now. */
export const claimsOf = (backup: Standing): string[] =>
  restorable(backup).filter((name) => typeOf(name) === 'pvc');

/** Names of its items as they stand in status: claims, buckets, and selectors that failed as such. */
export function itemsNow(backup: Standing): string[] {
  const { run, items } = backup.status ?? {};
  return itemNames(backup, selectedNow(backup), run?.selected ? run.done : items);
}

/** How an item of the run under way is to be read. One whose selector was taken out in mid-run: nothing of it is left out. */
export function optionsOf(
  backup: Standing,
  name: string,
): Pick<Item, 'exclude' | 'allowEmpty' | 'onUnreadable'> {
  const { spec, status } = backup;
  const by = status?.run?.selected?.find((claim) => claim.name === name)?.by;
  return (
    spec.backups.find((item) => namedItem(item, backup) === name) ??
    spec.backups.find(({ selector }) => selector && selectorText(selector) === by) ??
    {}
  );
}
