import type { Reason } from '../api/reasons';
import { Fault } from './fault';
import type { Ended } from './restic';

/** Reasons that lie with the repository, not with one item: what comes after would meet them, too. */
export const REPOSITORY_FAULTS: readonly Reason[] = [
  'Cancelled',
  'StorageUnreachable',
  'CredentialsRefused',
  'BucketMissing',
  'RepositoryMissing',
  'RepositoryLocked',
  'RepositoryDamaged',
  'WrongPassword',
];

/** Why a call of restic failed. The exit codes are restic's own; what it means by 1 is in its words alone. */
export function faultOf(ended: Ended, doing: string, otherwise: Reason, stallSeconds = 300): Fault {
  const { code, stopped, said } = ended;
  const words = (said.fatal ?? said.text.at(-1) ?? said.errorMessage ?? '')
    .replace(/^Fatal: /, '')
    .split('\n')[0];
  if (stopped === 'cancelled') {
    return new Fault('Cancelled', `Stopped from outside when ${doing}; the repository is as it was before.`);
  }
  if (stopped === 'stalled') {
    return new Fault(
      'StorageUnreachable',
      `restic made no progress for ${stallSeconds} s when ${doing} and was stopped: the S3 system hangs or is too slow.`,
    );
  }
  switch (code) {
    case 10:
      return new Fault('RepositoryMissing', `restic found no repository when ${doing}: ${words}`);
    case 11:
      return new Fault(
        'RepositoryLocked',
        `Another process holds a lock on the repository (${words}). If none is alive, remove the lock with restic unlock.`,
      );
    case 12:
      return new Fault(
        'WrongPassword',
        'The password of resticPasswordSecret does not open the repository: put back the one it was made with.',
      );
  }
  if (/Access Denied|AccessDenied|InvalidAccessKeyId|SignatureDoesNotMatch/i.test(words ?? '')) {
    return new Fault('CredentialsRefused', `The S3 system refused the credentials when ${doing}: ${words}`);
  }
  const exit = code === null ? 'was killed' : `ended with ${code}`;
  return new Fault(otherwise, `restic ${exit} when ${doing}${words ? `: ${words}` : ' and gave no reason.'}`);
}
