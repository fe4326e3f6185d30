import type { Outcome } from '../api/outcome';
import type { MaintainTask } from '../api/task';
import { checkRepository } from './check';
import type { Locks } from './locks';
import { keyIsThere } from './owner';
import { pruneRepository } from './prune';
import { recallItem } from './recall';
import type { Opened } from './repository';
import type { Restic } from './restic';
import { applyRetention, retentionInWords } from './retention';
import type { Bucket } from './s3';
import { readSnapshots } from './snapshots';

/** What looking after a repository needs beside its task. */
export interface Means {
  opened: Opened;
  bucket: Bucket;
  restic: Restic;
  locks: Locks;
  log(line: string): void;
  /** Called after each step, when `outcome` has grown. */
  tell(): void;
}

/** Recalls, forgets, checks, prunes, in this order; what the task does not ask for is left out. */
export async function maintain(task: MaintainTask, outcome: Outcome, means: Means): Promise<void> {
  const { restic, locks, log, tell } = means;
  if (task.recall) {
    const snapshots = await readSnapshots(restic, 'OutcomeLost');
    outcome.items = task.recall.map((name) => recallItem(name, task, snapshots));
    for (const { message } of outcome.items) log(message ?? '');
    tell();
  }
  if (task.retention && !restic.cancelled) {
    outcome.retention = await applyRetention(task, task.retention.items, restic, locks);
    log(retentionInWords(outcome.retention));
    tell();
  }
  if (task.check) {
    const { bucket, opened } = means;
    outcome.recoveryKey = await keyIsThere(bucket, opened.owner);
    const failure = await checkRepository(task.check, locks);
    outcome.check = { ...(failure && { failure }) };
    log(`check of part ${task.check.part} of ${task.check.parts}: ${failure?.message ?? 'whole'}`);
    tell();
  }
  // A repository that is damaged, or could not be looked at, is not rearranged.
  if (task.prune && !outcome.check?.failure) {
    outcome.prune = await pruneRepository(task.prune, locks);
    log(`prune: ${outcome.prune.failure?.message ?? `about ${outcome.prune.freed} bytes freed`}`);
  }
}
