/**
 * Every reason that status, conditions, events and outcomes may name. Stable: machines read them. A reason's sentence says
 * what it means; the message beside it, written where the fault is met, names the object and the mend.
 */
export const REASONS = {
  // declaration
  ConfigMissing: 'The BackupConfig that the ServiceBackup names does not exist.',
  ConfigInvalid: 'The BackupConfig, or an override in the ServiceBackup, cannot be used.',
  BucketClaimed: 'An older ServiceBackup of this cluster already uses the bucket.',
  // placement
  ClaimNotFound: 'The claim does not exist.',
  ClaimNotBound: 'The claim is not bound to a volume.',
  BlockVolume: 'The volume is a raw block device, which has no files.',
  VolumeKindNotSupported: 'The volume is not provided by a CSI driver.',
  DriverNotStaged: 'The CSI driver does not stage volumes on the node, so that there is no mount to read.',
  VolumeNotAttached: 'The volume is attached to no node: no pod uses it.',
  VolumeNotStaged: 'The volume is attached to the node, but not mounted there.',
  NodeNotReady: 'The node that holds the volume is not ready.',
  NodeLost: 'The node was lost while its Job ran.',
  NotPermitted: 'The operator may not read what it needs.',
  // Job
  PodNotStarted: "The Job's pod did not start before its deadline.",
  SecretMissing: 'A Secret, or a key of it, that the Job needs does not exist.',
  ImageNotPullable: "An image of the Job's pod cannot be pulled.",
  DeadlineExceeded: 'The Job did not end before its deadline.',
  MoverKilled: 'The mover was killed before it could report.',
  OutcomeLost: 'The Job ended, but its report is gone.',
  // repository
  BucketMissing: 'The bucket does not exist.',
  BucketNotEmpty: 'The bucket holds objects that are not a restic repository of ours.',
  CredentialsRefused: 'The S3 system refused the credentials.',
  StorageUnreachable: 'The S3 system cannot be reached, or answers with errors.',
  RepositoryOwnedByAnother: 'The repository belongs to another cluster or ServiceBackup.',
  RepositoryUnowned: 'The bucket holds a repository that no ServiceBackup owns.',
  RepositoryMissing: 'A repository that is known to exist is not there.',
  RepositoryDamaged: 'The repository is damaged or was initialised incompletely.',
  RepositoryLocked: 'Another process holds a lock on the repository.',
  WrongPassword: 'The restic password does not open the repository.',
  // backup
  UnreadableFiles: 'Some files could not be read; the snapshot holds the others.',
  NoFiles: 'The volume holds no file.',
  ResticWarned: 'A snapshot was made, but restic said something unexpected.',
  BackupFailed: 'restic failed.',
  RetentionFailed: 'Old snapshots could not be forgotten. Nothing is lost by it.',
  Cancelled: 'The Job was stopped from outside.',
  TaskInvalid: 'The mover does not understand its task.',
  // restore
  NoSuchSnapshot: 'No snapshot matches.',
  TargetNotEmpty: 'The target of the restore is not empty.',
  RestoreFailed: 'restic could not restore everything.',
  // run
  ItemsFailed: 'At least one item could not be backed up.',
} as const;

export type Reason = keyof typeof REASONS;

export const isReason = (word: unknown): word is Reason =>
  typeof word === 'string' && Object.hasOwn(REASONS, word);
