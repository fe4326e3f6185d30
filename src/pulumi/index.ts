/** Kubernetes backups declared in TypeScript: Pulumi components. */
export { AwsBackupBucket, type AwsBackupBucketArgs, type AwsModule } from './aws-backup-bucket';
export { BackupBucket, type BackupBucketArgs } from './backup-bucket';
export { BackupConfig, type BackupConfigArgs } from './backup-config';
export { BackupConsent, type BackupConsentArgs } from './backup-consent';
export { BackupOperator, type BackupOperatorArgs } from './backup-operator';
export { Charts } from './charts';
export type { Fields, Inputs, Lifted } from './inputs';
export type { Metadata } from './metadata';
export {
  MinioBackupBucket,
  type MinioBackupBucketArgs,
  type MinioModule,
} from './minio-backup-bucket';
export type { ProvidedBucketArgs, ProviderClass } from './provided-bucket';
export { ServiceBackup, type ServiceBackupArgs } from './service-backup';
export { BucketAdmin, Duration, Item, Retention, Schedule, SecretKey } from './values';
