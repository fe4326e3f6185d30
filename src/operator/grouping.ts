import { MAX_ITEMS_PER_GROUP } from '../api/group';
import type { Placement } from './placement';

/** Items of a run that one Job reads. */
export interface Group {
  node: string;
  items: { name: string; placement: Placement }[];
}

/** What the choice of the next group depends on. */
export interface Precedence {
  isReady(node: string): boolean;
  isBusy(node: string): boolean;
  /** How long an item took last time, in seconds; 0 when unknown. */
  expected(item: string): number;
}

/** Items by node, at most 20 a group, in the order in which they were declared. */
export function groupsOf(items: readonly { name: string; placement: Placement }[]): Group[] {
  const byNode = new Map<string, Group['items']>();
  for (const item of items) {
    const { node } = item.placement;
    byNode.set(node, [...(byNode.get(node) ?? []), item]);
  }
  return [...byNode].flatMap(([node, on]) =>
    Array.from({ length: Math.ceil(on.length / MAX_ITEMS_PER_GROUP) }, (_, n) => ({
      node,
      items: on.slice(n * MAX_ITEMS_PER_GROUP, (n + 1) * MAX_ITEMS_PER_GROUP),
    })),
  );
}

/** The order in which groups run: ready nodes first, free ones before busy ones, then the longest expected. */
export function inOrder(groups: readonly Group[], precedence: Precedence): Group[] {
  const rank = (group: Group) =>
    (precedence.isReady(group.node) ? 0 : 2) + (precedence.isBusy(group.node) ? 1 : 0);
  const expected = (group: Group) =>
    group.items.reduce((sum, { name }) => sum + precedence.expected(name), 0);
  return [...groups].sort(
    (a, b) => rank(a) - rank(b) || expected(b) - expected(a) || (a.node < b.node ? -1 : 1),
  );
}
