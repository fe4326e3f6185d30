import type { SnapshotLine } from '../api/report';
import type { RestoreTask } from '../api/task';
import { Fault } from './fault';

const DAY_MS = 86_400_000;

/** An instant; a date without a time is the end of that day, in UTC, since people mean "as it was that day". */
function instantOf(asOf: string): number {
  const time = Date.parse(asOf);
  if (Number.isNaN(time)) {
    throw new Fault('NoSuchSnapshot', `'${asOf}' is no time: write 2026-11-19 or 2026-11-19T01:40:00Z.`);
  }
  return /^\d{4}-\d{2}-\d{2}$/.test(asOf) ? time + DAY_MS - 1 : time;
}

const describe = (snapshot: SnapshotLine): string => `${snapshot.id.slice(0, 8)} of ${snapshot.time}`;

/**
 * The snapshot that a restore asks for. It never falls back to another one than was asked for.
 *
 * @param snapshots of the whole repository, oldest first
 * @throws NoSuchSnapshot, naming the nearest ones
 */
export function selectSnapshot(
  snapshots: readonly SnapshotLine[],
  item: string,
  select: RestoreTask['select'],
): SnapshotLine {
  const ofItem = snapshots.filter((snapshot) => snapshot.item === item);
  const [oldest] = ofItem;
  const newest = ofItem.at(-1);
  if (!oldest || !newest) {
    const items = [...new Set(snapshots.map((snapshot) => snapshot.item))];
    throw new Fault(
      'NoSuchSnapshot',
      `There is no snapshot of item ${item}; ${items.length > 0 ? `the repository has some of ${items.join(', ')}` : 'the repository holds none at all'}.`,
    );
  }
  if ('latest' in select) return newest;

  if ('asOf' in select) {
    const until = instantOf(select.asOf);
    const found = ofItem.findLast((snapshot) => Date.parse(snapshot.time) <= until);
    if (found) return found;
    throw new Fault(
      'NoSuchSnapshot',
      `No snapshot of item ${item} is as old as ${select.asOf}; the oldest is ${describe(oldest)}.`,
    );
  }

  const wanted = select.snapshot.toLowerCase();
  const matching = snapshots.filter((snapshot) => snapshot.id.startsWith(wanted));
  const [match, another] = matching;
  if (match && another) {
    throw new Fault(
      'NoSuchSnapshot',
      `'${select.snapshot}' is the beginning of ${matching.length} snapshots (${matching.slice(0, 3).map(describe).join(', ')}): write more of it.`,
    );
  }
  if (!match) {
    const near = ofItem.slice(-3).reverse().map(describe).join(', ');
    throw new Fault(
      'NoSuchSnapshot',
      `No snapshot begins with '${select.snapshot}'; the newest of item ${item}: ${near}.`,
    );
  }
  if (match.item !== item) {
    throw new Fault(
      'NoSuchSnapshot',
      `Snapshot ${describe(match)} is of item ${match.item}, not of ${item}.`,
    );
  }
  return match;
}
