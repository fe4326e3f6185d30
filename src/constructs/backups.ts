import { MAX_ITEMS } from '../api';
import { problemsOfBucketName } from './bucket-name';
import type { ClaimSelector, Entry, Item } from './item';
import { haveAll, inWords, problemsOfLabels } from './labels';
import { isSubdomain, problemsOfNamespace } from './names';
import { nameOf, namespaceOf, type ObjectReference, problemsOfKind } from './reference';
import { noneOf, tooLong } from './values';
import { itemsOfWorkload, type LeftOutClaim } from './workload-items';

/** What a declaration's items come to, and what is wrong with them. */
export interface Backups {
  readonly entries: readonly Entry[];
  readonly leftOut: readonly LeftOutClaim[];
  readonly problems: readonly string[];
}

/** What the items of a ServiceBackup in `namespace` come to, now that the workloads are what they are. */
export function backupsOf(items: readonly Item[], namespace: string | undefined): Backups {
  const written = items.flatMap((item, at): Entry[] => {
    const { type, name, selector, exclude, allowEmpty, onUnreadable } = item;
    const its = item.namespace === undefined ? namespace : nameOf(item.namespace);
    const elsewhere = its === namespace ? undefined : its;
    return item.source.kind === 'Workload'
      ? []
      : [{ at, type, name, namespace: elsewhere, selector, exclude, allowEmpty, onUnreadable }];
  });
  const entries = [...written];
  const ofWorkloads = items.flatMap((item, at) => {
    if (item.source.kind !== 'Workload') return [];
    const found = itemsOfWorkload(item, item.source, at, entries, namespace);
    entries.push(...found.entries);
    return [found];
  });
  entries.sort((a, b) => a.at - b.at);
  const leftOut = ofWorkloads.flatMap((found) => found.leftOut);
  const problems = [
    ...items.flatMap((item, at) => problemsOfItem(item, at, namespace)),
    ...written.flatMap((entry, nth) => problemsOfRepetition(entry, written.slice(0, nth))),
    ...ofWorkloads.flatMap((found) => found.problems),
    ...leftOut.flatMap((claim) => problemsOfContradiction(claim, entries)),
  ];
  return { entries, leftOut, problems: [...problemsOfCount(items, entries, problems), ...problems] };
}

function problemsOfCount(items: readonly Item[], entries: readonly Entry[], others: string[]): string[] {
  if (items.length === 0)
    return ['backups is empty, so that nothing would be backed up: add Item.volume(claim).'];
  if (entries.length === 0 && others.length === 0)
    return ['backups leaves out every claim, so that nothing would be backed up: leave out fewer.'];
  if (entries.length > MAX_ITEMS)
    return [
      `backups has ${entries.length} items, but at most ${MAX_ITEMS} are possible: declare a second ServiceBackup, with a bucket of its own.`,
    ];
  return [];
}

function problemsOfItem(item: Item, at: number, namespace: string | undefined): string[] {
  const { name, selector, exclude = [], source } = item;
  const problems: string[] = [];
  if (source.kind === 'Claim') {
    problems.push(...problemsOfKind(`backups[${at}]`, source.claim, 'PersistentVolumeClaim'));
    if (!isSubdomain(name!)) {
      problems.push(
        `backups[${at}] names the claim '${name}', which is not a name a claim can have: use lower-case letters, digits, dots and hyphens.`,
      );
    }
    problems.push(...problemsOfPlace(item, source.claim, at, namespace));
  } else if (item.namespace !== undefined) {
    problems.push(
      `backups[${at}].namespace is '${nameOf(item.namespace)}', but only a claim that is named can be of another namespace: use Item.volume(claim, { namespace }).`,
    );
  }
  if (source.kind === 'Bucket') problems.push(...problemsOfBucketName(`backups[${at}].name`, source.bucket));
  if (selector) problems.push(...problemsOfSelector(`backups[${at}].selector.matchLabels`, selector));
  return [
    ...problems,
    ...problemsOfPatterns(`backups[${at}].exclude`, exclude),
    ...noneOf(`backups[${at}].onUnreadable`, item.onUnreadable, ['Warn', 'Fail']),
  ];
}

/** The namespace of a claim: that of the ServiceBackup, unless the item says that another is meant. */
function problemsOfPlace(
  item: Item,
  claim: ObjectReference | string,
  at: number,
  namespace: string | undefined,
): string[] {
  const property = `backups[${at}].namespace`;
  const declared = namespaceOf(claim);
  if (item.namespace !== undefined) {
    const said = nameOf(item.namespace);
    const problems = [
      ...problemsOfKind(property, item.namespace, 'Namespace'),
      ...problemsOfNamespace(property, said),
    ];
    if (declared !== undefined && declared !== said)
      problems.push(
        `${property} is '${said}', but the claim '${item.name}' is declared in '${declared}': use that.`,
      );
    if (said.length + item.name!.length > 252)
      problems.push(
        `${property} and the claim's name have ${said.length + item.name!.length} characters together: use at most 252.`,
      );
    return problems;
  }
  return declared === undefined || namespace === undefined || declared === namespace
    ? []
    : [
        `backups[${at}] names the claim '${item.name}' of namespace '${declared}', but this ServiceBackup is in '${namespace}': declare it beside its claims; or, if that namespace consents, say so by Item.volume(claim, { namespace: '${declared}' }).`,
      ];
}

function problemsOfSelector(property: string, { matchLabels }: ClaimSelector): string[] {
  const count = Object.keys(matchLabels).length;
  if (count === 0)
    return [`${property} is empty and would select every claim of the namespace: use at least one label.`];
  const problems = problemsOfLabels(property, matchLabels);
  if (count > 16) problems.push(`${property} has ${count} labels: use at most 16.`);
  return problems;
}

function problemsOfPatterns(property: string, patterns: readonly string[]): string[] {
  const problems = patterns.flatMap((pattern, at) =>
    pattern === ''
      ? [`${property}[${at}] is empty: write a pattern, e.g. 'cache/', or remove it.`]
      : tooLong(`${property}[${at}]`, pattern, 1024, "e.g. with a '*'"),
  );
  if (patterns.length > 100)
    problems.push(`${property} has ${patterns.length} patterns: use at most 100, e.g. with a '*'.`);
  return problems;
}

function problemsOfRepetition(entry: Entry, earlier: readonly Entry[]): string[] {
  const { at, type, name, selector } = entry;
  if (name !== undefined && earlier.some((other) => isSame(other, entry)))
    return [
      `backups[${at}] names the ${type === 's3' ? 'bucket' : 'claim'} '${name}' a second time: remove one.`,
    ];
  if (selector && earlier.some((other) => other.selector && sameLabels(other.selector, selector)))
    return [
      `backups[${at}] selects the claims with '${inWords(selector.matchLabels)}' a second time: remove one.`,
    ];
  return [];
}

function problemsOfContradiction(
  { at, name, templateOf }: LeftOutClaim,
  entries: readonly Entry[],
): string[] {
  const taken = templateOf ? undefined : entries.find((entry) => isSame(entry, { type: 'pvc', name }));
  return taken
    ? [
        `backups[${at}] leaves out '${name}', which backups[${taken.at}] backs up: remove it from one of the two.`,
      ]
    : [];
}

const isSame = (a: Entry, b: Pick<Entry, 'type' | 'name' | 'namespace'>): boolean =>
  a.type === b.type && a.name === b.name && a.namespace === b.namespace;

const sameLabels = (a: ClaimSelector, b: ClaimSelector): boolean =>
  haveAll(a.matchLabels, b.matchLabels) && haveAll(b.matchLabels, a.matchLabels);
