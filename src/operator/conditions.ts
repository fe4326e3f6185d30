import type { Condition, ServiceBackupStatus } from '../api/service-backup';
import { inBrackets } from './consistency';
import type { Failure } from './failure';
import { isFailure, type Settings } from './settings';

type Wanted = Pick<Condition, 'type' | 'status' | 'reason' | 'message'>;

const condition = (type: string, status: Condition['status'], reason: string, message: string): Wanted => ({
  type,
  status,
  reason,
  message,
});

/** What holds of a ServiceBackup, as conditions. */
export const conditionsOf = (status: ServiceBackupStatus, settings: Settings | Failure): Wanted[] => [
  isFailure(settings)
    ? condition('Ready', 'False', settings.reason, settings.message)
    : condition('Ready', 'True', 'Ready', 'Backups are made as declared.'),
  lastBackupSucceeded(status),
  retentionHeld(status),
  ...recoveryKeyMissing(status, settings),
];

function lastBackupSucceeded({ lastBackup, items = [] }: ServiceBackupStatus): Wanted {
  const type = 'LastBackupSucceeded';
  if (!lastBackup) return condition(type, 'Unknown', 'NoBackupYet', 'No run has ended yet.');
  return lastBackup.state === 'Success'
    ? condition(
        type,
        'True',
        'BackupSucceeded',
        `Run ${lastBackup.run} backed up every item${inBrackets(items)}.`,
      )
    : condition(type, 'False', lastBackup.reason ?? 'BackupFailed', lastBackup.message ?? '');
}

function retentionHeld({ heldRetention: held }: ServiceBackupStatus): Wanted {
  const type = 'RetentionHeld';
  return held
    ? condition(type, 'True', held.reason, held.message ?? '')
    : condition(type, 'False', 'NothingHeld', 'Old snapshots are forgotten as the policy says.');
}

function recoveryKeyMissing(
  { repository, conditions = [] }: ServiceBackupStatus,
  settings: Settings | Failure,
): Wanted[] {
  const type = 'RecoveryKeyMissing';
  // Without a config nobody knows whether it was declined: what was said before stays.
  if (isFailure(settings)) return conditions.filter((known) => known.type === type);
  if (repository?.recoveryKey)
    return [condition(type, 'False', 'RecoveryKeyMade', 'The repository has a recovery key.')];
  if (settings.recoveryKey === 'Declined')
    return [condition(type, 'False', 'RecoveryKeyDeclined', 'The BackupConfig declines a recovery key.')];
  if (!repository) return [condition(type, 'False', 'NoRepositoryYet', 'There is no repository yet.')];
  return [
    condition(
      type,
      'True',
      type,
      "Whoever loses the password Secret loses the backups: 'service-backup recovery-key' makes a key to keep elsewhere; 'recoveryKey: Declined' in the BackupConfig declines it.",
    ),
  ];
}
