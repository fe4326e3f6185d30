/** What a reason means, and how to mend it. */
export interface Explanation {
  means: string;
  mend: string;
  /** The failure may pass by itself: the item is tried again in its run. */
  passing?: true;
}

const group = <T extends Record<string, Explanation>>(title: string, reasons: T) => ({ title, reasons });

/**
 * Every reason that status, conditions, events and outcomes may name, in the order of a backup's life. Stable: machines read them.
 * The message beside a reason, written where the fault is met, names the object and the mend; docs/reasons.md is made from this.
 */
export const REASON_GROUPS = [
  group('The declaration', {
    ConfigMissing: {
      means: 'The BackupConfig that the ServiceBackup names does not exist.',
      mend: "Create it in the operator's namespace, or name another in spec.backupConfig. Runs start as soon as it is there.",
    },
    ConfigInvalid: {
      means: 'The BackupConfig, or an override in the ServiceBackup, cannot be used.',
      mend: 'Correct the field that the message names.',
    },
    NamespaceNotAllowed: {
      means: 'The BackupConfig is not for the namespace of the ServiceBackup.',
      mend: 'Let the administrator add it to allowedNamespaces of the BackupConfig; or name another in spec.backupConfig.',
    },
    BucketNotAllowed: {
      means: 'The BackupConfig does not let the namespace of the ServiceBackup use this bucket.',
      mend: 'Name a bucket that `buckets` of the BackupConfig allows; or let the administrator allow this one.',
    },
    BucketClaimed: {
      means: 'An older ServiceBackup of this cluster already uses the bucket.',
      mend: 'Give this one a bucket of its own: declare it anew, since a repository does not move.',
    },
  }),
  group('Finding the volume', {
    NamespaceNotConsenting: {
      means:
        'The claim is of another namespace, which does not let the namespace of the ServiceBackup back it up.',
      mend: 'Let its owner declare a BackupConsent there, or write the annotation that the message names; or take the item out.',
    },
    ClaimNotFound: {
      means: 'The claim does not exist.',
      mend: 'Correct its name in the ServiceBackup, or create it.',
    },
    NothingSelected: {
      means:
        'No claim of the namespace that is to be backed up has the labels of a selector. The other items were backed up.',
      mend: 'Correct matchLabels in the ServiceBackup, or label the claims.',
    },
    TooManyItems: {
      means:
        'A selector finds more claims than a ServiceBackup may have items. Of them only those that the last run had were backed up.',
      mend: 'Divide the claims among several ServiceBackups, by narrower labels.',
    },
    ClaimNotBound: {
      means: 'The claim is not bound to a volume.',
      mend: 'Start a pod that uses it; see `kubectl describe pvc`.',
    },
    BlockVolume: {
      means: 'The volume is a raw block device, which has no files.',
      mend: 'Take it out of the ServiceBackup, and back it up from within the application.',
    },
    VolumeKindNotSupported: {
      means: 'The volume is not provided by a CSI driver.',
      mend: 'Move the data to a claim whose StorageClass is.',
    },
    DriverNotStaged: {
      means: 'The CSI driver does not stage volumes on the node, so that there is no mount to read.',
      mend: 'If it does stage, say so under `drivers` in the BackupConfig.',
    },
    VolumeNotAttached: {
      means: 'The volume is attached to no node: no pod uses it.',
      mend: 'Start the pod that uses it, or take the claim out of the ServiceBackup.',
      passing: true,
    },
    VolumeNotStaged: {
      means:
        "The volume is attached to the node, but not mounted there: its directory is missing, or an empty one of the node's own disk.",
      mend: "Restart the pod that uses it; the kubelet's log there says why. Drivers that mount elsewhere: `drivers`. Kubelets: `kubeletDirectory`.",
      passing: true,
    },
    VolumeMoved: {
      means: 'The volume moved to another node again and again before it could be read.',
      mend: 'Let the service come to rest; the next run tries again.',
      passing: true,
    },
    NodeNotReady: {
      means: 'The node that holds the volume is not ready.',
      mend: 'Bring the node back, or move the service; the next run tries again.',
      passing: true,
    },
    NodeLost: {
      means: 'The node was lost while its Job ran.',
      mend: 'Bring the node back, or move the service; the next run starts anew.',
      passing: true,
    },
    NotPermitted: {
      means: 'The operator may not read, or make, what it needs.',
      mend: 'Synthesise the declaration with ServiceBackup, which carries its RoleBinding; for a Job, look at the quota or policy that the message quotes.',
    },
  }),
  group('The Job', {
    PodNotScheduled: {
      means: "The scheduler finds no room for the Job's pod on the node that holds the volume.",
      mend: "Make room there, or lower the requests of PodTemplate service-backup-mover; the message has the scheduler's words.",
      passing: true,
    },
    PodNotStarted: {
      means: "The Job's pod did not start before its deadline.",
      mend: 'The message has the words of who held it up.',
      passing: true,
    },
    SecretMissing: {
      means: 'A Secret, or a key of it, that the Job needs does not exist.',
      mend: 'Create it in the Job namespace, with the keys that the BackupConfig names.',
    },
    ImageNotPullable: {
      means: "An image of the Job's pod cannot be pulled.",
      mend: 'See that the node reaches the registry, or name another image.',
    },
    DeadlineExceeded: {
      means: 'The Job did not end before its deadline.',
      mend: 'Raise jobSpec.deadlineSeconds in the BackupConfig if the volumes need longer.',
    },
    OutOfMemory: {
      means: 'The mover was killed for lack of memory.',
      mend: 'Give PodTemplate service-backup-mover a higher memory limit, or the node more memory.',
    },
    MoverKilled: {
      means: 'The mover was killed before it could report.',
      mend: 'The next run starts anew; the message says who killed it, if that is known.',
      passing: true,
    },
    OutcomeLost: {
      means:
        'The Job ended, but its report is gone. What it made is read back from the repository; it counts at most as a Warning, since nobody knows whether every file could be read.',
      mend: 'Wait for the next run, or set a new runNow.',
    },
    Cancelled: {
      means: 'The Job was stopped from outside.',
      mend: 'Wait for the next run, or set a new runNow.',
      passing: true,
    },
    TaskInvalid: {
      means:
        'The mover does not understand its task: it is of another version than the operator, as for a moment of an upgrade.',
      mend: 'Deploy operator and Job templates together.',
      passing: true,
    },
    ProgramChanged: {
      means:
        "The program in the Jobs' ConfigMap is not the one that was deployed: its sha256 is not the one in the PodTemplate. Nothing of it was run.",
      mend: 'Find out who may write in the Job namespace; delete the ConfigMap that the message names, and apply the manifests again.',
    },
  }),
  group('The S3 system', {
    StorageUnreachable: {
      means: 'The S3 system cannot be reached: its name is unknown, or it refuses the connection.',
      mend: 'Check s3Host and the network.',
      passing: true,
    },
    StorageNotAnswering: {
      means: 'The S3 system takes connections or requests and does not answer, or makes no progress.',
      mend: 'Look at the S3 system and at what lies between: a firewall that drops packets looks so, too.',
      passing: true,
    },
    StorageUnavailable: {
      means: 'The S3 system answers with errors of its own (5xx), or asks to be left alone (429).',
      mend: "Look at the S3 system's log.",
      passing: true,
    },
    CertificateNotTrusted: {
      means: "The S3 system's certificate is not trusted.",
      mend: 'For a private authority set s3BackupConfig.tls.caBundle; else see that it is valid for this host name and this day.',
    },
    AccessKeyUnknown: {
      means: 'The S3 system does not know the access key.',
      mend: 'Correct the access key id in the Secret that s3Credentials names, or look whether s3Host is the right one.',
    },
    SecretKeyWrong: {
      means:
        "The S3 system does not accept the signature: the secret key is not the access key's, or the region is not the bucket's.",
      mend: 'Correct the secret key in the Secret that s3Credentials names; check region.',
    },
    CredentialsRefused: {
      means: 'The S3 system knows the keys and refuses the request.',
      mend: 'Let the key list, read, write and delete in the bucket.',
    },
    BucketMissing: {
      means: 'The bucket does not exist.',
      mend: 'Create it.',
    },
    BucketNotWritable: {
      means: 'The bucket can be read, but not written, or nothing in it be deleted.',
      mend: 'Let the key write (PutObject) and delete (DeleteObject) in the bucket, or name one that may delete in maintenanceCredentials; look whether it is full, or locked against changes.',
    },
  }),
  group("The service's bucket", {
    ServiceS3Missing: {
      means: "The BackupConfig does not say where the services' own buckets are.",
      mend: 'Set s3ServiceConfig in the BackupConfig.',
    },
    SourceUnreachable: {
      means:
        "The service's S3 system cannot be reached, does not answer, answers with errors of its own, or asks to be left alone. What was backed up before is untouched.",
      mend: 'Check s3ServiceConfig.s3Host and the network; look at the log of the S3 system.',
      passing: true,
    },
    SourceNotTrusted: {
      means: "The certificate of the service's S3 system is not trusted.",
      mend: 'For a private authority set s3ServiceConfig.tls.caBundle; else see that it is valid for this host name and this day.',
    },
    SourceRefused: {
      means: "The service's S3 system refuses the keys, the signature, or the request.",
      mend: 'Let the key that s3ServiceConfig names list and read the bucket; the message says what was refused.',
    },
    SourceBucketMissing: {
      means: "The service's bucket does not exist.",
      mend: 'Correct its name in the ServiceBackup, or create it.',
    },
    NoObjects: {
      means: 'The listing of the bucket is empty, which is what a wrong host or a lost bucket looks like.',
      mend: 'If it may be empty, set `allowEmpty: true` on the item; if it was not empty before, acknowledge it, too.',
    },
    UnreadableObjects: {
      means:
        'Some objects could not be read. The snapshot holds the others, and of these what the last one had.',
      mend: "See the keys in the message and the Job's log; exclude what need not be saved.",
    },
    UnwritableObjects: {
      means: 'Some objects could not be written into the bucket; all others are there.',
      mend: 'See the keys in the message: some S3 systems do not take every key.',
    },
    ScratchFull: {
      means: 'The scratch volume is too small for what must be fetched.',
      mend: 'Give it the size that the message names: scratchVol.size, or the size of the claim.',
    },
    ScratchInUse: {
      means: 'Another Job is at work on the copy of this bucket.',
      mend: 'Wait for it.',
      passing: true,
    },
  }),
  group('The repository', {
    BucketNotEmpty: {
      means: 'The bucket holds objects that are not a restic repository of ours.',
      mend: 'Use an empty bucket.',
    },
    RepositoryOwnedByAnother: {
      means: 'The repository belongs to another cluster or ServiceBackup.',
      mend: 'Use another bucket; or, to take it over for good, set adoptFrom to the owner that the message names.',
    },
    RepositoryUnowned: {
      means: 'The bucket holds a repository that no ServiceBackup owns.',
      mend: 'To take it over set `adoptFrom: unowned`; else use another bucket.',
    },
    RepositoryMissing: {
      means: 'A repository that is known to exist is not there.',
      mend: 'Restore the bucket, or look whether s3Host and bucket are the right ones. Nothing is ever initialised in its place.',
    },
    RepositoryDamaged: {
      means:
        'The repository is damaged or was initialised incompletely. Nothing is forgotten or pruned in it until a check finds it whole.',
      mend: "Follow restic's manual on damaged repositories (`restic repair`), on a copy of the bucket.",
    },
    RepositoryLocked: {
      means: 'Another process holds a lock on the repository.',
      mend: "Wait for it. Locks of this cluster's dead Jobs are removed by themselves; one of somebody else's dead process is the object that the message names.",
      passing: true,
    },
    WrongPassword: {
      means: 'The restic password does not open the repository.',
      mend: 'Put back the password it was made with; or open it with the recovery key.',
    },
  }),
  group('Reading and writing', {
    UnreadableFiles: {
      means: 'Some files could not be read; the snapshot holds the others.',
      mend: "See the names in the message and the Job's log; exclude what need not be saved.",
    },
    NoFiles: {
      means: 'The volume holds no file, which is what a failed mount looks like.',
      mend: 'If it may be empty, set `allowEmpty: true` on the item.',
    },
    SuspiciousShrink: {
      means:
        'The item shrank by more than half since its last good backup. A snapshot was made, and nothing is forgotten.',
      mend: 'If it is meant to be so, acknowledge it: `service-backup acknowledge NAMESPACE/NAME`. Else restore.',
    },
    ResticWarned: {
      means: 'A snapshot was made, but restic said something unexpected.',
      mend: "Read restic's words in the message.",
    },
    DiskFull: {
      means: "The node's disk, on which the mover works, is full.",
      mend: "Free space on the node (the mover's cache and temporary files lie in its emptyDir volumes).",
    },
    BackupFailed: {
      means: 'restic failed.',
      mend: "Read restic's words in the message.",
    },
  }),
  group('Looking after the repository', {
    RetentionFailed: {
      means: 'Old snapshots could not be forgotten. Nothing is lost by it.',
      mend: "Read restic's words in the message; the next run tries again.",
    },
    AcknowledgementNeeded: {
      means:
        "Retention would forget more of an item's snapshots at once than maxForgetPercent allows, which is what a mistyped policy looks like. Nothing was forgotten.",
      mend: 'Correct the policy; or, if it is meant so, `service-backup acknowledge NAMESPACE/NAME`.',
    },
    CheckFailed: {
      means: 'The repository could not be checked.',
      mend: 'The message says why; the next run tries again.',
    },
    PruneFailed: {
      means: 'Unused data could not be removed. Nothing is lost by it.',
      mend: "Read restic's words in the message; the next run tries again.",
    },
    RecoveryKeyMissing: {
      means: 'No recovery key was made: whoever loses the password Secret loses the backups.',
      mend: '`service-backup recovery-key NAMESPACE/NAME`; or decline it with `recoveryKey: Declined` in the BackupConfig.',
    },
  }),
  group('Restoring', {
    NoSuchSnapshot: {
      means: 'No snapshot matches.',
      mend: 'The message names the nearest ones.',
    },
    TargetNotEmpty: {
      means: 'The target of the restore is not empty.',
      mend: 'Restore into a new claim.',
    },
    TargetIsRepository: {
      means: 'The bucket to restore to holds backups, which a restore might write over. Nothing was written.',
      mend: 'Restore into another bucket.',
    },
    RestoreFailed: {
      means: 'Not everything could be restored.',
      mend: 'Do not use the copy; the message says what is missing. What was written into a bucket is as it was: the same command goes on from there.',
    },
  }),
  group('The run', {
    StartingDeadlineExceeded: {
      means: 'A tick was missed, and is older than startingDeadlineSeconds: no run was made of it.',
      mend: 'Set a new runNow for a backup before the next tick; see why the operator was away.',
    },
    RunDeadlineExceeded: {
      means: 'The run (or its round) reached its deadline before every item had been read.',
      mend: 'Raise jobSpec.runDeadlineSeconds or roundDeadlineSeconds in the BackupConfig, or maxParallelJobs if it waited for others.',
    },
    MoverMayLive: {
      means:
        'A mover of this repository was lost with its node and may still be at work: until it has ended for certain, nothing is forgotten, checked or pruned.',
      mend: 'Bring the node back, or delete it (`kubectl delete node`) if it is gone for good.',
    },
    ItemsFailed: {
      means: 'At least one item could not be backed up, for reasons of its own.',
      mend: 'See the items in status.',
    },
  }),
] as const;

type Union<T> = T extends { reasons: infer R } ? keyof R : never;
export type Reason = Union<(typeof REASON_GROUPS)[number]>;

export const REASONS = Object.assign({}, ...REASON_GROUPS.map(({ reasons }) => reasons)) as Record<
  Reason,
  Explanation
>;

export const isReason = (word: unknown): word is Reason =>
  typeof word === 'string' && Object.hasOwn(REASONS, word);
