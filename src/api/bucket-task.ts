import type { S3Config } from './backup-config';
import type { Deletes } from './bucket-policy';

/** What the Job of a BackupBucket makes: a bucket, its users and what they may do, and the Secrets with their keys. */
export interface BucketTask {
  version: 1;
  s3: { endpoint: string; region: string; caBundle?: string };
  /** The interface by which users are made, and its URL. */
  admin: { api: 'versitygw'; endpoint: string };
  bucket: string;
  /** Namespace of the Secrets. */
  namespace: string;
  /** The first one is that of the backups. */
  users: BucketUser[];
}

export interface BucketUser {
  /** Its name, which is its access key id, too. */
  name: string;
  deletes: Deletes;
  /** Where its keys are put. A Secret that is there already says which they are. */
  secret: S3Config['s3Credentials'];
}

type Keys = Record<'accessKeyId' | 'secretAccessKey', string>;

/** Environment variables with the keys of the administrator, by secretKeyRef. */
export const ADMIN_VARIABLES: Keys = {
  accessKeyId: 'SERVICE_BACKUP_ADMIN_ACCESS_KEY_ID',
  secretAccessKey: 'SERVICE_BACKUP_ADMIN_SECRET_ACCESS_KEY',
};

/** Environment variables with the keys of the n-th user, by secretKeyRef with `optional`: not set while there is no Secret. */
export const userVariables = (n: number): Keys => ({
  accessKeyId: `SERVICE_BACKUP_USER_${n}_ACCESS_KEY_ID`,
  secretAccessKey: `SERVICE_BACKUP_USER_${n}_SECRET_ACCESS_KEY`,
});

/** Exit code of what does not pass by itself: its Job is not tried again. */
export const HOPELESS = 64;
