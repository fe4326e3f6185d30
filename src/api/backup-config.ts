import type { Static } from '@sinclair/typebox';
import { RETENTION_FIELDS } from './contract';
import { count, flag, list, oneOf, optional, record, text, withRules } from './schema';

const secretName = text(
  "Name of a Secret in the Job namespace. '{bucket}' in it stands for the bucket's name, so that each bucket can have keys of its own.",
  { minLength: 1, maxLength: 253 },
);

export const s3Credentials = record(
  'The Secret with the S3 keys, in the Job namespace. Nothing of ours reads it: the kubelet hands it to the Job.',
  {
    secretName,
    accessKeyIDProperty: text('Key of the Secret that holds the access key id.', {
      minLength: 1,
      maxLength: 253,
    }),
    secretKeyProperty: text('Key of the Secret that holds the secret access key.', {
      minLength: 1,
      maxLength: 253,
    }),
  },
);

const s3Config = record('An S3 system.', {
  s3Host: text(
    "Host name (https is meant), or a URL beginning with http:// or https://, without a bucket. E.g. 's3.example.net'.",
    {
      maxLength: 512,
      pattern: '^(https?://)?[A-Za-z0-9.:\\[\\]_-]+/?$',
    },
  ),
  region: optional(
    text("Region that requests are signed for. Default: 'us-east-1', which self-hosted systems accept.", {
      maxLength: 64,
    }),
  ),
  tls: optional(
    record('Trust of the TLS certificate.', {
      caBundle: optional(
        text('PEM certificates to trust in addition to the well-known ones.', { maxLength: 65536 }),
      ),
    }),
  ),
  s3Credentials,
});

/** The S3 system that holds the repositories. */
export const s3BackupConfig = record('The S3 system that holds the backup buckets.', {
  ...s3Config.properties,
  maintenanceCredentials: optional(
    record(
      'The Secret with the keys of another user, in the Job namespace, by whom snapshots are forgotten, repositories checked and pruned. With it the user of s3Credentials need not be allowed to delete anything but locks. Default: s3Credentials.',
      s3Credentials.properties,
    ),
  ),
});

/** The S3 system on which services keep their own buckets. */
export const s3ServiceConfig = record(
  "The S3 system of the services' own buckets: what items of type 's3' are read from.",
  {
    ...s3Config.properties,
    addressing: optional(
      oneOf(
        ['path', 'virtual'],
        "Where requests name the bucket: 'path': https://host/bucket/key; 'virtual': https://bucket.host/key. Default: 'path'.",
      ),
    ),
    fullPassRuns: optional(
      count(
        'Every n-th run of a bucket reads every object again, whatever the listing says: so that a change of metadata or tags alone is found, too. 1: every run. Default: 30.',
        { minimum: 1, maximum: 10000 },
      ),
    ),
  },
);

/** What a size looks like. */
export const SCRATCH_SIZE = '^[0-9]+(\\.[0-9]+)?(Ki|Mi|Gi|Ti|Pi|k|M|G|T|P)?$';

/** Where copies of buckets are kept between runs. */
export const scratchVol = record(
  'The volume on which buckets are copied before restic reads them. Between runs it keeps the copies: what did not change is not fetched again.',
  {
    claimName: optional(
      text(
        'A PersistentVolumeClaim in the Job namespace. Its Jobs run one at a time. Default: each Job has an ephemeral volume of its own, and fetches everything.',
        { minLength: 1, maxLength: 253 },
      ),
    ),
    size: optional(
      text("Size of the ephemeral volume, e.g. '50Gi'. Default: '10Gi'.", {
        maxLength: 32,
        pattern: SCRATCH_SIZE,
      }),
    ),
    storageClassName: optional(
      text("StorageClass of the ephemeral volume. Default: the cluster's.", { minLength: 1, maxLength: 253 }),
    ),
  },
);

export const secretKey = record('One key of a Secret in the Job namespace.', {
  secretName,
  secretKey: text('Key of the Secret.', { minLength: 1, maxLength: 253 }),
});

export const retentionPolicy = withRules(
  record(
    'How many snapshots of each item are kept; what no field keeps is forgotten. Default: 7 daily, 6 weekly, 6 monthly, 1 yearly.',
    {
      last: optional(count('The newest n snapshots.')),
      hourly: optional(count('The newest snapshot of each of the last n hours that have one.')),
      daily: optional(count('The newest snapshot of each of the last n days that have one.')),
      weekly: optional(count('The newest snapshot of each of the last n weeks that have one.')),
      monthly: optional(count('The newest snapshot of each of the last n months that have one.')),
      yearly: optional(count('The newest snapshot of each of the last n years that have one.')),
    },
  ),
  {
    // CEL cannot index an object by a variable: the fields are named one by one.
    rule: RETENTION_FIELDS.map((k) => `(has(self.${k}) && self.${k} > 0)`).join(' || '),
    message:
      'an empty retention policy would keep nothing: set at least one of last, hourly, daily, weekly, monthly, yearly to 1 or more',
  },
);

/** What a cron expression looks like; whether its fields make sense the operator finds out (ConfigInvalid). */
const FIVE_FIELDS = { maxLength: 128, pattern: '^ *[^ ]+( +[^ ]+){4} *$' };

export const scheduleText = text(
  "Cron expression of five fields (minute hour day month weekday), e.g. '30 1 * * *'.",
  FIVE_FIELDS,
);
export const timeZoneText = text(
  "IANA time zone of the schedule, e.g. 'Europe/Berlin'. Default: 'Etc/UTC'.",
  { minLength: 1, maxLength: 64 },
);

/** What a pattern for namespaces looks like. */
export const NAMESPACE_PATTERN = '^[a-z0-9*]([-a-z0-9*]*[a-z0-9*])?$';
/** What a pattern for buckets looks like. */
export const BUCKET_PATTERN = '^([a-z0-9.*-]|[{]namespace[}])+$';

/** Other placeholders than these would be sent as they stand. */
const url = (description: string) =>
  text(description, {
    maxLength: 1024,
    pattern: '^https?://([^{}]|[{](namespace|name|state|reason)[}])+$',
  });

/** A name in which `*` stands for anything, also for nothing. */
const namespacePattern = text("A namespace, or a pattern with '*', e.g. 'team-*'.", {
  minLength: 1,
  maxLength: 63,
  pattern: NAMESPACE_PATTERN,
});

const bucketRule = record('Buckets that some namespaces may name.', {
  namespaces: optional(
    list(namespacePattern, {
      description: 'The namespaces. Default: all.',
      minItems: 1,
      maxItems: 200,
      'x-kubernetes-list-type': 'atomic',
    }),
  ),
  backup: list(
    text(
      "A bucket, or a pattern: '*' stands for anything, '{namespace}' for the namespace of the ServiceBackup, e.g. '{namespace}.*'.",
      { minLength: 1, maxLength: 128, pattern: BUCKET_PATTERN },
    ),
    {
      description: 'What backupBucketName may be there.',
      minItems: 1,
      maxItems: 200,
      'x-kubernetes-list-type': 'atomic',
    },
  ),
  service: optional(
    list(
      text('A bucket, or a pattern, as in `backup`.', {
        minLength: 1,
        maxLength: 128,
        pattern: BUCKET_PATTERN,
      }),
      {
        description: "What items of type 's3' may name there. Default: none.",
        minItems: 1,
        maxItems: 200,
        'x-kubernetes-list-type': 'atomic',
      },
    ),
  ),
});

export const serviceBackupSettings = record('Settings of all ServiceBackups that name this config.', {
  schedule: scheduleText,
  timeZone: optional(timeZoneText),
  jitterSeconds: optional(
    count(
      'Each service starts up to so many seconds after the tick, always the same for one name. Default: 300.',
      { maximum: 86400 },
    ),
  ),
  suspend: optional(
    flag('True: no scheduled run starts; runs under way go on, runNow works. Default: false.'),
  ),
  startingDeadlineSeconds: optional(
    count(
      'A tick that was missed (the operator was away) is run on its return, unless it is older than so many seconds: then it is skipped, and said so. Default: it is run, however old.',
      { minimum: 1 },
    ),
  ),
  roundDeadlineSeconds: optional(
    count(
      "Runs of this config's tick begin no Job later than so many seconds after the tick, and their Jobs end by then. Default: each run has its own deadline alone.",
      { minimum: 60 },
    ),
  ),
  maxParallelJobs: optional(
    count('Backup Jobs at once, over all nodes; there is never more than one a node. Default: 2.', {
      minimum: 1,
      maximum: 1000,
    }),
  ),
  s3BackupConfig,
  s3ServiceConfig: optional(s3ServiceConfig),
  scratchVol: optional(scratchVol),
  resticPasswordSecret: secretKey,
  resticRetentionPolicy: optional(retentionPolicy),
  maxForgetPercent: optional(
    count(
      "Retention that would forget more of an item's snapshots at once, in percent, forgets nothing and waits for an acknowledgement; one snapshot a run is always allowed. Default: 20.",
      { maximum: 100 },
    ),
  ),
  check: optional(
    record('How repositories are checked, at the end of the first run after a tick.', {
      schedule: optional(
        text("Cron expression of five fields, in the config's time zone. Default: '0 4 * * 0', Sundays.", {
          ...FIVE_FIELDS,
        }),
      ),
      dataParts: optional(
        count(
          'Each check reads one part of so many of all data, the next check the next part: after so many checks every byte was read. 1 reads everything each time. Default: 13.',
          { minimum: 1, maximum: 256 },
        ),
      ),
      suspend: optional(flag('True: nothing is checked. Default: false.')),
    }),
  ),
  prune: optional(
    record('How the space of forgotten snapshots is freed, at the end of the first run after a tick.', {
      schedule: optional(
        text("Cron expression of five fields, in the config's time zone. Default: '0 5 * * 0', Sundays.", {
          ...FIVE_FIELDS,
        }),
      ),
      maxUnusedPercent: optional(
        count('So much of a repository, in percent, may stay unused. Default: 10.', { maximum: 100 }),
      ),
      suspend: optional(flag('True: nothing is pruned, and repositories only grow. Default: false.')),
    }),
  ),
  recoveryKey: optional(
    oneOf(
      ['Offered', 'Declined'],
      "'Offered': a ServiceBackup without a recovery key says so by the condition RecoveryKeyMissing. 'Declined': it does not. Default: 'Offered'.",
    ),
  ),
  notify: optional(
    record(
      'URLs that are fetched (GET) when a run has ended, as uptime services take it. {namespace}, {name}, {state} and {reason} in them are replaced.',
      {
        success: optional(url('Fetched after a run that ended with Success.')),
        failure: optional(url('Fetched after a run that ended with Warning or Failed.')),
      },
    ),
  ),
  jobSpec: optional(
    record('The Jobs.', {
      jobNS: optional(
        text(
          "Namespace in which Jobs run and which holds the Secrets. Who may write in it owns all backups. Default: 'service-backup-jobs'.",
          { maxLength: 63 },
        ),
      ),
      startDeadlineSeconds: optional(
        count('A Job whose container has not started after so many seconds fails. Default: 300.', {
          minimum: 1,
        }),
      ),
      deadlineSeconds: optional(
        count('A Job that has not ended after so many seconds fails. Default: 86400.', { minimum: 1 }),
      ),
      runDeadlineSeconds: optional(
        count(
          'A run begins no Job later than so many seconds after its start, and its Jobs end by then. Default: 86400.',
          { minimum: 60 },
        ),
      ),
      backoffLimit: optional(
        count(
          'How often an item whose failure may pass by itself is tried again in its run: after 30 s, then 60 s, then 120 s, and so on. Default: 3.',
          { maximum: 10 },
        ),
      ),
      nodeLostSeconds: optional(
        count(
          'A Job whose node has not been ready for so many seconds counts as lost. Default: 330, which is longer than the eviction of its pod takes.',
          { minimum: 1 },
        ),
      ),
      stallSeconds: optional(
        count('restic is stopped when it makes no progress for so many seconds. Default: 200.', {
          minimum: 5,
        }),
      ),
    }),
  ),
  allowedNamespaces: optional(
    list(namespacePattern, {
      description:
        'Namespaces whose ServiceBackups may use this config; those of others fail with NamespaceNotAllowed. Default: all.',
      minItems: 1,
      maxItems: 1000,
      'x-kubernetes-list-type': 'atomic',
    }),
  ),
  buckets: optional(
    list(bucketRule, {
      description:
        'Which namespace may name which bucket: what no entry allows fails with BucketNotAllowed. Default: each namespace any bucket.',
      minItems: 1,
      maxItems: 1000,
      'x-kubernetes-list-type': 'atomic',
    }),
  ),
  drivers: optional(
    list(
      record('How a CSI driver stages its volumes on a node.', {
        name: text('Name of the CSIDriver.', { minLength: 1, maxLength: 63 }),
        staging: oneOf(
          ['plain', 'handle', 'none'],
          "'plain': mounted on …/globalmount; 'handle': on …/globalmount/<volume handle>, as ceph-csi RBD does; 'none': the driver does not stage. Default: 'plain'; 'handle' for names ending in rbd.csi.ceph.com; 'none' for nfs.csi.k8s.io and efs.csi.aws.com.",
        ),
      }),
      { maxItems: 50, 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['name'] },
    ),
  ),
});

export const backupConfigSpec = record('What the administrator of the cluster settles for all services.', {
  serviceBackup: serviceBackupSettings,
});

export type S3Config = Static<typeof s3Config>;
export type S3BackupConfig = Static<typeof s3BackupConfig>;
export type S3ServiceConfig = Static<typeof s3ServiceConfig>;
export type ScratchVolume = Static<typeof scratchVol>;
export type SecretKeyRef = Static<typeof secretKey>;
export type RetentionPolicy = Static<typeof retentionPolicy>;
export type ServiceBackupSettings = Static<typeof serviceBackupSettings>;
export type BackupConfigSpec = Static<typeof backupConfigSpec>;
/** How a CSI driver stages a volume on a node. */
export type StagingStyle = NonNullable<ServiceBackupSettings['drivers']>[number]['staging'];
