import type { Reason } from '../api/reasons';
import { diskFull, Fault } from './fault';
import type { Ended } from './restic';
import { type Cause, causeOf } from './restic-words';
import { type Place, STORAGE_REASONS, storageFault } from './storage-fault';

/** Reasons that lie with the repository or with the mover's own place, not with one item: what comes after would meet them, too. */
export const REPOSITORY_FAULTS: readonly Reason[] = [
  ...STORAGE_REASONS,
  'Cancelled',
  'DiskFull',
  'RepositoryMissing',
  'RepositoryLocked',
  'RepositoryDamaged',
  'WrongPassword',
];

/** Why a call of restic failed. The exit codes are restic's own; what it means by 1 is in its words alone. */
export function faultOf(ended: Ended, doing: string, otherwise: Reason): Fault {
  const { code, stopped, said, at, signal } = ended;
  const last = said.fatal ?? said.text.at(-1) ?? said.errorMessage ?? '';
  const words = last.replace(/^Fatal: /, '').split('\n')[0] ?? '';
  if (stopped === 'cancelled') {
    return new Fault('Cancelled', `Stopped from outside when ${doing}; the repository is as it was before.`);
  }
  if (stopped === 'stalled') {
    const stalled = `restic made no progress for ${ended.stalledFor} s when ${doing} and was stopped`;
    const cause = said.retried && causeOf(said.retried);
    return causeFault(
      cause || 'StorageNotAnswering',
      at,
      said.retried ? `${stalled} (${said.retried})` : stalled,
    );
  }
  switch (code) {
    case 10:
      return new Fault(
        'RepositoryMissing',
        `restic found no repository in the bucket ${at.bucket} at ${at.endpoint} when ${doing}: ${words}`,
      );
    case 11:
      return new Fault(
        'RepositoryLocked',
        ended.held ?? `Another process holds a lock on the repository: ${words}`,
      );
    case 12:
      return new Fault(
        'WrongPassword',
        `The password of resticPasswordSecret does not open the repository in the bucket ${at.bucket}: put back the one it was made with.`,
      );
  }
  // Nobody but the kernel kills what we did not stop.
  if (signal === 'SIGKILL') {
    return new Fault(
      'OutOfMemory',
      `restic was killed when ${doing}, which is what a lack of memory looks like: give the PodTemplate of the mover a higher memory limit, or the node more memory.`,
    );
  }
  const cause = causeOf([said.fatal, ...said.text].filter(Boolean).join('\n'));
  if (cause) return causeFault(cause, at, `${words || 'restic failed'} (when ${doing})`);
  const exit = code === null ? `was killed by ${signal}` : `ended with ${code}`;
  return new Fault(otherwise, `restic ${exit} when ${doing}${words ? `: ${words}` : ' and gave no reason.'}`);
}

export function causeFault(cause: Cause, at: Place, words: string): Fault {
  switch (cause) {
    case 'DiskFull':
      return new Fault('DiskFull', diskFull(words).message);
    case 'RepositoryDamaged':
      return new Fault(
        'RepositoryDamaged',
        `The repository in the bucket ${at.bucket} at ${at.endpoint} is damaged: ${words}. Nothing is forgotten or pruned in it until a check finds it whole. Follow restic's manual on damaged repositories, on a copy of the bucket.`,
      );
    default:
      return storageFault(cause, at, words);
  }
}
