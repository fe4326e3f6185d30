import { createHash } from 'node:crypto';
import { type BucketTask, type BucketUser, DEFAULTS, secretOf } from '../api';
import type { BackupBucketProps } from './backup-bucket-props';
import type { SecretKeyPair } from './secret-key';
import { urlOf } from './url';

/** What is asked of the S3 system, and of the namespace in which the Secrets are to be. */
export const taskOf = (
  { bucketName, s3, admin }: BackupBucketProps,
  users: BucketUser[],
  namespace: string,
): BucketTask => ({
  version: 1,
  s3: { endpoint: urlOf(s3.s3Host), region: s3.region ?? DEFAULTS.region, caBundle: s3.tls?.caBundle },
  admin: { api: admin.api, endpoint: urlOf(admin.endpoint ?? s3.s3Host) },
  bucket: bucketName,
  namespace,
  users,
});

/** The user of the backups; and if it may delete nothing but locks, that of the maintenance. */
export function usersOf({ bucketName, s3 }: BackupBucketProps): BucketUser[] {
  const { s3Credentials, maintenanceCredentials } = s3;
  const user = (name: string, deletes: BucketUser['deletes'], keys: SecretKeyPair): BucketUser => {
    const { secretName, accessKeyIDProperty, secretKeyProperty } = secretOf(bucketName, keys);
    return { name, deletes, secret: { secretName, accessKeyIDProperty, secretKeyProperty } };
  };
  if (!maintenanceCredentials) return [user(bucketName, 'everything', s3Credentials)];
  return [
    user(bucketName, 'locks', s3Credentials),
    user(maintenanceUserOf(bucketName), 'everything', maintenanceCredentials),
  ];
}

/** An access key id of AWS has at most 128 characters, of others fewer: 64 are taken everywhere. */
const LONGEST_USER = 64;

function maintenanceUserOf(bucketName: string): string {
  const plain = `${bucketName}-maintenance`;
  if (plain.length <= LONGEST_USER) return plain;
  const end = `-${hashOf(bucketName)}-maintenance`;
  return `${bucketName.slice(0, LONGEST_USER - end.length)}${end}`;
}

/** A name of at most 63 characters in which people recognise the bucket. What it must be told from is in the hash. */
export const nameFor = (bucketName: string, ...parts: string[]): string =>
  `backup-bucket-${bucketName.replaceAll('.', '-').slice(0, 38)}-${hashOf(bucketName, ...parts)}`;

const hashOf = (...parts: string[]): string =>
  createHash('sha256').update(parts.join('\n')).digest('hex').slice(0, 10);
