import type { ReportLine } from '../api/report';
import type { ListTask } from '../api/task';
import type { Restic } from './restic';
import { lineOf, readSnapshots } from './snapshots';

/** Prints every snapshot that can be read, and then that these were all. */
export async function listSnapshots(
  task: ListTask,
  restic: Restic,
  print: (line: ReportLine) => void,
): Promise<void> {
  const { found, unreadable } = await readSnapshots(restic, 'RestoreFailed');
  for (const snapshot of found) print(lineOf(snapshot, task.repository.owner));
  print({ type: 'end', count: found.length, ...(unreadable && { unreadable }) });
}
