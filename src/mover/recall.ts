import type { ItemOutcome } from '../api/outcome';
import type { SnapshotLine } from '../api/report';
import type { Owner } from '../api/task';
import type { Restic } from './restic';
import { readSnapshots } from './snapshots';

/**
 * What a run made of items whose report was lost: its snapshots carry its tag. One that is there is no success, since restic marks
 * none that lacks files it could not read; none is a failure.
 */
export async function recallItems(
  names: readonly string[],
  run: string,
  owner: Owner,
  restic: Restic,
): Promise<ItemOutcome[]> {
  const snapshots = await readSnapshots(restic, owner);
  return names.map((name) => recalled(name, run, snapshots));
}

/** Pure: of all snapshots, oldest first, the last that this run made of the item. */
export function recalled(name: string, run: string, snapshots: readonly SnapshotLine[]): ItemOutcome {
  const found = snapshots.findLast((snapshot) => snapshot.item === name && snapshot.run === run);
  if (!found) {
    return {
      state: 'Failed',
      reason: 'OutcomeLost',
      message: `The report of item ${name} was lost, and the repository holds no snapshot of it from run ${run}: it was not backed up.`,
    };
  }
  const { id, bytes, files, bytesAdded } = found;
  return {
    state: 'Warning',
    reason: 'OutcomeLost',
    message: `The report of item ${name} was lost. Snapshot ${id.slice(0, 8)} of this run is in the repository; whether every file could be read is not known.`,
    snapshot: id,
    ...(bytes !== undefined && { bytes }),
    ...(files !== undefined && { files }),
    ...(bytesAdded !== undefined && { bytesAdded }),
  };
}
