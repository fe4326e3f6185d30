import { nameOf, type ObjectReference } from './reference';

/** How a volume is backed up. */
export interface VolumeOptions {
  /**
   * Files and directories to leave out: patterns as restic takes them, relative to the root of the volume.
   * E.g. `['cache/', '*.part']`. At most 100 patterns of at most 1,024 characters.
   * @default - everything is backed up
   */
  readonly exclude?: readonly string[];
  /**
   * Whether a volume without any file is a success. An empty directory is also what a failed mount looks like.
   * @default false
   */
  readonly allowEmpty?: boolean;
  /**
   * What files that cannot be read make of the backup: 'Warn' a Warning, 'Fail' a failure. The snapshot of the others is kept either
   * way; retention waits for a run in which every file could be read.
   * @default 'Warn'
   */
  readonly onUnreadable?: 'Warn' | 'Fail';
}

/** How the volume of a claim is backed up. */
export interface ClaimOptions extends VolumeOptions {
  /**
   * Namespace of the claim, or its name. Another one than that of the ServiceBackup must consent, by a BackupConsent. The item is
   * then called `<namespace>/<claim>`.
   * @default - that of the ServiceBackup
   */
  readonly namespace?: ObjectReference | string;
}

/** How a bucket is backed up. */
export interface BucketOptions {
  /**
   * Objects to leave out: patterns as restic takes them, relative to the beginning of the key. E.g. `['/cache/', '*.tmp']`. At most 100
   * patterns of at most 1,024 characters.
   * @default - everything is backed up
   */
  readonly exclude?: readonly string[];
  /**
   * Whether a bucket without any object is a success. An empty listing is also what a wrong host or a lost bucket looks like.
   * @default false
   */
  readonly allowEmpty?: boolean;
  /**
   * What objects that cannot be read make of the backup: 'Warn' a Warning, 'Fail' a failure. The snapshot of the others is kept either
   * way; retention waits for a run in which every object could be read.
   * @default 'Warn'
   */
  readonly onUnreadable?: 'Warn' | 'Fail';
}

/** Which claims, by their labels. */
export interface ClaimSelector {
  /** Labels that a claim must have, all of them: 1 to 16. E.g. `{ app: 'wiki' }`. */
  readonly matchLabels: Readonly<Record<string, string>>;
}

/** A claim that need not be backed up, and why. */
export interface LeftOut {
  /** The claim, or its name; of a StatefulSet also the name of a volumeClaimTemplate. */
  readonly claim: ObjectReference | string;
  /** Why it need not be backed up, for those who look for it later: 'rebuilt on start'. */
  readonly because: string;
}

/** How the volumes of a workload are backed up, and which are not. */
export interface WorkloadOptions extends VolumeOptions {
  /**
   * Claims of the workload that need not be backed up. A name that the workload does not mount fails the synthesis. A
   * volumeClaimTemplate can be left out only if the others have a label that it has not: by labels its claims are told apart.
   * @default - every claim is backed up
   */
  readonly leaveOut?: readonly LeftOut[];
}

/** What an item stands for. @internal */
export type ItemSource =
  | { readonly kind: 'Claim'; readonly claim: ObjectReference | string }
  | { readonly kind: 'Selector'; readonly selector: ClaimSelector }
  | { readonly kind: 'Bucket'; readonly bucket: string }
  | {
      readonly kind: 'Workload';
      readonly workload: ObjectReference;
      readonly leaveOut: readonly LeftOut[];
    };

/** What to back up: the volume of a claim, of claims with certain labels, or of all claims of a workload; or a bucket of the service. */
export class Item {
  /**
   * The volume of a PersistentVolumeClaim, or of the claim of that name, in the namespace of the ServiceBackup unless another is named.
   * It is read while the service runs, on the node on which the volume is mounted.
   */
  static volume(claim: ObjectReference | string, options: ClaimOptions = {}): Item {
    return new Item({ kind: 'Claim', claim }, options);
  }

  /**
   * The volumes of all claims of the namespace that have these labels when a run starts: a claim that is there by then is backed
   * up, too. E.g. `Item.volumes({ matchLabels: { app: 'wiki' } })`. It counts as one item; status says which claims a run found.
   */
  static volumes(selector: ClaimSelector, options: VolumeOptions = {}): Item {
    return new Item({ kind: 'Selector', selector }, options);
  }

  /**
   * The volumes of all claims that a workload mounts: a Deployment, StatefulSet, DaemonSet, CronJob, Job or Pod of cdk8s-plus, or
   * an ApiObject with a pod template. They are looked up when the app is synthesised, so that a volume added later in the program
   * counts, too. The claims of a StatefulSet's volumeClaimTemplates are selected by its labels at each run: those of a replica
   * that is added later are backed up, too. Ephemeral volumes are not.
   *
   * A claim that another item names is left to that item and its options. A workload that mounts no claim fails the synthesis.
   */
  static ofWorkload(workload: ObjectReference, options: WorkloadOptions = {}): Item {
    return new Item({ kind: 'Workload', workload, leaveOut: options.leaveOut ?? [] }, options);
  }

  /**
   * A bucket in which the service keeps its data, on the S3 system that `s3ServiceConfig` of the BackupConfig names, with the keys named
   * there. Every object comes back with its key, body, content headers, metadata and tags; old versions and ACLs are not kept. The
   * item is called `s3:<bucket>`.
   */
  static bucket(name: string, options: BucketOptions = {}): Item {
    return new Item({ kind: 'Bucket', bucket: name }, options);
  }

  /** Type of the item: 's3' of a bucket, else 'pvc'. */
  readonly type: 'pvc' | 's3';
  /** Name of the claim, or of the bucket, of an item that is one. */
  readonly name?: string;
  /** The labels, of an item that is selected by them. */
  readonly selector?: ClaimSelector;
  /** Patterns of what is left out. */
  readonly exclude?: readonly string[];
  /** Whether an empty volume, or bucket, is a success. */
  readonly allowEmpty?: boolean;
  /** What files, or objects, that cannot be read make of the backup. */
  readonly onUnreadable?: 'Warn' | 'Fail';
  /** Namespace of the claim, if another than that of the ServiceBackup may be meant. */
  readonly namespace?: ObjectReference | string;
  /** @internal */
  readonly source: ItemSource;

  private constructor(source: ItemSource, options: ClaimOptions) {
    this.source = source;
    this.type = source.kind === 'Bucket' ? 's3' : 'pvc';
    if (source.kind === 'Bucket') this.name = source.bucket;
    if (source.kind === 'Claim') this.name = nameOf(source.claim);
    if (source.kind === 'Selector') this.selector = source.selector;
    this.namespace = options.namespace;
    this.exclude = options.exclude;
    this.allowEmpty = options.allowEmpty;
    this.onUnreadable = options.onUnreadable;
  }
}

/** One of `spec.backups`, and the item of the declaration that it comes from. */
export interface Entry extends VolumeOptions {
  readonly at: number;
  readonly type: 'pvc' | 's3';
  readonly name?: string;
  /** Of a claim of another namespace than the ServiceBackup's. */
  readonly namespace?: string;
  readonly selector?: ClaimSelector;
}
