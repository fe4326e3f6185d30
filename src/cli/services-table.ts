import type { ServiceBackup, ServiceBackupStatus } from '../api';
import { inBrackets } from '../operator/consistency';
import { itemsNow } from '../operator/items';
import type { View } from './items-table';
import { nameOf } from './service-reference';
import { formatCount } from './sizes';
import { paintState, renderTable } from './tables';
import { formatTime } from './times';

/** All ServiceBackups, a line each. */
export function servicesTable(services: ServiceBackup[], { timeZone, paint }: View): string {
  const time = (instant: string | undefined) => (instant ? formatTime(instant, timeZone) : '');
  const rows = services.map((service) => {
    const { metadata, status } = service;
    return [
      nameOf(metadata),
      paintState(status?.state, paint)(stateOf(status)),
      status?.reason ?? '',
      formatCount(itemsNow(service).length),
      time(status?.lastBackup?.timestamp),
      time(status?.nextBackup),
    ];
  });
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

/** The state, and what the weakest of its copies is worth. */
function stateOf({ state, items = [] }: ServiceBackupStatus = {}): string {
  if (state !== 'Success' && state !== 'Warning') return state ?? 'Unknown';
  return `${state}${inBrackets(items)}`;
}
