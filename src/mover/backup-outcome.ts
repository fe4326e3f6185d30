import type { ItemOutcome } from '../api/outcome';
import type { Fault } from './fault';
import type { Ended } from './restic';
import { faultOf, REPOSITORY_FAULTS } from './restic-fault';

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

/**
 * What a call of `restic backup` is worth. Its exit code alone lies both ways, so a success needs all of: exit 0, a
 * summary with a snapshot that is no dry run, at least one file, and nothing unexpected on standard error.
 *
 *   exit   snapshot   files   stderr            →
 *   0      yes        > 0     quiet             Success
 *   0      yes        > 0     text we know not  Warning ResticWarned
 *   0      yes        0       …                 Failed NoFiles, the snapshot is forgotten; Success if allowEmpty and quiet
 *   0      no, or dry run     …                 Failed BackupFailed
 *   3      yes        > 0     names of files    Warning UnreadableFiles
 *   3      yes        0       …                 Failed UnreadableFiles, the snapshot is forgotten
 *   1      none: "snapshot is empty": not even a directory         as exit 0 or 3 with 0 files; there is nothing to forget
 *   other                                       Failed, by exit code and by what restic said
 */
export function judgeBackup(
  ended: Ended,
  summary: BackupSummary | undefined,
  item: { name: string; path: string; allowEmpty: boolean },
): Judgement {
  const { said } = ended;
  const unreadable = ended.code === 3 || said.errors > 0;
  if (ended.code === 1 && !ended.stopped && /snapshot is empty/.test(said.fatal ?? '')) {
    const outcome = nothingIn(item, said, unreadable);
    return {
      outcome: outcome ?? {
        state: 'Success',
        message: 'The volume is empty: no snapshot was made.',
        files: 0,
        bytes: 0,
      },
    };
  }
  if (ended.stopped || (ended.code !== 0 && ended.code !== 3)) {
    const fault = faultOf(ended, `backing up claim ${item.name}`, 'BackupFailed');
    return {
      outcome: { state: 'Failed', reason: fault.reason, message: fault.message },
      ...(REPOSITORY_FAULTS.includes(fault.reason) && { stop: true }),
    };
  }
  const snapshot = summary?.snapshot_id;
  if (!summary || !snapshot || summary.dry_run) {
    const message = `restic ended with ${ended.code} and made no snapshot of claim ${item.name}: ${said.text[0] ?? 'it gave no reason'}.`;
    return { outcome: { state: 'Failed', reason: 'BackupFailed', message } };
  }

  const figures = figuresOf(summary);
  if (summary.total_files_processed === 0) {
    const outcome = nothingIn(item, said, unreadable);
    if (outcome) return { outcome, forget: snapshot };
  }
  if (unreadable) {
    const names = said.errorItems.map((path) => relative(path, item.path));
    const count = Math.max(said.errors, 1);
    const shown = names.length > 0 ? ` (${names.join(', ')}${count > names.length ? ', …' : ''})` : '';
    return {
      outcome: {
        state: 'Warning',
        reason: 'UnreadableFiles',
        message: `${count} ${count === 1 ? 'file or directory' : 'files or directories'} could not be read${shown}: ${said.errorMessage ?? 'no reason given'}.`,
        ...figures,
      },
    };
  }
  if (said.text.length > 0) {
    return {
      outcome: {
        state: 'Warning',
        reason: 'ResticWarned',
        message: `A snapshot was made, but restic said: ${said.text.join(' / ')}`,
        ...figures,
      },
    };
  }
  return { outcome: { state: 'Success', ...figures } };
}

/** The outcome of an item without a single file; undefined if it may be so. */
function nothingIn(
  item: { name: string; allowEmpty: boolean },
  said: Ended['said'],
  unreadable: boolean,
): ItemOutcome | undefined {
  if (unreadable) {
    return {
      state: 'Failed',
      reason: 'UnreadableFiles',
      message: `Nothing of claim ${item.name} could be read: ${said.errorMessage ?? 'restic gave no reason'}. No snapshot is kept of it.`,
    };
  }
  if (item.allowEmpty) return undefined;
  return {
    state: 'Failed',
    reason: 'NoFiles',
    message: `The volume of claim ${item.name} holds no file, which is what a failed mount looks like. If it may be empty, set allowEmpty: true on the item.`,
  };
}

/** The outcome of an item that was not begun, since the repository failed before it. */
export const notBegun = (fault: { reason: Fault['reason']; message: string }): ItemOutcome => ({
  state: 'Failed',
  reason: fault.reason,
  message: `Not begun: ${fault.message}`,
});

function figuresOf(summary: BackupSummary): Partial<ItemOutcome> {
  return {
    snapshot: summary.snapshot_id,
    bytes: summary.total_bytes_processed,
    bytesAdded: summary.data_added_packed ?? summary.data_added,
    files: summary.total_files_processed,
    filesNew: summary.files_new,
    filesChanged: summary.files_changed,
    filesUnmodified: summary.files_unmodified,
    seconds: Math.round(summary.total_duration),
  };
}

const relative = (path: string, root: string): string =>
  path.startsWith(`${root}/`) ? path.slice(root.length + 1) : path === root ? '.' : path;
