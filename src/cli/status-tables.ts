import type { ItemStatus, ServiceBackup, ServiceBackupStatus } from '../api';
import { nameOf } from './service-reference';
import { countOf, formatBytes, formatCount } from './sizes';
import { type Paint, paintState, renderTable } from './tables';
import { formatClock, formatDuration, formatTime, tellDuration } from './times';

interface View {
  timeZone: string;
  paint: Paint;
}

/** All ServiceBackups, a line each. */
export function servicesTable(services: ServiceBackup[], { timeZone, paint }: View): string {
  const time = (instant: string | undefined) => (instant ? formatTime(instant, timeZone) : '');
  const rows = services.map(({ metadata, spec, status }) => [
    nameOf(metadata),
    paintState(status?.state, paint)(status?.state ?? 'Unknown'),
    status?.reason ?? '',
    formatCount(spec.backups.length),
    time(status?.lastBackup?.timestamp),
    time(status?.nextBackup),
  ]);
  return renderTable(
    [
      { title: 'SERVICE' },
      { title: 'STATE' },
      { title: 'REASON' },
      { title: 'ITEMS', align: 'right' },
      { title: 'LAST' },
      { title: 'NEXT' },
    ],
    rows,
    paint,
  );
}

/** One ServiceBackup: what its last run (or the one under way) did, item by item. */
export function serviceReport(service: ServiceBackup, view: View): string {
  const { status } = service;
  const lines = [headline(service, view)];
  // What an item failed for stands in its row; only what concerns the service as a whole needs a line.
  if (status?.message && status.reason !== 'ItemsFailed' && !told(status)) lines.push(`  ${status.message}`);
  if (status?.lastBackup?.retention) lines.push(`  retention: ${status.lastBackup.retention}`);
  lines.push(itemsTable(service, view));
  if (status?.nextBackup)
    lines.push(view.paint.dim(`  next run: ${formatTime(status.nextBackup, view.timeZone)}`));
  return lines.join('\n');
}

const told = (status: ServiceBackupStatus): boolean =>
  (status.items ?? []).some((item) => item.message === status.message);

function headline({ metadata, status }: ServiceBackup, { timeZone, paint }: View): string {
  const state = status?.state;
  const run = status?.run
    ? `run of ${formatClock(status.run.startedAt, timeZone)} under way, ${countOf(status.run.groups.length, 'Job')} so far`
    : lastRun(status, timeZone);
  const parts = [nameOf(metadata), paintState(state, paint)(state ?? 'Unknown'), run];
  return parts.join('   ');
}

function lastRun(status: ServiceBackupStatus | undefined, timeZone: string): string {
  const last = status?.lastBackup;
  if (!last) return 'no run yet';
  const seconds = (Date.parse(last.timestamp) - Date.parse(last.startedAt)) / 1000;
  const nodes = new Set(status?.items?.flatMap((item) => item.placement?.node ?? []));
  const where = nodes.size > 0 ? `, ${countOf(nodes.size, 'node')}` : '';
  return `run of ${formatTime(last.startedAt, timeZone)}, ${tellDuration(seconds)}${where}`;
}

function itemsTable(service: ServiceBackup, { paint }: View): string {
  const status = service.status?.items ?? [];
  const known = new Set(status.map((item) => `${item.type} ${item.name}`));
  const waiting = service.spec.backups.filter((item) => !known.has(`${item.type} ${item.name}`));
  const rows = [
    ...status.map((item) => itemRow(item, paint)),
    ...waiting.map((item) => [`${item.type} ${item.name}`, '', '', '', '', '', '', 'not backed up yet']),
  ];
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
    rows,
    paint,
    '  ',
  );
}

function itemRow(item: ItemStatus, paint: Paint): string[] {
  const shown = <T>(value: T | undefined, format: (value: T) => string) =>
    value === undefined ? '' : format(value);
  return [
    `${item.type} ${item.name}`,
    item.placement?.node ?? '',
    item.placement ? shortReason(item.placement.because) : '',
    shown(item.snapshot, shortId),
    shown(item.bytesAdded, formatBytes),
    shown(item.files, formatCount),
    shown(item.seconds, formatDuration),
    paintState(item.state, paint)(resultOf(item)),
  ];
}

export const shortId = (snapshot: string): string => snapshot.slice(0, 8);

/** A VolumeAttachment's name is 68 characters of hash, of which five tell it apart. */
const shortReason = (because: string): string =>
  because.replace(/\bcsi-[0-9a-f]{20,}/g, (name) => `${name.slice(0, 9)}…`);

function resultOf(item: ItemStatus): string {
  const consistency = item.consistency ? ` (${item.consistency})` : '';
  if (item.state === 'Success') return `Success${consistency}`;
  return `${item.state}: ${item.message ?? item.reason ?? 'no message'}`;
}
