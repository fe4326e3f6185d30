import type { ItemStatus } from '../api/service-backup';

const WEAKEST_FIRST = ['Live', 'PointInTime', 'Application'] as const;

/** What copies are worth together: as much as the weakest of them. It stands wherever a success does. */
export const consistencyOf = (items: readonly ItemStatus[]): ItemStatus['consistency'] =>
  WEAKEST_FIRST.find((worth) => items.some(({ consistency }) => consistency === worth));

/** ` (Live)`, or nothing. */
export function inBrackets(items: readonly ItemStatus[]): string {
  const worth = consistencyOf(items);
  return worth ? ` (${worth})` : '';
}
