import { isReason, REASONS } from '../api/reasons';
import type { ItemStatus, Retry, Run } from '../api/service-backup';
import type { Draft } from './draft';
import { type Failure, sentence } from './failure';
import { instant } from './instant';
import { isFailure, type Settings } from './settings';
import { settle } from './settled';

/** The first wait before an item is tried again; each further one is twice as long. Seconds. */
const FIRST_WAIT = 30;
const waitOf = (attempts: number, first = FIRST_WAIT): number => first * 2 ** (attempts - 1);
/** A volume that moves is followed so often, whatever the limit for failures is. */
const MOVES = 2;

/**
 * Takes the ends of items into status: those whose failure may pass are tried again in this run, as often as is allowed. `wait`: the
 * first of the waits that double, in seconds; 0: at once, since what was in the way has passed already.
 */
export function settleOrRetry(
  draft: Draft,
  items: readonly ItemStatus[],
  settings: Settings | Failure,
  now: Date,
  wait = FIRST_WAIT,
): void {
  const run = draft.status.run!;
  const final: ItemStatus[] = [];
  for (const item of items) {
    const before = run.retries?.find(({ name }) => name === item.name);
    const attempts = (before?.attempts ?? 0) + 1;
    run.retries = [...(run.retries ?? []).filter((retry) => retry !== before)];
    if (mayPass(item) && !isFailure(settings) && attempts <= limitOf(item, settings.backoffLimit))
      run.retries.push(again(draft, item, attempts, now, wait));
    else final.push(item.state === 'Failed' && attempts > 1 ? triedOften(item, attempts) : item);
  }
  if (run.retries?.length === 0) delete run.retries;
  settle(draft, final);
}

const mayPass = ({ state, reason }: ItemStatus): boolean =>
  state === 'Failed' && isReason(reason) && REASONS[reason].passing === true;

const limitOf = ({ reason }: ItemStatus, limit: number): number =>
  reason === 'VolumeMoved' ? Math.max(limit, MOVES) : limit;

function again(draft: Draft, item: ItemStatus, attempts: number, now: Date, wait: number): Retry {
  const { name, reason = 'BackupFailed', message = '', job } = item;
  const at = instant(new Date(now.getTime() + waitOf(attempts, wait) * 1000));
  if (wait > 0) draft.event('Warning', reason, `${name}: ${message} Tried again at ${at}.`);
  return { name, attempts, at, reason, message, ...(job && { job }) };
}

const triedOften = (item: ItemStatus, attempts: number): ItemStatus => ({
  ...item,
  message: sentence(`${(item.message ?? '').replace(/\.$/, '')} (tried ${attempts} times).`),
});

/** Items that wait to be tried again. One whose instant is further off than it ever waits was given it by a clock that has been put back. */
export const resting = (run: Run, now: Date): Retry[] =>
  (run.retries ?? []).filter(({ at, attempts }) => {
    const left = Date.parse(at) - now.getTime();
    return left > 0 && left <= waitOf(attempts) * 1000;
  });
