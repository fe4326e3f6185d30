import type { RestoreTask, ServiceBackup } from '../api';
import type { PersistentVolumeClaim, StorageClass } from '../kube/objects';
import { restorable, typeOf } from '../operator/items';
import { Failure, UsageError } from './failure';
import { nameOf } from './service-reference';

/** What a person asked for. */
interface Request {
  item?: string;
  select: RestoreTask['select'];
  /** Of the new claim; for a bucket, of the scratch volume. */
  size?: string;
  storageClass?: string;
}

export interface RestoreRequest extends Request {
  toClaim: string;
}

export interface BucketRequest extends Request {
  toBucket: string;
  /** Only keys that begin so. */
  prefix?: string;
  overwrite: boolean;
  dryRun: boolean;
}

/** The shape of the claim that is restored to: that of the item's own claim, where no flag says otherwise. */
export interface ClaimShape {
  size: string;
  /** `undefined`: the cluster's default class. */
  storageClass?: string;
  accessModes: string[];
}

/** The item that is meant. One that is no longer declared may be named: its snapshots are still there. */
export function chooseItem(
  service: ServiceBackup,
  named: string | undefined,
  kind: 'claim' | 'bucket' = 'claim',
): string {
  if (named !== undefined) return named;
  const items = restorable(service).filter((item) => (typeOf(item) === 's3') === (kind === 'bucket'));
  if (items.length === 1 && items[0] !== undefined) return items[0];
  const name = nameOf(service.metadata);
  if (items.length > 1)
    throw new UsageError(`${name} has ${items.length} ${kind}s: choose one by --item (${items.join(', ')}).`);
  throw new UsageError(
    kind === 'claim' && service.spec.backups.some(({ selector }) => selector)
      ? `${name} has selected no claim by its labels: say by --item which is meant ('service-backup snapshots ${name}' lists them).`
      : `${name} declares no ${kind}: say by --item which is meant ('service-backup snapshots ${name}' lists what was backed up).`,
  );
}

/** @throws Failure when the cluster does not tell the shape and no flag does. */
export function shapeOf(
  request: RestoreRequest,
  original: { name: string; claim?: PersistentVolumeClaim },
): ClaimShape {
  const { claim } = original;
  if (!claim && (!request.size || request.storageClass === undefined))
    throw new Failure(
      `There is no claim ${original.name} any more to take size and storage class from: say both by --size (e.g. 20Gi) and --storage-class.`,
    );
  if (claim?.spec?.volumeMode === 'Block')
    throw new Failure(
      `Claim ${original.name} is a raw block device, which has no files: it cannot have been backed up.`,
    );
  const size = request.size ?? claim?.status?.capacity?.storage ?? claim?.spec?.resources?.requests?.storage;
  if (!size)
    throw new Failure(`Claim ${original.name} does not say how large it is: say it by --size, e.g. 20Gi.`);
  const storageClass = request.storageClass ?? claim?.spec?.storageClassName;
  if (storageClass === '')
    throw new Failure(
      `Claim ${original.name} has no storage class, so that no volume can be made like it: choose a class by --storage-class.`,
    );
  const writable = (claim?.spec?.accessModes ?? []).filter((mode) => mode !== 'ReadOnlyMany');
  return { size, storageClass, accessModes: writable.length > 0 ? writable : ['ReadWriteOnce'] };
}

/** @throws Failure for a class that cannot make a volume: the Job would wait for it until its deadline. */
export function checkStorageClass(name: string, found: StorageClass | undefined): void {
  const mend = "choose another by --storage-class ('kubectl get storageclass' lists them).";
  if (!found) throw new Failure(`There is no storage class ${name}: ${mend}`);
  if (found.provisioner === 'kubernetes.io/no-provisioner')
    throw new Failure(`Storage class ${name} does not make volumes by itself: ${mend}`);
}

/** A claim as a restore makes it, twice: the temporary one, and the one that was asked for. */
export function claimOf(
  at: { namespace: string; name: string },
  shape: ClaimShape,
  more: {
    volume?: string;
    labels?: Record<string, string>;
    annotations?: Record<string, string>;
    owner?: { apiVersion: string; kind: string; name: string; uid: string };
  } = {},
): PersistentVolumeClaim {
  return {
    metadata: {
      ...at,
      ...(more.labels && { labels: more.labels }),
      ...(more.annotations && { annotations: more.annotations }),
      ...(more.owner && { ownerReferences: [more.owner] }),
    },
    spec: {
      accessModes: shape.accessModes,
      resources: { requests: { storage: shape.size } },
      ...(shape.storageClass !== undefined && { storageClassName: shape.storageClass }),
      ...(more.volume && { volumeName: more.volume }),
    },
  };
}
