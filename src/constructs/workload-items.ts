import type { Entry, Item, ItemSource, LeftOut } from './item';
import { haveAll } from './labels';
import { nameOf, type ObjectReference, titleOf } from './reference';
import { listed } from './values';
import { type Mounted, mountedBy, selectorsOf } from './workload';

/** A claim that a workload mounts and a declaration leaves out; or, of a StatefulSet, those of a volumeClaimTemplate. */
export interface LeftOutClaim {
  readonly at: number;
  readonly name: string;
  readonly because: string;
  readonly templateOf?: ObjectReference;
}

/** What a workload comes to. */
export interface OfWorkload {
  readonly entries: readonly Entry[];
  readonly leftOut: readonly LeftOutClaim[];
  readonly problems: readonly string[];
}

const failed = (problem: string): OfWorkload => ({ entries: [], leftOut: [], problems: [problem] });

/** What the workload `item` comes to: what it mounts, but for what is left out, or is among `taken` already. */
export function itemsOfWorkload(
  { exclude, allowEmpty, onUnreadable }: Item,
  { workload, leaveOut }: Extract<ItemSource, { kind: 'Workload' }>,
  at: number,
  taken: readonly Entry[],
  namespace: string | undefined,
): OfWorkload {
  const mounted = mountedBy(workload);
  if (!mounted) {
    return failed(
      `backups[${at}] is the ${titleOf(workload)}, which this app does not declare: name its claims with Item.volume(claim).`,
    );
  }
  const { title, claims, templates } = mounted;
  if (claims.length === 0 && templates.length === 0) {
    return failed(
      `backups[${at}] is the ${title}, which mounts no claim, so that nothing of it would be backed up: mount one, or remove this item.`,
    );
  }
  if (namespace !== undefined && mounted.namespace !== undefined && mounted.namespace !== namespace) {
    return failed(
      `backups[${at}] is the ${title} of namespace '${mounted.namespace}', but this ServiceBackup is in '${namespace}': declare it beside its workload.`,
    );
  }
  const options = { at, type: 'pvc' as const, exclude, allowEmpty, onUnreadable };
  const leftOut = new Set(leaveOut.map(({ claim }) => nameOf(claim)));
  const { selectors, alike } = selectorsOf(mounted, leftOut);
  const problems = problemsOfLeaveOut(`backups[${at}].leaveOut`, leaveOut, mounted);
  if (alike) {
    problems.push(
      `backups[${at}].leaveOut names the volumeClaimTemplate '${alike.leftOut}' of the ${title}, whose claims have all labels of those of '${alike.kept}': give the template '${alike.kept}' a label of its own.`,
    );
  }
  if (selectors.some((labels) => Object.keys(labels).length === 0)) {
    problems.push(
      `backups[${at}] is the ${title}, whose selector has no matchLabels by which its claims could be found: give it one.`,
    );
  }
  return {
    entries: [
      ...claims
        .filter((name) => !leftOut.has(name) && !taken.some((entry) => isClaim(entry, name)))
        .map((name) => ({ ...options, name })),
      ...selectors
        .filter((labels) => !taken.some(({ selector }) => selector && haveAll(labels, selector.matchLabels)))
        .map((matchLabels) => ({ ...options, selector: { matchLabels } })),
    ],
    leftOut: leaveOut.map(({ claim, because }) => {
      const name = nameOf(claim);
      return { at, name, because, templateOf: claims.includes(name) ? undefined : workload };
    }),
    problems,
  };
}

const isClaim = ({ type, name, namespace }: Entry, claim: string): boolean =>
  type === 'pvc' && name === claim && namespace === undefined;

function problemsOfLeaveOut(
  property: string,
  leaveOut: readonly LeftOut[],
  { title, claims, templates }: Mounted,
): string[] {
  const mounts = [...claims, ...templates.map(({ name }) => name)];
  return leaveOut.flatMap(({ claim, because }) => {
    const name = nameOf(claim);
    const problems = mounts.includes(name)
      ? []
      : [`${property} names '${name}', which the ${title} does not mount: use ${listed(mounts)}.`];
    return because.trim() === ''
      ? [
          ...problems,
          `${property} gives no reason for '${name}': say in because why it need not be backed up.`,
        ]
      : problems;
  });
}
