import * as fs from 'node:fs/promises';
import type { ItemOutcome } from '../api/outcome';
import { type BackupTask, hostOf, type TaskItem } from '../api/task';
import { type BackupSummary, type Judgement, judgeBackup, notBegun } from './backup-outcome';
import { anchorPattern } from './exclude';
import { failureFrom } from './fault';
import { proveMount } from './mount-proof';
import type { Restic } from './restic';
import { readRoot, rootTag } from './root-directory';

/** Waits so long for another's exclusive lock: a forget takes seconds. */
export const RETRY_LOCK = ['--retry-lock', '1m'];

type Log = (line: string) => void;

/**
 * Backs up the items one after the other. One item's failure does not stop the next; a failure of the repository does,
 * and is then told for each of those that were not begun.
 */
export async function backupItems(
  task: BackupTask,
  restic: Restic,
  log: Log,
  mountinfo = '/proc/self/mountinfo',
): Promise<ItemOutcome[]> {
  const outcomes: ItemOutcome[] = [];
  let ended: ItemOutcome | undefined;
  for (const item of task.items) {
    if (ended) {
      outcomes.push(notBegun({ reason: ended.reason ?? 'BackupFailed', message: ended.message ?? '' }));
      continue;
    }
    const judgement = await backupItem(task, item, restic, log, mountinfo);
    if (judgement.stop) ended = judgement.outcome;
    outcomes.push(judgement.outcome);
    log(sentence(item, judgement.outcome));
  }
  return outcomes;
}

async function backupItem(
  task: BackupTask,
  item: TaskItem,
  restic: Restic,
  log: Log,
  mountinfo: string,
): Promise<Judgement> {
  try {
    proveMount(await fs.readFile(mountinfo, 'utf8'), item.path, item.name);
    const judgement = await runBackup(task, item, restic, log);
    if (judgement.forget) await forgetEmpty(judgement.forget, restic, judgement.outcome);
    return judgement;
  } catch (error) {
    return { outcome: { state: 'Failed', ...failureFrom(error, 'BackupFailed') } };
  }
}

/** The arguments of restic for an item. Nothing in them but the exclude patterns depends on where it is mounted. */
export function backupArguments(task: BackupTask, item: TaskItem, tags: string[]): string[] {
  const { owner } = task.repository;
  // Each tag in a flag of its own: a comma would split it.
  const allTags = [`run=${task.run}`, `cluster=${owner.cluster}`, `type=${item.type}`, ...tags];
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
    ...RETRY_LOCK,
    ...item.exclude.map((pattern) => `--exclude=${anchorPattern(pattern, item.path)}`),
  ];
}

async function runBackup(task: BackupTask, item: TaskItem, restic: Restic, log: Log): Promise<Judgement> {
  const root = await readRoot(item.path);
  let summary: BackupSummary | undefined;
  let loggedAt = Date.now();
  const ended = await restic.run({
    args: backupArguments(task, item, [rootTag(root)]),
    cwd: item.path,
    onLine: (line) => {
      if (line.startsWith('{"message_type":"summary"')) summary = JSON.parse(line) as BackupSummary;
      else if (Date.now() - loggedAt > 60_000) {
        loggedAt = Date.now();
        const { files_done, bytes_done } = JSON.parse(line) as { files_done?: number; bytes_done?: number };
        log(`claim ${item.name}: ${files_done ?? 0} files, ${bytes_done ?? 0} bytes so far`);
      }
    },
  });
  return judgeBackup(ended, summary, item);
}

async function forgetEmpty(snapshot: string, restic: Restic, outcome: ItemOutcome): Promise<void> {
  const ended = await restic.run({ args: ['forget', snapshot, ...RETRY_LOCK] });
  if (ended.code !== 0) {
    outcome.message = `${outcome.message} The empty snapshot ${snapshot.slice(0, 8)} could not be removed (${ended.said.fatal ?? 'restic gave no reason'}): forget it by hand, or "latest" means it.`;
  }
}

function sentence(item: TaskItem, outcome: ItemOutcome): string {
  const figures = outcome.snapshot
    ? `: snapshot ${outcome.snapshot.slice(0, 8)}, ${outcome.files} files, ${outcome.bytesAdded} bytes added, ${outcome.seconds} s`
    : '';
  return `claim ${item.name}: ${outcome.state}${figures}${outcome.message ? `: ${outcome.message}` : ''}`;
}
