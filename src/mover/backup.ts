import * as fs from 'node:fs/promises';
import type { ItemOutcome } from '../api/outcome';
import { type BackupBucketsTask, type BackupTask, hostOf, type TaskItem } from '../api/task';
import { type BackupSummary, type Judgement, judgeBackup, namesOf, notBegun } from './backup-outcome';
import { anchorPattern } from './exclude';
import { failureFrom } from './fault';
import { inWords } from './item-words';
import type { Locks } from './locks';
import { proveMount } from './mount-proof';
import type { Ended } from './restic';
import { faultOf } from './restic-fault';
import { readRoot, rootTag } from './root-directory';
import { runTag } from './snapshots';

type Log = (line: string) => void;
type AnyBackup = Pick<BackupTask | BackupBucketsTask, 'run' | 'repository'>;

/** One snapshot that cannot be read keeps restic from looking for a parent. Without one it reads everything, and saves it. */
const NO_PARENT = /failed to load snapshot/;

/** What a backup needs beside its task. */
export interface Means {
  locks: Locks;
  log: Log;
  /** Takes the outcome of an item, as soon as it has one. */
  settle(outcome: ItemOutcome): void;
  mountinfo?: string;
}

/**
 * Backs up items one after the other. One item's failure does not stop the next; a failure of the repository does,
 * and is then told for each of those that were not begun.
 */
export async function inTurn<Item extends { name: string }>(
  items: readonly Item[],
  means: Means,
  backup: (item: Item) => Promise<Judgement>,
): Promise<void> {
  let ended: ItemOutcome | undefined;
  for (const item of items) {
    if (ended) {
      means.settle(notBegun({ reason: ended.reason ?? 'BackupFailed', message: ended.message ?? '' }));
      continue;
    }
    const judgement = await backup(item);
    if (judgement.stop) ended = judgement.outcome;
    means.log(sentence(item.name, judgement.outcome));
    means.settle(judgement.outcome);
  }
}

export const backupItems = (task: BackupTask, means: Means): Promise<void> =>
  inTurn(task.items, means, (item) => backupItem(task, item, means));

async function backupItem(task: BackupTask, item: TaskItem, means: Means): Promise<Judgement> {
  try {
    proveMount(await fs.readFile(means.mountinfo ?? '/proc/self/mountinfo', 'utf8'), item.path, item.name);
    const tags = [rootTag(await readRoot(item.path))];
    const { ended, summary } = await runBackup(task, item, tags, means);
    const judgement = judgeBackup(ended, summary, item);
    if (judgement.forget) await forgetEmpty(judgement.forget, means.locks, judgement.outcome);
    return judgement;
  } catch (error) {
    return { outcome: { state: 'Failed', ...failureFrom(error, 'BackupFailed') } };
  }
}

/** What restic reads: a volume, or the copy of a bucket. */
type Tree = Pick<TaskItem, 'name' | 'path' | 'exclude'> & { type: 'pvc' | 's3' };

/** The arguments of restic for an item. Nothing in them but the exclude patterns depends on where it is mounted. */
export function backupArguments(task: AnyBackup, item: Tree, tags: string[]): string[] {
  const { owner } = task.repository;
  // Each tag in a flag of its own: a comma would split it.
  const allTags = [runTag(task.run), `cluster=${owner.cluster}`, `type=${item.type}`, ...tags];
  return [
    'backup',
    '.',
    '--host',
    hostOf(owner, item.name),
    '--group-by',
    'host',
    ...allTags.flatMap((tag) => ['--tag', tag]),
    // Walking everything twice to know a percentage that nobody sees is not worth the node's disk.
    '--no-scan',
    ...item.exclude.map((pattern) => `--exclude=${anchorPattern(pattern, item.path)}`),
  ];
}

/** Calls restic on a tree. */
export async function runBackup(
  task: AnyBackup,
  item: Tree,
  tags: string[],
  { locks, log }: Means,
): Promise<{ ended: Ended; summary: BackupSummary | undefined }> {
  let summary: BackupSummary | undefined;
  let loggedAt = Date.now();
  const restic = (...more: string[]) =>
    locks.share({
      args: [...backupArguments(task, item, tags), ...more],
      cwd: item.path,
      onLine: (line) => {
        if (line.startsWith('{"message_type":"summary"')) summary = JSON.parse(line) as BackupSummary;
        else if (Date.now() - loggedAt > 60_000) {
          loggedAt = Date.now();
          const { files_done, bytes_done } = JSON.parse(line) as { files_done?: number; bytes_done?: number };
          log(`${inWords(item.name)}: ${files_done ?? 0} files, ${bytes_done ?? 0} bytes so far`);
        }
      },
    });
  let ended = await restic();
  const [words = ''] = ended.said.fatal?.split('\n') ?? [];
  if (ended.code === 1 && NO_PARENT.test(words)) {
    ended = await restic('--force');
    ended.said.text.push(words);
  }
  for (const name of namesOf(ended.said, item.path)) log(`${inWords(item.name)}: could not be read: ${name}`);
  return { ended, summary };
}

async function forgetEmpty(snapshot: string, locks: Locks, outcome: ItemOutcome): Promise<void> {
  let why: string;
  try {
    const ended = await locks.own({ args: ['forget', snapshot] });
    const [text] = ended.said.text;
    // restic exits 0 though it could not delete.
    if (ended.code === 0 && text === undefined) return;
    why = text ?? faultOf(ended, 'forgetting it', 'BackupFailed').message;
  } catch (error) {
    why = failureFrom(error, 'BackupFailed').message;
  }
  outcome.message = `${outcome.message} The empty snapshot ${snapshot.slice(0, 8)} could not be removed (${why}): forget it by hand, or "latest" means it.`;
}

function sentence(name: string, outcome: ItemOutcome): string {
  const figures = outcome.snapshot
    ? `: snapshot ${outcome.snapshot.slice(0, 8)}, ${outcome.files} files, ${outcome.bytesAdded} bytes added, ${outcome.seconds} s`
    : '';
  return `${inWords(name)}: ${outcome.state}${figures}${outcome.message ? `: ${outcome.message}` : ''}`;
}
