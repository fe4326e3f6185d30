import { bucketOf } from '../api/contract';
import type { ItemOutcome } from '../api/outcome';
import type { Reason } from '../api/reasons';
import type { TaskItem } from '../api/task';
import type { Fault } from './fault';
import { inWords, inWordsFirst } from './item-words';
import type { Ended } from './restic';
import { faultOf, REPOSITORY_FAULTS } from './restic-fault';
import { causeOf } from './restic-words';
import type { Said } from './said';
import { inFigures, shrank } from './shrink';

/** The last line that `restic backup --json` prints. */
export interface BackupSummary {
  message_type: 'summary';
  snapshot_id?: string;
  dry_run?: boolean;
  files_new: number;
  files_changed: number;
  files_unmodified: number;
  data_added_packed?: number;
  data_added: number;
  total_files_processed: number;
  total_bytes_processed: number;
  total_duration: number;
}

export interface Judgement {
  outcome: ItemOutcome;
  /** A snapshot that must not become "latest": to be forgotten by its id. */
  forget?: string;
  /** The fault lies with the repository: the items that follow would meet it, too. */
  stop?: true;
}

export type Judged = Pick<TaskItem, 'name' | 'path' | 'allowEmpty' | 'onUnreadable' | 'previous'>;

/**
 * What a call of `restic backup` is worth. Its exit code alone lies both ways, so a success needs all of: exit 0, a
 * summary with a snapshot that is no dry run, at least one file, nothing unexpected on standard error, and at least half of what
 * there was before.
 *
 *   exit   snapshot   files   stderr            →
 *   0      yes        > 0     quiet             Success
 *   0, 3   yes        less than half of before  Warning SuspiciousShrink, whatever else there is to say
 *   0      yes        > 0     text we know not  Warning ResticWarned; RepositoryDamaged, if it tells of damage
 *   0      yes        0       …                 Failed NoFiles, the snapshot is forgotten
 *   0      yes        0       …, allowEmpty     Success if quiet, and if there were none before; else Warning SuspiciousShrink
 *   0      no, or dry run     …                 Failed BackupFailed
 *   3      yes        > 0     names of files    Warning UnreadableFiles; with `onUnreadable: Fail` Failed, and the snapshot stays
 *   3      yes        0       …                 Failed UnreadableFiles, the snapshot is forgotten
 *   1      none: "snapshot is empty": not even a directory         as exit 0 or 3 with 0 files; there is nothing to forget
 *   other                                       Failed, by exit code and by what restic said
 */
export function judgeBackup(ended: Ended, summary: BackupSummary | undefined, item: Judged): Judgement {
  const { said } = ended;
  const unreadable = ended.code === 3 || said.errors > 0;
  if (ended.code === 1 && !ended.stopped && /snapshot is empty/.test(said.fatal ?? '')) {
    const none = { files: 0, bytes: 0 };
    const outcome =
      nothingIn(item, said, unreadable) ?? shrunk(item, none, ['The volume is empty: no snapshot was made.']);
    const empty = { state: 'Success', message: 'The volume is empty: no snapshot was made.' } as const;
    return { outcome: { ...(outcome ?? empty), ...(outcome?.state !== 'Failed' && none) } };
  }
  if (ended.stopped || (ended.code !== 0 && ended.code !== 3)) {
    const fault = faultOf(ended, `backing up ${inWords(item.name)}`, 'BackupFailed');
    return {
      outcome: { state: 'Failed', reason: fault.reason, message: fault.message },
      ...(REPOSITORY_FAULTS.includes(fault.reason) && { stop: true }),
    };
  }
  const snapshot = summary?.snapshot_id;
  if (!summary || !snapshot || summary.dry_run) {
    const message = `restic ended with ${ended.code} and made no snapshot of ${inWords(item.name)}: ${said.text[0] ?? 'it gave no reason'}.`;
    return { outcome: { state: 'Failed', reason: 'BackupFailed', message } };
  }

  const figures = figuresOf(summary);
  if (figures.files === 0) {
    const outcome = nothingIn(item, said, unreadable);
    if (outcome) return { outcome, forget: snapshot };
  }
  return { outcome: { ...(found(item, said, unreadable, figures) ?? { state: 'Success' }), ...figures } };
}

/** What there is to say of a snapshot with something in it; undefined: nothing. */
function found(
  item: Judged,
  said: Said,
  unreadable: boolean,
  figures: { bytes: number; files: number },
): ItemOutcome | undefined {
  const words = [
    ...(unreadable ? [unreadableFiles(item, said)] : []),
    ...(said.text.length > 0 ? [`restic said: ${said.text.join(' / ')}`] : []),
  ];
  const state = unreadable && item.onUnreadable === 'Fail' ? 'Failed' : 'Warning';
  // What older backups left cannot be read, over which restic passes: this snapshot is good, and the repository is not.
  if (causeOf(said.text.join('\n')) === 'RepositoryDamaged')
    return {
      state,
      reason: 'RepositoryDamaged',
      message: `A snapshot was made, but ${words.reverse().join(' ')}`,
    };
  if (state === 'Failed') {
    const also = shrunk(item, figures, []);
    const message = [...words, ...(also?.message ? [also.message] : [])].join(' ');
    return {
      state,
      reason: unreadableReason(item),
      message: `${message} The snapshot of the others is kept.`,
    };
  }
  const less = shrunk(item, figures, words);
  if (less) return less;
  if (unreadable) return { state, reason: unreadableReason(item), message: words.join(' ') };
  const [heard] = words;
  return heard ? { state, reason: 'ResticWarned', message: `A snapshot was made, but ${heard}` } : undefined;
}

/** @param words what else there is to say */
function shrunk(
  { name, previous }: Judged,
  now: { bytes: number; files: number },
  words: string[],
): ItemOutcome | undefined {
  if (!previous || !shrank(previous, now)) return undefined;
  const message = [
    `${inWordsFirst(name)} shrank to ${inFigures(now)}, from ${inFigures(previous)} at its last good backup: nothing is forgotten of it.`,
    'If it is meant to be so, acknowledge it (service-backup acknowledge); else restore.',
    ...words,
  ];
  return { state: 'Warning', reason: 'SuspiciousShrink', message: message.join(' ') };
}

const isBucket = ({ name }: Judged): boolean => bucketOf(name) !== undefined;
const unreadableReason = (item: Judged): Reason => (isBucket(item) ? 'UnreadableObjects' : 'UnreadableFiles');

/** The outcome of an item without a single file; undefined if it may be so. */
function nothingIn({ name, allowEmpty }: Judged, said: Said, unreadable: boolean): ItemOutcome | undefined {
  if (unreadable) {
    return {
      state: 'Failed',
      reason: 'UnreadableFiles',
      message: `Nothing of ${inWords(name)} could be read: ${said.errorMessage ?? 'restic gave no reason'}. No snapshot is kept of it.`,
    };
  }
  if (allowEmpty) return undefined;
  return {
    state: 'Failed',
    reason: 'NoFiles',
    message: `The volume of claim ${name} holds no file, which is what a failed mount looks like. If it may be empty, set allowEmpty: true on the item.`,
  };
}

/** A name takes so much of the message, which has no room for twenty long ones; the log has them whole. */
const LONGEST_NAME = 80;

function unreadableFiles(item: Judged, said: Said): string {
  const names = namesOf(said, item.path).map((name) =>
    name.length > LONGEST_NAME ? `…${name.slice(1 - LONGEST_NAME)}` : name,
  );
  const count = Math.max(said.errors, 1);
  const shown = names.length > 0 ? `: ${names.join(', ')}${count > names.length ? ', …' : ''}` : '';
  // The reason before the names: a message is cut at its end.
  const [one, many] = isBucket(item) ? ['object', 'objects'] : ['file or directory', 'files or directories'];
  return `${count} ${count === 1 ? one : many} of ${inWords(item.name)} could not be read (${said.errorMessage ?? 'no reason given'})${shown}.`;
}

/** The names of what could not be read, from the root of the volume. */
export const namesOf = (said: Said, root: string): string[] =>
  said.errorItems.map((path) =>
    path.startsWith(`${root}/`) ? path.slice(root.length + 1) : path === root ? '.' : path,
  );

/** The outcome of an item that was not begun, since the repository failed before it. */
export const notBegun = (fault: { reason: Fault['reason']; message: string }): ItemOutcome => ({
  state: 'Failed',
  reason: fault.reason,
  message: `Not begun: ${fault.message}`,
});

const figuresOf = (summary: BackupSummary) => ({
  snapshot: summary.snapshot_id ?? '',
  bytes: summary.total_bytes_processed,
  bytesAdded: summary.data_added_packed ?? summary.data_added,
  files: summary.total_files_processed,
  filesNew: summary.files_new,
  filesChanged: summary.files_changed,
  filesUnmodified: summary.files_unmodified,
  seconds: Math.round(summary.total_duration),
});
