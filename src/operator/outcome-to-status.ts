import type { ItemOutcome, Outcome } from '../api/outcome';
import type { Figures, ItemStatus, Result, RunGroup } from '../api/service-backup';
import { type Failure, sentence } from './failure';
import { instant } from './instant';

/** Where an item was read, for its status. */
export interface Read {
  placement?: { node: string; because: string };
  job?: string;
}

const worstFirst: readonly Result[] = ['Failed', 'Warning', 'Success'];

/** The worst of several ends. */
export const worst = (ends: readonly Result[]): Result =>
  worstFirst.find((end) => ends.includes(end)) ?? 'Success';

/** Items of a group as their Job reported them. */
export function settled(
  group: RunGroup,
  outcome: Outcome,
  before: readonly ItemStatus[],
  becauseOf: Record<string, string>,
  now: Date,
): ItemStatus[] {
  const { failure, items } = outcome;
  return group.items.map((name, index) => {
    const previous = before.find((item) => item.name === name);
    const read: Read = {
      placement: { node: group.node, because: becauseOf[name] ?? '' },
      job: group.job,
    };
    const item = items[index];
    if (failure || !item)
      return failedItem(name, failure ?? { reason: 'OutcomeLost', message: '' }, previous, read);
    return item.state === 'Failed'
      ? failedItem(
          name,
          { reason: item.reason ?? 'BackupFailed', message: item.message ?? '' },
          previous,
          read,
        )
      : succeeded(name, item, read, now);
  });
}

function succeeded(name: string, item: ItemOutcome, read: Read, now: Date): ItemStatus {
  const { state, reason, message, ...figures } = item;
  return {
    type: 'pvc',
    name,
    state,
    ...(reason && { reason }),
    ...(message && { message: sentence(message) }),
    ...read,
    consistency: 'Live',
    ...figures,
    lastSuccess: instant(now),
  };
}

/** A failure keeps the figures of the last success: they say what could be restored. */
export function failedItem(
  name: string,
  { reason, message }: Failure,
  previous: ItemStatus | undefined,
  read: Read = {},
): ItemStatus {
  return {
    type: 'pvc',
    name,
    state: 'Failed',
    reason,
    message: sentence(message),
    ...read,
    ...(previous?.lastSuccess && {
      ...figuresOf(previous),
      ...(previous.consistency && { consistency: previous.consistency }),
      lastSuccess: previous.lastSuccess,
    }),
  };
}

const figuresOf = (item: ItemStatus): Figures => {
  const { snapshot, bytes, bytesAdded, files, filesNew, filesChanged, filesUnmodified, seconds } = item;
  const all = { snapshot, bytes, bytesAdded, files, filesNew, filesChanged, filesUnmodified, seconds };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
};

/** What retention did, in words; undefined when it was not asked for. */
export function retentionText(outcome: Outcome): { message: string; failed: boolean } | undefined {
  const { retention } = outcome;
  if (!retention) return undefined;
  return retention.failure
    ? {
        message: sentence(`${retention.failure.reason}: ${retention.failure.message}`),
        failed: true,
      }
    : {
        message: `${retention.kept} ${retention.kept === 1 ? 'snapshot' : 'snapshots'} kept, ${retention.forgotten} forgotten`,
        failed: false,
      };
}
