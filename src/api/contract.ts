import { createHash } from 'node:crypto';

// What of the contract is plain values stands here: a program that only speaks it loads no schema library.

/** Version of task and outcome. An operator understands the previous one, too. */
export const CONTRACT_VERSION = 1;

/** restic's `--host` of an item: stable whatever node or path it is read from, so that parents are found. */
export const hostOf = (owner: { namespace: string; name: string }, item: string): string =>
  `${owner.namespace}/${owner.name}/${item}`;

/** An item that is a bucket is named so everywhere: no claim's name has a colon. */
const BUCKET_ITEM = 's3:';
export const bucketItem = (bucket: string): string => `${BUCKET_ITEM}${bucket}`;
/** The bucket that an item is; undefined of one that is a claim. */
export const bucketOf = (item: string): string | undefined =>
  item.startsWith(BUCKET_ITEM) ? item.slice(BUCKET_ITEM.length) : undefined;

/** In the name of a Secret it stands for the name of a bucket. */
export const BUCKET_PLACEHOLDER = '{bucket}';
/** The Secret that holds the keys of a bucket: its name may be made of the bucket's, so that each bucket has a user of its own. */
export const secretNameFor = (secretName: string, bucket: string): string =>
  secretName.replaceAll(BUCKET_PLACEHOLDER, bucket);
/** Whether two such names can be those of one Secret; as the fence takes them, where a bucket's name is anything of three letters at least. */
export function mayBeSame(one: string, other: string): boolean {
  const [head = '', tail] = one.split(BUCKET_PLACEHOLDER);
  const [otherHead = '', otherTail] = other.split(BUCKET_PLACEHOLDER);
  if (tail === undefined && otherTail === undefined) return one === other;
  if (tail === undefined) return mayBeSame(other, one);
  if (otherTail === undefined)
    return other.startsWith(head) && other.endsWith(tail) && other.length >= head.length + 3 + tail.length;
  return (
    (head.startsWith(otherHead) || otherHead.startsWith(head)) &&
    (tail.endsWith(otherTail) || otherTail.endsWith(tail))
  );
}
/** Keys of a Secret, or one, of that of a bucket. */
export const secretOf = <T extends { secretName: string }>(bucket: string, secret: T): T => ({
  ...secret,
  secretName: secretNameFor(secret.secretName, bucket),
});

/**
 * How the names of all Jobs of a cluster begin, and so those of their pods, which restic's locks carry as host name: clusters may
 * share an S3 system, and a lock must tell whose it is.
 */
export const podNamesOf = (cluster: string): string =>
  `sb-${createHash('sha256').update(cluster).digest('hex').slice(0, 6)}-`;

/** The fields of a retention policy, as restic's `--keep-…` flags are called. */
export const RETENTION_FIELDS = ['last', 'hourly', 'daily', 'weekly', 'monthly', 'yearly'] as const;

/** An owner in the words of messages and of `adoptFrom`. */
export const ownerName = (o: { cluster: string; namespace: string; name: string }): string =>
  `${o.cluster}/${o.namespace}/${o.name}`;
/** The value of `adoptFrom` for a repository that nobody owns. */
export const UNOWNED = 'unowned';

/** Environment variables that carry credentials into the mover, by secretKeyRef. restic and our S3 client read the same names. */
export const CREDENTIAL_VARIABLES = {
  accessKeyId: 'AWS_ACCESS_KEY_ID',
  secretAccessKey: 'AWS_SECRET_ACCESS_KEY',
  password: 'RESTIC_PASSWORD',
} as const;
/** Environment variables with the keys of the service's own S3 system, by secretKeyRef. */
export const SERVICE_CREDENTIAL_VARIABLES = {
  accessKeyId: 'SERVICE_BACKUP_SERVICE_ACCESS_KEY_ID',
  secretAccessKey: 'SERVICE_BACKUP_SERVICE_SECRET_ACCESS_KEY',
} as const;
/** Environment variable with the new password of a recovery-key task, by secretKeyRef. */
export const RECOVERY_PASSWORD_VARIABLE = 'SERVICE_BACKUP_RECOVERY_PASSWORD';
