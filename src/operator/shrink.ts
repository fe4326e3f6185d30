import type { ItemOutcome } from '../api/outcome';
import type { ItemStatus } from '../api/service-backup';

type Measure = NonNullable<ItemStatus['shrunkFrom']>;

/** What an item is compared with: its last good backup, or what it measured before it shrank, until that is approved. */
export function measuredBefore(item: ItemStatus | undefined): Measure | undefined {
  if (!item || item.shrunkFrom) return item?.shrunkFrom;
  const { bytes, files, lastSuccess } = item;
  return lastSuccess && bytes !== undefined && files !== undefined ? { bytes, files } : undefined;
}

/** What a bucket held of which the listing is empty now: a shrink like others, but there is no snapshot of it. */
export function emptiedFrom(before: ItemStatus | undefined): Measure | undefined {
  const base = measuredBefore(before);
  return base && base.files > 0 ? base : undefined;
}

/**
 * What an item goes on to be compared with. Not only when the mover said SuspiciousShrink: a Warning for another reason (files that
 * cannot be read) would else make half a volume the new measure.
 */
export function shrunkFrom(outcome: ItemOutcome, before: ItemStatus | undefined): Measure | undefined {
  const base = measuredBefore(before);
  if (!base || outcome.state === 'Success') return undefined;
  const half = (now: number | undefined, was: number) => now !== undefined && now * 2 < was;
  const shrank = half(outcome.bytes, base.bytes) || half(outcome.files, base.files);
  return shrank || outcome.reason === 'SuspiciousShrink' ? base : undefined;
}
