import { bucketOf, type ItemStatus, type RunGroup, type ServiceBackup } from '../api';
import { itemsNow } from '../operator/items';
import { formatBytes, formatCount } from './sizes';
import { type Paint, paintState, renderTable } from './tables';
import { formatDuration, formatTime } from './times';

export interface View {
  timeZone: string;
  paint: Paint;
}

/**
 * An item as it stands: what the last run made of it, or the one under way; or, as long as that is still to come, what came of it
 * `before`.
 */
type Standing =
  | { name: string; at: 'settled'; item: ItemStatus }
  | { name: string; at: 'reading'; group: RunGroup; before?: ItemStatus }
  | { name: string; at: 'to come'; before?: ItemStatus }
  | { name: string; at: 'never' };

/** Every item, in the order of the declaration. Those that are no longer declared are last. */
export function standings(service: Pick<ServiceBackup, 'metadata' | 'spec' | 'status'>): Standing[] {
  const { items = [], run } = service.status ?? {};
  const settled = run?.done ?? items;
  const open = run?.groups.find((group) => !group.finishedAt);
  const names = [...itemsNow(service), ...settled.map(({ name }) => name)];
  return [...new Set(names)].map((name): Standing => {
    const item = settled.find((one) => one.name === name);
    if (item) return { name, at: 'settled', item };
    if (!run) return { name, at: 'never' };
    const known = items.find((one) => one.name === name);
    const before = known && { before: known };
    return open?.items.includes(name)
      ? { name, at: 'reading', group: open, ...before }
      : { name, at: 'to come', ...before };
  });
}

export function itemsTable(service: ServiceBackup, view: View): string {
  return renderTable(
    [
      { title: 'ITEM' },
      { title: 'NODE' },
      { title: 'WHY' },
      { title: 'SNAPSHOT' },
      { title: 'NEW', align: 'right' },
      { title: 'FILES', align: 'right' },
      { title: 'TIME', align: 'right' },
      { title: 'RESULT' },
    ],
    standings(service).map((standing) => row(standing, view)),
    view.paint,
    '  ',
  );
}

function row(standing: Standing, view: View): string[] {
  const name = shownItem(standing.name);
  if (standing.at === 'settled') return [name, ...figures(standing.item), result(standing.item, view)];
  if (standing.at === 'never') return [name, '', '', '', '', '', '', 'not backed up yet'];
  const before = standing.before ? ` (last run: ${stateOf(standing.before)})` : '';
  if (standing.at === 'to come') return [name, '', '', '', '', '', '', `to come${before}`];
  const { node, items, because } = standing.group;
  const why = because?.[items.indexOf(standing.name)] ?? '';
  return [name, node || NOWHERE, shortReason(why), '', '', '', '', `Running${before}`];
}

/** A bucket is on no node: the cell is not empty because something is missing. */
const NOWHERE = '—';

/** `pvc data`, `s3 nextcloud-files` */
function shownItem(name: string): string {
  const bucket = bucketOf(name);
  return bucket === undefined ? `pvc ${name}` : `s3 ${bucket}`;
}

function figures(item: ItemStatus): string[] {
  const shown = <T>(value: T | undefined, format: (value: T) => string) =>
    value === undefined ? '' : format(value);
  return [
    item.type === 's3' ? NOWHERE : (item.placement?.node ?? ''),
    item.placement ? shortReason(item.placement.because) : '',
    shown(item.snapshot, shortId),
    shown(item.bytesAdded, formatBytes),
    shown(item.files, formatCount),
    shown(item.seconds, formatDuration),
  ];
}

export const shortId = (snapshot: string): string => snapshot.slice(0, 8);

/** A VolumeAttachment's name is 68 characters of hash, of which five tell it apart. */
const shortReason = (because: string): string =>
  because.replace(/\bcsi-[0-9a-f]{20,}/g, (name) => `${name.slice(0, 9)}…`);

/** The state, and wherever it tells of a copy, what that is worth: `Success (Live)`. */
function stateOf({ state, consistency }: ItemStatus): string {
  const copied = state === 'Success' || state === 'Warning';
  return copied && consistency ? `${state} (${consistency})` : state;
}

const UNKNOWN = 'the report of its Job was lost: what was made is read back before the run ends';

function result(item: ItemStatus, { paint, timeZone }: View): string {
  const painted = paintState(item.state, paint);
  if (item.state === 'Success') return painted(stateOf(item));
  const why = item.message ?? item.reason ?? (item.state === 'Unknown' ? UNKNOWN : 'no message');
  const restorable =
    item.state === 'Failed' && item.lastSuccess
      ? ` (last good: ${formatTime(item.lastSuccess, timeZone)})`
      : '';
  return painted(`${stateOf(item)}: ${why}${restorable}`);
}
