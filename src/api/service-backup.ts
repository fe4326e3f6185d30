import type { Static } from '@sinclair/typebox';
import { retentionPolicy, scheduleText, timeZoneText } from './backup-config';
import { count, flag, instant, labels, list, oneOf, optional, record, text, withRules } from './schema';

/** A bucket name that S3 accepts everywhere: 3–63 lower-case letters, digits, hyphens (and dots, but not two together). */
export const BUCKET_NAME = '^[a-z0-9]([a-z0-9-]|\\.[a-z0-9]){1,61}[a-z0-9]$';

/** So many items with the longest names fit into a status of 64 KiB. */
export const MAX_ITEMS = 64;
/** So many claims that nobody covers are told. */
export const MAX_UNCOVERED = 20;

const pvc = record('One thing to back up.', {
  type: oneOf(
    ['pvc', 's3'],
    "'pvc': the volume of a PersistentVolumeClaim; 's3': a bucket of the S3 system that s3ServiceConfig names, in status called 's3:<bucket>'.",
  ),
  name: optional(
    text('Name of the claim, or of the bucket. Of a claim either this or `selector`.', {
      minLength: 1,
      maxLength: 253,
      pattern: '^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$',
    }),
  ),
  namespace: optional(
    text(
      "Namespace of the claim `name`. Another one than that of the ServiceBackup must consent, by its annotation servicebackup.io/allow-backups-from; the item is then called '<namespace>/<claim>'. Default: that of the ServiceBackup.",
      { minLength: 1, maxLength: 63, pattern: '^[a-z0-9]([-a-z0-9]*[a-z0-9])?$' },
    ),
  ),
  selector: optional(
    record(
      'Claims of the namespace by their labels, as they are when a run starts: a claim that is there by then is backed up, too.',
      {
        matchLabels: labels('Labels that a claim must have, all of them.', {
          minProperties: 1,
          maxProperties: 16,
        }),
      },
    ),
  ),
  exclude: optional(
    list(
      text(
        'A pattern as restic takes it; relative to the root of the volume, or to the beginning of the key.',
        {
          minLength: 1,
          maxLength: 1024,
        },
      ),
      {
        description: 'Files and directories, or objects, to leave out.',
        maxItems: 100,
        'x-kubernetes-list-type': 'atomic',
      },
    ),
  ),
  allowEmpty: optional(
    flag(
      'True: a volume without any file, or a bucket without any object, is a success. Default: false, since an empty directory is what a failed mount looks like.',
    ),
  ),
  onUnreadable: optional(
    oneOf(
      ['Warn', 'Fail'],
      "What files, or objects, that cannot be read make of the item: 'Warn': a Warning; 'Fail': Failed. The snapshot of the others is kept either way. Default: 'Warn'.",
    ),
  ),
});

export const item = withRules(
  pvc,
  {
    rule: 'has(self.name) != has(self.selector)',
    message: 'an item is either the claim of a name or the claims of a selector: give one of the two',
  },
  {
    // `namespace` is a word of CEL: as a field it is written so.
    rule: '!has(self.__namespace__) || has(self.name)',
    message: 'a selector finds claims of its own namespace alone: name the claims of another one by one',
  },
  {
    rule: "self.type == 'pvc' || (has(self.name) && size(self.name) >= 3 && size(self.name) <= 63 && !has(self.selector) && !has(self.__namespace__))",
    message:
      'a bucket is of no namespace, and has no labels: give its name alone, which has 3 to 63 characters',
  },
  {
    // Together with a slash they are the name of an item, which status takes as long as that of any object.
    rule: '!has(self.__namespace__) || !has(self.name) || size(self.__namespace__) + size(self.name) < 253',
    message: 'the names of the claim and of its namespace are too long together: use at most 252 characters',
  },
);

export const serviceBackupSpec = record('What must be backed up of one service.', {
  backupBucketName: withRules(
    text('The bucket that holds the restic repository of this service, and nothing else. It must exist.', {
      minLength: 3,
      maxLength: 63,
      pattern: BUCKET_NAME,
    }),
    {
      rule: 'self == oldSelf',
      message: 'a repository does not move: to use another bucket, declare another ServiceBackup',
    },
  ),
  backups: withRules(
    list(item, {
      description: 'The items.',
      minItems: 1,
      maxItems: MAX_ITEMS,
      'x-kubernetes-list-type': 'atomic',
    }),
    {
      rule: 'self.all(a, !has(a.name) || self.exists_one(b, has(b.name) && a.type == b.type && a.name == b.name && has(a.__namespace__) == has(b.__namespace__) && (!has(a.__namespace__) || a.__namespace__ == b.__namespace__)))',
      message: 'an item is named twice: remove one',
    },
  ),
  backupConfig: optional(
    text("Name of the BackupConfig in the operator's namespace. Default: 'default'.", { maxLength: 253 }),
  ),
  runNow: optional(
    text(
      'A value that was not seen before starts one run; taking it away, or putting an old one back, starts none.',
      { maxLength: 128 },
    ),
  ),
  schedule: optional(scheduleText),
  timeZone: optional(timeZoneText),
  suspend: optional(
    flag('True: no scheduled run starts; a run under way goes on, runNow works. Default: false.'),
  ),
  resticRetentionPolicy: optional(retentionPolicy),
  adoptFrom: optional(
    text(
      "Takes over a repository that has another owner, named as the message of RepositoryOwnedByAnother prints it ('<cluster>/<namespace>/<name>'), or one that has no owner ('unowned').",
      {
        maxLength: 256,
      },
    ),
  ),
});

export const STATES = ['Running', 'Success', 'Warning', 'Failed'] as const;
export type State = (typeof STATES)[number];
/** How an item, or a run, ended. */
export type Result = Exclude<State, 'Running'>;

const result = oneOf(['Success', 'Warning', 'Failed'], 'How it ended.');
const itemResult = oneOf(
  ['Success', 'Warning', 'Failed', 'Unknown'],
  "How it ended. 'Unknown': the report was lost; what was made is read back from the repository before the run ends.",
);
const reason = text('A stable word for machines.', { maxLength: 64 });
const message = text('One sentence for people: what, where, how to mend.', { maxLength: 1024 });

export const placement = record('Where an item was read, and why there.', {
  node: text('The node.'),
  because: text("What decided it, e.g. 'VolumeAttachment csi-1f…'."),
});

/** Figures of one item's backup. */
export const figures = {
  snapshot: optional(text('Id of the snapshot.', { maxLength: 64 })),
  bytes: optional(count('Size of all files, in bytes.')),
  bytesAdded: optional(count('What the repository grew by, in bytes, compressed.')),
  files: optional(count('Files, all.')),
  filesNew: optional(count('Files that the parent snapshot did not have.')),
  filesChanged: optional(count('Files that differ from the parent snapshot.')),
  filesUnmodified: optional(count('Files as the parent snapshot had them: they were not read.')),
  seconds: optional(count('Duration, in seconds.')),
};

export const itemStatus = record('The last backup of one item.', {
  type: oneOf(['pvc', 's3'], 'Type of the item.'),
  name: text(
    "Name of the item: of the claim, after a slash if it is of another namespace ('wiki/data'); of a bucket, after 's3:'; of a selector that failed as such, its labels: 'app=wiki,tier=db'.",
    { maxLength: 253 },
  ),
  state: itemResult,
  reason: optional(reason),
  message: optional(message),
  placement: optional(placement),
  job: optional(text('The Job that read it.', { maxLength: 63 })),
  consistency: optional(
    oneOf(
      ['Live', 'PointInTime', 'Application'],
      "What the copy is worth: 'Live': read while the service was writing.",
    ),
  ),
  ...figures,
  shrunkFrom: optional(
    record(
      'What it measured before it shrank by more than half. Until that is acknowledged, it is compared with this.',
      {
        bytes: count('Size of all files, in bytes.'),
        files: count('Files, all.'),
      },
    ),
  ),
  /** Survives failures, so that people see what they could restore. */
  lastSuccess: optional(instant('When the last snapshot of it was made.')),
});

export const runGroup = record('Items of a run that share a node, or are buckets: one Job.', {
  node: text('The node; empty for buckets, which have none.'),
  job: text('Name of the Job.', { maxLength: 63 }),
  items: list(text('Name of an item.', { maxLength: 253 })),
  because: optional(list(text('What decided the node, for each item.'))),
  startedAt: instant('When its Job was decided.'),
  yieldsTo: optional(
    text("The service's pod that must start on another node and waits for the volume: its Job is ended.", {
      maxLength: 253,
    }),
  ),
  finishedAt: optional(instant('When its outcome was taken into status.')),
});

export const retry = record('An item that failed in this run, and is tried again.', {
  name: text('Name of the item.', { maxLength: 253 }),
  attempts: count('How often it was tried.'),
  at: instant('When it is tried again, at the earliest.'),
  job: optional(text('The Job that tried last.', { maxLength: 63 })),
  reason,
  message: optional(message),
});

export const maintenance = record(
  'A Job that looks after the repository: it reads no volume, and has no node of its own.',
  {
    job: text('Name of the Job.', { maxLength: 63 }),
    recall: optional(
      list(text('Name of an item.', { maxLength: 253 }), {
        description: 'Items whose report was lost, and whose snapshots of this run are looked for.',
        maxItems: 20,
        'x-kubernetes-list-type': 'atomic',
      }),
    ),
    retention: optional(flag('True: what the retention policy does not keep is forgotten.')),
    check: optional(flag('True: the repository is checked.')),
    part: optional(count('Which part of the data is read by the check, from 1.')),
    parts: optional(count('How many parts there are.')),
    prune: optional(flag('True: unused data is removed.')),
    startedAt: instant('When its Job was decided.'),
    finishedAt: optional(instant('When its outcome was taken into status.')),
    reason: optional(reason),
    message: optional(message),
  },
);

export const selectedClaim = record('A claim that a selector found.', {
  name: text('Name of the claim.', { maxLength: 253 }),
  by: text("The selector's labels, sorted: 'app=wiki,tier=db'. Long ones are cut, and end with a hash.", {
    maxLength: 128,
  }),
});

export const run = record(
  'The run under way: what has been decided so far. The operator goes on from here after a restart.',
  {
    id: text('Short, sortable, unique for this ServiceBackup.', { maxLength: 20 }),
    trigger: oneOf(['Schedule', 'RunNow'], 'What started it.'),
    startedAt: instant('When it started.'),
    tick: optional(instant("The schedule's tick, for a run that it started.")),
    earlier: optional(count('Groups that are over and found no room in this status.')),
    selected: optional(
      list(selectedClaim, {
        description:
          'The claims that selectors found when the run started, without those that are items by name; absent until they have been asked for.',
        'x-kubernetes-list-type': 'atomic',
      }),
    ),
    groups: list(runGroup, { 'x-kubernetes-list-type': 'atomic' }),
    /** Items whose fate in this run is settled; the others are still to be placed. What stands here does not stand in `status.items`. */
    done: list(itemStatus, { 'x-kubernetes-list-type': 'atomic' }),
    retries: optional(
      list(retry, {
        description: 'Items that failed for reasons that may pass.',
        'x-kubernetes-list-type': 'atomic',
      }),
    ),
    maintenance: optional(
      list(maintenance, {
        description: 'Jobs that look after the repository, when every volume has been read.',
        'x-kubernetes-list-type': 'atomic',
      }),
    ),
    retention: optional(
      record('What retention did in this run.', {
        message: text('In words.', { maxLength: 1024 }),
        failed: flag('True: old snapshots could not be forgotten.'),
        reason: optional(reason),
      }),
    ),
  },
);

export const lastBackup = record('The last run that ended.', {
  run: text('Its id.', { maxLength: 20 }),
  state: result,
  reason: optional(reason),
  message: optional(message),
  startedAt: instant('When it started.'),
  timestamp: instant('When it ended.'),
  retention: optional(text('What retention did, or why it was held.', { maxLength: 1024 })),
  maintenance: optional(text('What check and prune did, if they were due.', { maxLength: 1024 })),
  notified: optional(flag('True: the heartbeat of `notify` was decided; it is sent once.')),
});

const upkeep = {
  timestamp: instant('When it ended.'),
  state: oneOf(['Success', 'Failed'], 'How it ended.'),
  reason: optional(reason),
  message: optional(message),
};

export const condition = record('A condition as Kubernetes has them.', {
  type: text('Type.', { maxLength: 316 }),
  status: oneOf(['True', 'False', 'Unknown'], 'Status.'),
  reason,
  message: text('Message.', { maxLength: 32768 }),
  lastTransitionTime: instant('When the status last changed.'),
  observedGeneration: optional(count('Generation it speaks of.')),
});

export const serviceBackupStatus = record(
  'What the operator knows. It is the only place where that is kept.',
  {
    observedGeneration: optional(count('Generation of the spec that this status speaks of.')),
    state: optional(oneOf(STATES, 'Of the run under way, or of the last one.')),
    reason: optional(reason),
    message: optional(message),
    nextBackup: optional(instant('When the next scheduled run starts; absent while suspended.')),
    lastBackup: optional(lastBackup),
    run: optional(run),
    items: optional(list(itemStatus, { 'x-kubernetes-list-type': 'atomic' })),
    selected: optional(
      list(selectedClaim, {
        description: 'The claims that selectors found when the last run started.',
        'x-kubernetes-list-type': 'atomic',
      }),
    ),
    uncovered: optional(
      list(text('Name of a claim.', { maxLength: 253 }), {
        description:
          'Claims of the namespace that the last run did not cover and no other ServiceBackup covers, without those that have the annotation servicebackup.io/not-backed-up; told where claims are selected by labels. The first 20.',
        maxItems: MAX_UNCOVERED,
        'x-kubernetes-list-type': 'atomic',
      }),
    ),
    repository: optional(
      record('The restic repository.', {
        id: text('Its id, as `restic cat config` prints it.', { maxLength: 64 }),
        recoveryKey: optional(flag('True: a recovery key was made.')),
        check: optional(
          record(
            'The last check. While its reason is RepositoryDamaged, nothing is forgotten or pruned, and each run checks the same part again.',
            {
              ...upkeep,
              part: count('Which part of the data was read, from 1.'),
              parts: count('How many parts there are.'),
            },
          ),
        ),
        prune: optional(record('The last prune.', upkeep)),
      }),
    ),
    heldRetention: optional(
      record(
        'Nothing is forgotten of some items, or of any. To acknowledge a finding, write its run into the annotation servicebackup.io/acknowledge.',
        {
          run: text('The run that found it.', { maxLength: 20 }),
          reason,
          message: optional(message),
          policy: optional(
            text('The retention policy then; an acknowledgement approves this one alone.', {
              maxLength: 256,
            }),
          ),
        },
      ),
    ),
    periodSeconds: optional(count('The longest time between two scheduled runs, in seconds.')),
    consecutiveFailures: optional(count('How many runs in a row, to the last one, were no Success.')),
    seenRunNow: optional(
      list(text('A value of runNow.', { maxLength: 128 }), {
        description: 'The last 10 values of runNow.',
        'x-kubernetes-list-type': 'atomic',
      }),
    ),
    scheduledThrough: optional(instant('Ticks up to here are settled: run, or skipped and said so.')),
    schedule: optional(
      text(
        "The schedule in force, e.g. '30 1 * * * Europe/Berlin'. Ticks of another one that lie in the past are not run.",
        {
          maxLength: 200,
        },
      ),
    ),
    skipped: optional(
      record('The last tick that was not run.', {
        tick: instant('The tick.'),
        reason,
        message: optional(message),
      }),
    ),
    conditions: optional(
      list(condition, { 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['type'] }),
    ),
  },
);

export type Item = Static<typeof item>;
export type ServiceBackupSpec = Static<typeof serviceBackupSpec>;
export type ServiceBackupStatus = Static<typeof serviceBackupStatus>;
export type ItemStatus = Static<typeof itemStatus>;
export type Figures = Pick<ItemStatus, keyof typeof figures>;
export type Maintenance = Static<typeof maintenance>;
export type SelectedClaim = Static<typeof selectedClaim>;
export type Run = Static<typeof run>;
export type Retry = Static<typeof retry>;
export type RunGroup = Static<typeof runGroup>;
export type LastBackup = Static<typeof lastBackup>;
export type Condition = Static<typeof condition>;
