import * as fs from 'node:fs/promises';
import { join } from 'node:path';
import type { ReportLine, ResultLine, SnapshotLine } from '../api/report';
import type { RestoreTask } from '../api/task';
import { Fault } from './fault';
import type { Locks } from './locks';
import { progressFrom } from './progress';
import type { Restic } from './restic';
import { faultOf } from './restic-fault';
import { applyRoot } from './root-directory';
import { selectSnapshot } from './select-snapshot';
import { sourceOf } from './snapshot-source';
import { lineOf, type ResticSnapshot, readSnapshots } from './snapshots';

/** A new ext4 filesystem is not quite empty. */
const BORN_WITH = 'lost+found';

/**
 * Restores one item into an empty directory: what was the volume's root becomes the target, with contents, owners, modes,
 * times, symbolic and hard links, extended attributes of the user.
 *
 * @throws NoSuchSnapshot, TargetNotEmpty, RestoreFailed, and what the repository may be at fault with
 */
export async function restoreItem(
  task: RestoreTask,
  restic: Restic,
  locks: Locks,
  print: (line: ReportLine) => void,
): Promise<ResultLine> {
  await refuseUnlessEmpty(task.target);
  const { snapshot, inRepository } = await chooseSnapshot(task, restic);
  print(snapshot);

  const source = await sourceOf(restic, inRepository);
  const ended = await locks.share({
    args: ['restore', source.argument, '--target', task.target],
    statusPerSecond: 1,
    onLine: (line) => {
      const progress = progressFrom(line);
      if (progress) print(progress);
    },
  });
  if (ended.code !== 0) throw restoreFault(ended, task);
  if (source.root) await applyRoot(task.target, source.root);

  const found = await countFiles(task.target);
  if (snapshot.files !== undefined && found.files !== snapshot.files) {
    throw new Fault(
      'RestoreFailed',
      `Snapshot ${snapshot.id.slice(0, 8)} holds ${snapshot.files} files, and ${found.files} were found after the restore: do not use the copy.`,
    );
  }
  return { type: 'result', state: 'Success', snapshot: snapshot.id, files: found.files, bytes: found.bytes };
}

/** @throws NoSuchSnapshot, RepositoryDamaged */
export async function chooseSnapshot(
  { repository, item, select }: Pick<RestoreTask, 'repository' | 'item' | 'select'>,
  restic: Restic,
): Promise<{ snapshot: SnapshotLine; inRepository: ResticSnapshot }> {
  const { found: all, unreadable } = await readSnapshots(restic, 'RestoreFailed');
  const lines = all.map((one) => lineOf(one, repository.owner));
  const snapshot = selectSnapshot(lines, item, select);
  if (unreadable && !('snapshot' in select)) throw mayBeAnother(snapshot, unreadable);
  return { snapshot, inRepository: all[lines.indexOf(snapshot)]! };
}

/** The one that was asked for may be the very one that cannot be read: nothing else is put in its place unasked. */
const mayBeAnother = ({ id, item, time }: SnapshotLine, words: string): Fault =>
  new Fault(
    'RepositoryDamaged',
    `There are snapshots that cannot be read (${words}), so that the one asked for may be among them: nothing was written. Of item ${item}, the nearest that can be read is ${id.slice(0, 8)} of ${time}: to restore it, name it by its id.`,
  );

async function refuseUnlessEmpty(target: string): Promise<void> {
  const entries = await fs.readdir(target).catch((error: NodeJS.ErrnoException) => {
    throw new Fault('RestoreFailed', `The target ${target} cannot be read (${error.code}).`);
  });
  const there = entries.filter((entry) => entry !== BORN_WITH);
  if (there.length > 0) {
    throw new Fault(
      'TargetNotEmpty',
      `The target of the restore holds ${there.slice(0, 3).join(', ')}${there.length > 3 ? ', …' : ''}: nothing was written. Restore into a new claim.`,
    );
  }
}

function restoreFault(ended: Parameters<typeof faultOf>[0], task: RestoreTask): Fault {
  const { said } = ended;
  if (said.errors === 0) return faultOf(ended, `restoring item ${task.item}`, 'RestoreFailed');
  const names = said.errorItems.join(', ');
  return new Fault(
    'RestoreFailed',
    `${said.errors} ${said.errors === 1 ? 'file' : 'files'} of item ${task.item} could not be restored (${names}${said.errors > said.errorItems.length ? ', …' : ''}): ${said.errorMessage}. The copy is incomplete.`,
  );
}

/** Regular files and their sizes, each name of a hard-linked file counted, as restic counts them in a backup. */
async function countFiles(directory: string): Promise<{ files: number; bytes: number }> {
  const sum = { files: 0, bytes: 0 };
  for await (const entry of await fs.opendir(directory)) {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) {
      const below = await countFiles(path);
      sum.files += below.files;
      sum.bytes += below.bytes;
    } else if (entry.isFile()) {
      sum.files++;
      sum.bytes += (await fs.lstat(path)).size;
    }
  }
  return sum;
}
