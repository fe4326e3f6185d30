import type { ReportLine } from '../api/report';
import type { ListTask } from '../api/task';
import type { Restic } from './restic';
import { readSnapshots } from './snapshots';

/** Prints every snapshot, and then that these were all. */
export async function listSnapshots(
  task: ListTask,
  restic: Restic,
  print: (line: ReportLine) => void,
): Promise<void> {
  const snapshots = await readSnapshots(restic, task.repository.owner);
  for (const snapshot of snapshots) print(snapshot);
  print({ type: 'end', count: snapshots.length });
}
