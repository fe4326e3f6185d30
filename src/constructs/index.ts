export * from './backup-bucket';
export type { BackupBucketProps } from './backup-bucket-props';
export * from './backup-config';
export type { BackupConfigSettings, DriverConfig } from './backup-config-settings';
export { BackupConsent, type BackupConsentProps } from './backup-consent';
export * from './backup-operator';
export type * from './backup-operator-props';
export { BucketAdmin, type VersitygwOptions } from './bucket-admin';
export type { BucketRule } from './bucket-rules';
export { type ClaimCoverage, Coverage } from './coverage';
export type { OperatorImages } from './images';
export {
  type BucketOptions,
  type ClaimOptions,
  type ClaimSelector,
  Item,
  type LeftOut,
  type VolumeOptions,
  type WorkloadOptions,
} from './item';
export type { JobOptions, JobResources } from './job-options';
export type { CheckSettings, PruneSettings } from './maintenance';
export type { MonitoringOptions } from './monitoring';
export type { NetworkPolicyOptions } from './network-policies';
export type { NotifySettings } from './notify';
export type { ObjectReference } from './reference';
export { Retention, type RetentionOptions } from './retention';
export type { S3BackupConfig, S3Config, S3ServiceConfig } from './s3-config';
export * from './schedule';
export type { ScratchVolume } from './scratch-volume';
export { SecretKey, type SecretKeyPair } from './secret-key';
export {
  ServiceBackup,
  type ServiceBackupOfWorkloadProps,
  type ServiceBackupProps,
} from './service-backup';
