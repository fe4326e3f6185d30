import type { ItemOutcome } from '../api/outcome';
import type { Figures, ItemStatus, Result } from '../api/service-backup';
import { type Failure, sentence } from './failure';
import { instant } from './instant';
import { typeOf } from './items';
import { emptiedFrom, shrunkFrom } from './shrink';

/** Where an item was read, for its status. */
export type Read = Pick<ItemStatus, 'placement' | 'job'>;

const worstFirst: readonly Result[] = ['Failed', 'Warning', 'Success'];

/** The worst of several ends. */
export const worst = (ends: readonly Result[]): Result =>
  worstFirst.find((end) => ends.includes(end)) ?? 'Success';

/** An item as its Job reported it. */
export function toldItem(
  name: string,
  told: ItemOutcome,
  before: ItemStatus | undefined,
  read: Read,
  now: Date,
): ItemStatus {
  const { state, reason, message, ...figures } = told;
  if (state === 'Failed')
    return failedItem(name, { reason: reason ?? 'BackupFailed', message: message ?? '' }, before, read);
  const shrunk = shrunkFrom(told, before);
  return {
    type: typeOf(name),
    name,
    state,
    ...(reason && { reason }),
    ...(message && { message: sentence(message) }),
    ...read,
    consistency: 'Live',
    ...figures,
    ...(shrunk && { shrunkFrom: shrunk }),
    lastSuccess: instant(now),
  };
}

/** A failure keeps the figures of the last success: they say what could be restored. */
export function failedItem(
  name: string,
  { reason, message }: Failure,
  before: ItemStatus | undefined,
  read: Read = {},
  state: 'Failed' | 'Unknown' = 'Failed',
): ItemStatus {
  const shrunk = reason === 'NoObjects' ? emptiedFrom(before) : before?.shrunkFrom;
  return {
    type: typeOf(name),
    name,
    state,
    reason,
    message: sentence(message),
    ...read,
    ...(before?.lastSuccess && {
      ...figuresOf(before),
      ...(before.consistency && { consistency: before.consistency }),
      ...(shrunk && { shrunkFrom: shrunk }),
      lastSuccess: before.lastSuccess,
    }),
  };
}

const figuresOf = (item: ItemStatus): Figures => {
  const { snapshot, bytes, bytesAdded, files, filesNew, filesChanged, filesUnmodified, seconds } = item;
  const all = { snapshot, bytes, bytesAdded, files, filesNew, filesChanged, filesUnmodified, seconds };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
};

/**
 * An item whose report was lost, read back from the repository. A snapshot is at most a Warning: it does not tell whether every
 * file could be read.
 */
export function recalledItem(
  unknown: ItemStatus,
  told: ItemOutcome | undefined,
  failure: Failure | undefined,
  now: Date,
): ItemStatus {
  const { name, placement, job } = unknown;
  const read: Read = { ...(placement && { placement }), ...(job && { job }) };
  if (!told)
    return failedItem(
      name,
      {
        reason: 'OutcomeLost',
        message: `${unknown.message ?? ''} It could not be read back: ${failure?.message ?? 'the Job that should have done so did not say.'}`,
      },
      unknown,
      read,
    );
  const { bytes, files } = unknown;
  // A snapshot of an older restic carries no figures: what it is compared with must not be lost.
  const measured = {
    ...(bytes !== undefined && { bytes }),
    ...(files !== undefined && { files }),
    ...told,
  };
  const most = told.state === 'Success' ? ({ state: 'Warning', reason: 'OutcomeLost' } as const) : {};
  return toldItem(name, { ...(told.state === 'Failed' ? told : measured), ...most }, unknown, read, now);
}
