import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { ReportLine, ResultLine } from '../../api/report';
import type { RestoreBucketTask } from '../../api/task';
import { Fault, failureFrom } from '../fault';
import type { Locks } from '../locks';
import { ObjectStore } from '../objects/object-store';
import type { Restic } from '../restic';
import { chooseSnapshot } from '../restore';
import { type Fetching, fetchBodies, fetchManifest, wantedEntries } from './restore-fetch';
import { RestoreReport } from './restore-report';
import { refuseRepository } from './restore-target';
import { verifyObjects, writeObjects } from './restore-write';
import { ScratchLock } from './scratch-lock';

/** What a restore works with. */
export interface BucketTools {
  restic: Restic;
  locks: Locks;
  /** Of the S3 system that is restored to. */
  keys: { accessKeyId: string; secretAccessKey: string };
  signal: AbortSignal;
  print(line: ReportLine): void;
}

/**
 * Restores the objects of a snapshot, by way of the scratch volume, into a bucket that exists. Objects of the bucket that are not
 * in the snapshot stay as they are, and so do others of the same key, if it is not asked to write over them.
 *
 * @throws NoSuchSnapshot, TargetIsRepository, ScratchFull, RestoreFailed, and what either S3 system may be at fault with, when
 *   nothing was written
 */
export async function restoreBucket(task: RestoreBucketTask, tools: BucketTools): Promise<ResultLine> {
  const { restic, locks, keys, signal, print } = tools;
  const store = new ObjectStore({ ...task.to, ...keys, signal });
  const directory = await mkdtemp(join(task.scratch, '_restore.'));
  const lock = await ScratchLock.take(directory, 'the restore', []);
  try {
    await refuseRepository(task, store);
    const { snapshot } = await chooseSnapshot(task, restic);
    const fetching: Fetching = { task, snapshot: snapshot.id, directory, locks, print };
    const { header, wanted } = await fetchManifest(fetching);
    print({ ...snapshot, files: header.objects, bytes: header.bytes });
    if (wanted.objects === 0 && task.prefix !== undefined)
      throw new Fault(
        'RestoreFailed',
        `No object of snapshot ${snapshot.id.slice(0, 8)} has a key that begins with '${task.prefix}': nothing was written.`,
      );
    if (wanted.objects > 0 && !task.dryRun) await fetchBodies(fetching, wanted);

    const report = new RestoreReport(task, wanted, print);
    const writing = { task, store, directory, entries: () => wantedEntries(fetching), report, signal };
    try {
      const notThere = await writeObjects(writing);
      if (!task.dryRun) await verifyObjects(writing, notThere);
    } catch (error) {
      const { reason, message } = failureFrom(error, 'RestoreFailed');
      return { ...report.result(snapshot.id, message), reason };
    }
    return report.result(snapshot.id);
  } finally {
    store.close();
    await lock.release();
    await rm(directory, { recursive: true, force: true });
  }
}
