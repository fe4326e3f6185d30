import { type Static, Type } from '@sinclair/typebox';
import { retentionPolicy } from './backup-config';
import { CONTRACT_VERSION } from './contract';

const closed = { additionalProperties: false };
const nonEmpty = Type.String({ minLength: 1 });

/** Who may write into a repository: one ServiceBackup of one cluster. */
export const owner = Type.Object(
  {
    /** UID of the namespace kube-system: the nearest thing to a cluster's identity. */
    cluster: nonEmpty,
    namespace: nonEmpty,
    name: nonEmpty,
    uid: nonEmpty,
  },
  closed,
);

/** Where the repository is, and what is known of it. Credentials are not here: they come as environment variables from Secrets. */
export const repository = Type.Object(
  {
    /** URL of the S3 system, without bucket, e.g. `https://s3.example.net`. */
    endpoint: nonEmpty,
    region: nonEmpty,
    bucket: nonEmpty,
    caBundle: Type.Optional(Type.String()),
    owner,
    /** Id of the repository, once status knows it. While it is there, nothing is ever initialised. */
    knownId: Type.Optional(nonEmpty),
    adoptFrom: Type.Optional(nonEmpty),
    /** restic is stopped when it makes no progress for so long. */
    stallSeconds: Type.Integer({ minimum: 1 }),
    /** Pods of this cluster whose mover is known to have ended: a lock that names one of them is dead. */
    deadPods: Type.Optional(Type.Array(nonEmpty)),
  },
  closed,
);

const anyItem = {
  name: nonEmpty,
  exclude: Type.Array(Type.String()),
  allowEmpty: Type.Boolean(),
  onUnreadable: Type.Union([Type.Literal('Warn'), Type.Literal('Fail')]),
  /** What it measured at its last good backup; absent for the first one, and when a shrink was acknowledged. */
  previous: Type.Optional(Type.Object({ bytes: Type.Integer(), files: Type.Integer() }, closed)),
};

export const taskItem = Type.Object(
  {
    type: Type.Literal('pvc'),
    ...anyItem,
    /** Directory in the mover's container; exactly this must be a mountpoint. */
    path: nonEmpty,
  },
  closed,
);

/** A bucket of the service's S3 system. Its name is `bucketItem(bucket)`; its files are objects, and its bytes those of their bodies. */
export const bucketTaskItem = Type.Object({ type: Type.Literal('s3'), ...anyItem, bucket: nonEmpty }, closed);

/** The S3 system of the service's own buckets. Its keys come in the environment (SERVICE_CREDENTIAL_VARIABLES). */
export const serviceS3 = Type.Object(
  {
    /** URL of the S3 system, without bucket. */
    endpoint: nonEmpty,
    region: nonEmpty,
    caBundle: Type.Optional(Type.String()),
    addressing: Type.Union([Type.Literal('path'), Type.Literal('virtual')]),
  },
  closed,
);

/** From where buckets are read, and how. */
export const source = Type.Object(
  {
    ...serviceS3.properties,
    /** A directory of the scratch volume, where copies are kept from run to run, if it is kept itself. */
    scratch: nonEmpty,
    /** Every n-th run of an item reads every object. */
    fullPassRuns: Type.Integer({ minimum: 1 }),
  },
  closed,
);

/**
 * Only in the task of a run's last group, applied after its backups; or, where there are keys of maintenance, in that of the Job which has
 * them and comes after all groups.
 */
const retention = Type.Object(
  {
    policy: retentionPolicy,
    /** Items that the run backed up with Success before, and the snapshots made. A group's own successes are added. */
    items: Type.Array(Type.Object({ name: nonEmpty, snapshot: nonEmpty }, closed)),
    maxForgetPercent: Type.Integer({ minimum: 0, maximum: 100 }),
    /** Somebody approved that this policy forgets more than that. */
    acknowledged: Type.Boolean(),
  },
  closed,
);

/** Backs up a group's volumes, then applies retention if this is the run's last group. */
export const backupTask = Type.Object(
  {
    version: Type.Literal(CONTRACT_VERSION),
    kind: Type.Literal('backup'),
    run: nonEmpty,
    repository,
    items: Type.Array(taskItem, { minItems: 1, maxItems: 20 }),
    retention: Type.Optional(retention),
  },
  closed,
);

/** Backs up a group's buckets, one after the other, then applies retention if this is the run's last group. */
export const backupBucketsTask = Type.Object(
  {
    version: Type.Literal(CONTRACT_VERSION),
    kind: Type.Literal('backup-buckets'),
    run: nonEmpty,
    repository,
    source,
    items: Type.Array(bucketTaskItem, { minItems: 1, maxItems: 20 }),
    retention: Type.Optional(retention),
  },
  closed,
);

/** Looks after the repository, when nothing else of the run is at work in it. In this order: recall, retention, check, prune. */
export const maintainTask = Type.Object(
  {
    version: Type.Literal(CONTRACT_VERSION),
    kind: Type.Literal('maintain'),
    run: nonEmpty,
    repository,
    /** Items of which nobody knows what this run made of them: their snapshots are looked for, by its tag. */
    recall: Type.Optional(Type.Array(nonEmpty, { minItems: 1, maxItems: 20 })),
    retention: Type.Optional(retention),
    check: Type.Optional(
      Type.Object({ part: Type.Integer({ minimum: 1 }), parts: Type.Integer({ minimum: 1 }) }, closed),
    ),
    /** Not done when the check before it finds damage. */
    prune: Type.Optional(
      Type.Object({ maxUnusedPercent: Type.Integer({ minimum: 0, maximum: 100 }) }, closed),
    ),
  },
  closed,
);

/** Adds a key of the user's own; its password comes in the environment (RECOVERY_PASSWORD_VARIABLE). */
export const recoveryKeyTask = Type.Object(
  { version: Type.Literal(CONTRACT_VERSION), kind: Type.Literal('recovery-key'), repository },
  closed,
);

/** Prints every snapshot as a line of JSON. Reads only. */
export const listTask = Type.Object(
  { version: Type.Literal(CONTRACT_VERSION), kind: Type.Literal('list'), repository },
  closed,
);

/** The newest snapshot (of those at or before `asOf`), or the one named. */
const select = Type.Union([
  Type.Object({ latest: Type.Literal(true) }, closed),
  Type.Object({ snapshot: nonEmpty }, closed),
  Type.Object({ asOf: nonEmpty }, closed),
]);

/** Restores one item of one snapshot into an empty directory. */
export const restoreTask = Type.Object(
  {
    version: Type.Literal(CONTRACT_VERSION),
    kind: Type.Literal('restore'),
    repository,
    item: nonEmpty,
    select,
    /** An empty directory (`lost+found` aside) in the mover's container. */
    target: nonEmpty,
  },
  closed,
);

/** Restores the objects of a bucket item into a bucket. */
export const restoreBucketTask = Type.Object(
  {
    version: Type.Literal(CONTRACT_VERSION),
    kind: Type.Literal('restore-bucket'),
    repository,
    item: nonEmpty,
    select,
    to: Type.Object({ ...serviceS3.properties, bucket: nonEmpty }, closed),
    /** Only keys that begin so. */
    prefix: Type.Optional(nonEmpty),
    /** Objects that are there and differ are written over; else they are left, and told. */
    overwrite: Type.Boolean(),
    /** Says what would be written, and writes nothing. */
    dryRun: Type.Boolean(),
    /** A directory of the scratch volume. */
    scratch: nonEmpty,
  },
  closed,
);

export const task = Type.Union([
  backupTask,
  backupBucketsTask,
  maintainTask,
  listTask,
  restoreTask,
  restoreBucketTask,
  recoveryKeyTask,
]);

export type Owner = Static<typeof owner>;
export type RepositoryRef = Static<typeof repository>;
export type TaskItem = Static<typeof taskItem>;
export type BucketItem = Static<typeof bucketTaskItem>;
export type ServiceS3 = Static<typeof serviceS3>;
export type Source = Static<typeof source>;
export type BackupTask = Static<typeof backupTask>;
export type BackupBucketsTask = Static<typeof backupBucketsTask>;
export type MaintainTask = Static<typeof maintainTask>;
export type RecoveryKeyTask = Static<typeof recoveryKeyTask>;
export type ListTask = Static<typeof listTask>;
export type RestoreTask = Static<typeof restoreTask>;
export type RestoreBucketTask = Static<typeof restoreBucketTask>;
export type Task = Static<typeof task>;

export * from './contract';
