/** The API group of every kind. */
export const GROUP = 'servicebackup.io';
/** The only version; changes within it are additive. */
export const VERSION = 'v1alpha1';
export const API_VERSION = `${GROUP}/${VERSION}`;

/** Labels and annotations, named in one place. Values of labels are hashes or short words, never a user's long name. */
export const LABEL = {
  /** UID of the ServiceBackup an object was made for. */
  serviceBackup: `${GROUP}/service-backup`,
  /** The run a Job belongs to. */
  run: `${GROUP}/run`,
  /** What the Job does: a value of TASK_LABEL. */
  task: `${GROUP}/task`,
  /** The node whose volumes a backup Job reads. */
  node: `${GROUP}/node`,
  /** On a volume that a restore hands to another claim: the hand-over is under way. */
  handover: `${GROUP}/handover`,
} as const;

/** Values of LABEL.task. The operator makes the first three, people the others, by the command line. */
export const TASK_LABEL = {
  /** Reads the volumes of a node. */
  backup: 'backup',
  /** Reads buckets; no volume, so that it needs no node. */
  bucket: 'bucket',
  /** Looks after the repository; reads no volume. */
  maintain: 'maintain',
  list: 'list',
  restore: 'restore',
  recoveryKey: 'recovery-key',
} as const;

export const ANNOTATION = {
  /** On a ServiceBackup: the run (`status.heldRetention.run`) whose finding somebody has looked at and approves. */
  acknowledge: `${GROUP}/acknowledge`,
  /** On a ServiceBackup: does what `spec.runNow` does, for the command line, whose changes to the spec GitOps would put back. */
  runNow: `${GROUP}/run-now`,
  /** `namespace/name` of the ServiceBackup, for people: the label holds its UID. */
  serviceBackup: `${GROUP}/service-backup-name`,
  /** On a volume that a restore hands to another claim: from where, to where, and how to go on (JSON). */
  handover: `${GROUP}/handover`,
  /** On a claim: why it need not be backed up, in its owner's words. */
  notBackedUp: `${GROUP}/not-backed-up`,
  /** On a PodTemplate: names of the Secrets that its Jobs may take credentials from, with commas between them. In one, '{bucket}' may be any bucket. */
  secrets: `${GROUP}/secrets`,
  /** On a PodTemplate: names of the claims that its Jobs may have as scratch, with commas between them. */
  scratchClaims: `${GROUP}/scratch-claims`,
  /** On a Namespace: those, with commas between them, whose ServiceBackups may name claims of this one. */
  allowBackupsFrom: `${GROUP}/allow-backups-from`,
  /** On a claim that a restore made: what is in it. */
  restoredFrom: `${GROUP}/restored-from`,
} as const;

/**
 * One PodTemplate a role, synthesised by BackupOperator in the Job namespace. `maintenance` sees the repository, and no volume;
 * `bucket` sees S3 systems and its scratch volume, when it backs buckets up and when it restores them.
 */
export const ROLES = ['mover', 'restore', 'maintenance', 'bucket'] as const;
export type Role = (typeof ROLES)[number];
/** Name of the PodTemplate of a role, in the Job namespace. */
export const podTemplateName = (role: Role): string => `service-backup-${role}`;

/** Name of the container (in every role's template) that runs the mover. */
export const MOVER_CONTAINER = 'mover';
/** Name of the scratch volume in a Job of role `bucket`, and where it is mounted, writable. */
export const SCRATCH = { volume: 'scratch', path: '/scratch' } as const;
/** Environment variable of the mover that holds the task as JSON. */
export const TASK_VARIABLE = 'SERVICE_BACKUP_TASK';
/** Where the mover writes its outcome; the kubelet hands it on as the container's termination message. */
export const TERMINATION_MESSAGE_PATH = '/dev/termination-log';
/** What the kubelet takes of a termination message, in bytes. */
export const TERMINATION_MESSAGE_BYTES = 4096;
/** A group has at most so many items, so that an outcome always fits in a termination message. */
export const MAX_ITEMS_PER_GROUP = 20;

/** Names that constructs, operator and command line agree on; a user may choose other namespaces. */
export const DEFAULTS = {
  operatorNamespace: 'service-backup',
  jobNamespace: 'service-backup-jobs',
  serviceAccount: 'service-backup',
  configName: 'default',
  kubeletDirectory: '/var/lib/kubelet',
  timeZone: 'Etc/UTC',
  region: 'us-east-1',
  jitterSeconds: 300,
  maxParallelJobs: 2,
  startDeadlineSeconds: 300,
  deadlineSeconds: 86_400,
  runDeadlineSeconds: 86_400,
  backoffLimit: 3,
  /** Size of the ephemeral volume where no scratch claim is named. */
  scratchSize: '10Gi',
  /** Every 30th run reads every object. */
  fullPassRuns: 30,
  /** A pod on a node that is not ready is evicted after 300 s (its toleration), but never leaves: its kubelet is silent. */
  nodeLostSeconds: 330,
  /** With SIGTERM and its grace, a dead S3 system ends a Job within five minutes. */
  stallSeconds: 200,
  maxForgetPercent: 20,
  /** All data is read once in a quarter of a year. */
  check: { schedule: '0 4 * * 0', dataParts: 13 },
  prune: { schedule: '0 5 * * 0', maxUnusedPercent: 10 },
  retention: { daily: 7, weekly: 6, monthly: 6, yearly: 1 },
} as const;
