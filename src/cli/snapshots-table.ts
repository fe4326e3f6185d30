import type { SnapshotLine } from '../api';
import { shortId } from './items-table';
import { formatBytes, formatCount } from './sizes';
import { type Paint, renderTable } from './tables';
import { formatTime } from './times';

/** Snapshots as a person looks for one: newest last, beside the prompt. */
export function snapshotsTable(
  snapshots: SnapshotLine[],
  { timeZone, paint }: { timeZone: string; paint: Paint },
): string {
  const rows = snapshots.map((s) => [
    shortId(s.id),
    s.item,
    formatTime(s.time, timeZone),
    s.files === undefined ? '' : formatCount(s.files),
    s.bytes === undefined ? '' : formatBytes(s.bytes),
    s.run ?? '',
  ]);
  return renderTable(
    [
      { title: 'ID' },
      { title: 'ITEM' },
      { title: 'TIME' },
      { title: 'FILES', align: 'right' },
      { title: 'SIZE', align: 'right' },
      { title: 'RUN' },
    ],
    rows,
    paint,
  );
}
