import type { Duration } from 'cdk8s';
import type { BucketRule } from './bucket-rules';
import type { CheckSettings, PruneSettings } from './maintenance';
import type { NotifySettings } from './notify';
import type { Retention } from './retention';
import type { S3BackupConfig, S3ServiceConfig } from './s3-config';
import type { Schedule } from './schedule';
import type { ScratchVolume } from './scratch-volume';
import type { SecretKey } from './secret-key';

/** How a CSI driver stages its volumes on a node. */
export interface DriverConfig {
  /** Name of the CSIDriver. */
  readonly name: string;
  /** 'plain': mounted on …/globalmount; 'handle': on …/globalmount/<volume handle>, as ceph-csi RBD does; 'none': not at all. */
  readonly staging: 'plain' | 'handle' | 'none';
}

/** What the administrator settles for all services. */
export interface BackupConfigSettings {
  /** When backups start, unless a ServiceBackup says otherwise. */
  readonly schedule: Schedule;
  /** The S3 system that holds the backup buckets. */
  readonly s3BackupConfig: S3BackupConfig;
  /**
   * The S3 system of the services' own buckets: what `Item.bucket` is read from, by keys that may list and read them. It may be another
   * one than that of the backups, and should be.
   * @default - none: no bucket can be backed up
   */
  readonly s3ServiceConfig?: S3ServiceConfig;
  /**
   * The volume on which buckets are copied before restic reads them.
   * @default - an ephemeral volume of 10Gi for each Job
   */
  readonly scratchVol?: ScratchVolume;
  /** The password of the repositories, in a Secret in the Job namespace. Whoever loses it loses the backups. */
  readonly resticPasswordSecret: SecretKey;
  /**
   * How long snapshots are kept, unless a ServiceBackup says otherwise.
   * @default Retention.gfs()
   */
  readonly retention?: Retention;
  /**
   * Retention that would forget more of an item's snapshots at once, in percent, forgets nothing of it and waits for an
   * acknowledgement, since that is what a mistyped policy looks like; one snapshot a run is always allowed. 0 to 100.
   * @default 20
   */
  readonly maxForgetPercent?: number;
  /**
   * How repositories are checked.
   * @default - every Sunday, a thirteenth of all data
   */
  readonly check?: CheckSettings;
  /**
   * How the space of forgotten snapshots is freed.
   * @default - every Sunday, down to 10 % unused
   */
  readonly prune?: PruneSettings;
  /**
   * Whether a ServiceBackup without a recovery key says so, by the condition RecoveryKeyMissing. A recovery key (`service-backup
   * recovery-key`) opens the repository when the password Secret is lost.
   * @default 'Offered'
   */
  readonly recoveryKey?: 'Offered' | 'Declined';
  /**
   * Whom to tell how runs ended.
   * @default - nobody: metrics, conditions and events tell
   */
  readonly notify?: NotifySettings;
  /**
   * Each service starts up to so long after the tick, always the same for one name. Whole seconds, at most a day.
   * @default Duration.minutes(5)
   */
  readonly jitter?: Duration;
  /**
   * Whether scheduled runs are suspended. Runs under way go on, and runNow works.
   * @default false
   */
  readonly suspend?: boolean;
  /**
   * A tick that was missed (the operator was away) is run on its return, unless it is older than this: then it is skipped, with an
   * event and in `status.skipped`. Whole seconds, at least one.
   * @default - it is run, however old
   */
  readonly startingDeadline?: Duration;
  /**
   * Runs of this config's tick begin no Job later than so long after the tick, and their Jobs end by then; what was not reached fails
   * with RunDeadlineExceeded. Whole seconds, at least a minute.
   * @default - each run has its own deadline alone
   */
  readonly roundDeadline?: Duration;
  /**
   * Backup Jobs at once, over all nodes, 1 to 1000; there is never more than one a node.
   * @default 2
   */
  readonly maxParallelJobs?: number;
  /**
   * A Job whose container has not started after so long fails.
   * @default Duration.minutes(5)
   */
  readonly startDeadline?: Duration;
  /**
   * A Job that has not ended after so long fails.
   * @default Duration.days(1)
   */
  readonly deadline?: Duration;
  /**
   * A run begins no Job later than so long after its start, and its Jobs end by then. Whole seconds, at least a minute.
   * @default Duration.days(1)
   */
  readonly runDeadline?: Duration;
  /**
   * How often an item whose failure may pass by itself (an S3 system that is away, a node that is lost) is tried again in its run:
   * after 30 s, then 60 s, then 120 s, and so on. 0 to 10.
   * @default 3
   */
  readonly backoffLimit?: number;
  /**
   * A Job whose node has not been ready for so long counts as lost. Whole seconds, at least one.
   * @default Duration.seconds(330), which is longer than the eviction of its pod takes
   */
  readonly nodeLost?: Duration;
  /**
   * restic is stopped when it makes no progress for so long, which is what a dead S3 system looks like. Whole seconds, at least 5.
   * @default Duration.seconds(200)
   */
  readonly stall?: Duration;
  /**
   * Namespaces whose ServiceBackups may use this config, at most 1000; `*` stands for anything: `['wiki', 'team-*']`. Those of others fail
   * with NamespaceNotAllowed.
   * @default - all
   */
  readonly allowedNamespaces?: readonly string[];
  /**
   * Which namespace may name which bucket: `[{ backup: ['{namespace}.*'], service: ['{namespace}'] }]`. What no rule allows fails with
   * BucketNotAllowed. At most 1000.
   * @default - each namespace any bucket that no other ServiceBackup has, and any service's bucket
   */
  readonly buckets?: readonly BucketRule[];
  /**
   * CSI drivers whose staging differs from what is known of them.
   * @default - 'handle' for names ending in rbd.csi.ceph.com, 'none' for nfs.csi.k8s.io and efs.csi.aws.com, else 'plain'
   */
  readonly drivers?: readonly DriverConfig[];
}
