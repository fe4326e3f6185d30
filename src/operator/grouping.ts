import { MAX_ITEMS_PER_GROUP } from '../api/group';
import { type BucketPlacement, isOfBucket, type Placement } from './placement';
import { scratchPlace } from './scratch';

interface Placed {
  name: string;
  placement: Placement | BucketPlacement;
}

/** Items of a run that one Job reads. */
export interface Group {
  /** '' for buckets. */
  node: string;
  /** What its Job takes up: the node; of buckets the scratch claim; '' when only a place among all. */
  place: string;
  items: Placed[];
}

/** What the choice of the next group depends on. */
export interface Precedence {
  isReady(node: string): boolean;
  isBusy(place: string): boolean;
  /** How long an item took last time, in seconds; 0 when unknown. */
  expected(item: string): number;
}

/** Volumes by node, buckets by the Secret with their keys; at most 20 a group, in the order in which they were declared. */
export function groupsOf(items: readonly Placed[]): Group[] {
  const together = new Map<string, Placed[]>();
  for (const item of items) {
    const { placement } = item;
    const key = isOfBucket(placement) ? `bucket/${placement.secret}` : placement.node;
    together.set(key, [...(together.get(key) ?? []), item]);
  }
  return [...together.values()].flatMap((all) => {
    const { placement } = all[0]!;
    const { node } = placement;
    const place = isOfBucket(placement) ? scratchPlace(placement.claim) : node;
    return Array.from({ length: Math.ceil(all.length / MAX_ITEMS_PER_GROUP) }, (_, n) => ({
      node,
      place,
      items: all.slice(n * MAX_ITEMS_PER_GROUP, (n + 1) * MAX_ITEMS_PER_GROUP),
    }));
  });
}

/** The order in which groups run: what can be read at once first, then what others are at, then the longest expected; of equals buckets last. */
export function inOrder(groups: readonly Group[], precedence: Precedence): Group[] {
  const rank = ({ node, place }: Group) =>
    (node === '' || precedence.isReady(node) ? 0 : 2) + (precedence.isBusy(place) ? 1 : 0);
  const byNode = (a: string, b: string) =>
    Number(a === '') - Number(b === '') || (a < b ? -1 : a > b ? 1 : 0);
  const expected = (group: Group) =>
    group.items.reduce((sum, { name }) => sum + precedence.expected(name), 0);
  return [...groups].sort((a, b) => rank(a) - rank(b) || expected(b) - expected(a) || byNode(a.node, b.node));
}
