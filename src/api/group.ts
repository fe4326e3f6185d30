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
  /** `backup`, `list` or `restore`: what the Job does. */
  task: `${GROUP}/task`,
  /** The node whose volumes a backup Job reads. */
  node: `${GROUP}/node`,
  /** On a volume that a restore hands to another claim: the hand-over is under way. */
  handover: `${GROUP}/handover`,
} as const;

export const ANNOTATION = {
  /** `namespace/name` of the ServiceBackup, for people: the label holds its UID. */
  serviceBackup: `${GROUP}/service-backup-name`,
  /** On a volume that a restore hands to another claim: from where, to where, and how to go on (JSON). */
  handover: `${GROUP}/handover`,
  /** On a claim that a restore made: what is in it. */
  restoredFrom: `${GROUP}/restored-from`,
} as const;

/** One PodTemplate a role, synthesised by BackupOperator in the Job namespace. */
export const ROLES = ['mover', 'restore'] as const;
export type Role = (typeof ROLES)[number];
/** Name of the PodTemplate of a role, in the Job namespace. */
export const podTemplateName = (role: Role): string => `service-backup-${role}`;

/** Name of the container (in every role's template) that runs the mover. */
export const MOVER_CONTAINER = 'mover';
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
  timeZone: 'Etc/UTC',
  region: 'us-east-1',
  jitterSeconds: 300,
  maxParallelJobs: 2,
  startDeadlineSeconds: 300,
  deadlineSeconds: 86_400,
  retention: { daily: 7, weekly: 6, monthly: 6, yearly: 1 },
} as const;
