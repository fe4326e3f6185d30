import type { BucketAdmin } from './bucket-admin';
import type { OperatorImages } from './images';
import type { ObjectReference } from './reference';
import type { S3BackupConfig } from './s3-config';

/** A bucket for one repository, and who may do what in it. */
export interface BackupBucketProps {
  /**
   * Name of the bucket: what the ServiceBackup has as `backupBucketName`. Its user bears the same name. One that is there already gets
   * the user and the policy, if its owner is the administrator.
   */
  readonly bucketName: string;
  /**
   * The S3 system: the same value that the BackupConfig has as `s3BackupConfig`. The names of its Secrets must have `{bucket}` in them. With
   * `maintenanceCredentials` the user of the backups may delete nothing but locks, and a second user is made that may.
   */
  readonly s3: S3BackupConfig;
  /** Who makes it: `BucketAdmin.versitygw(SecretKey.pair('versitygw-root', 'AccessKey', 'SecretKey'))`. */
  readonly admin: BucketAdmin;
  /**
   * Namespace in which Jobs run, and which holds the Secrets.
   * @default - that of the BackupOperator of this app; if it has none, 'service-backup-jobs'
   */
  readonly jobNamespace?: ObjectReference | string;
  /**
   * The image of the Job, and the Secrets with which it is pulled.
   * @default - the stock image of Node
   */
  readonly images?: Pick<OperatorImages, 'node' | 'pullSecrets'>;
}
