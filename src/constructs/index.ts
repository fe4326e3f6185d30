export * from './backup-config';
export * from './backup-operator';
export { Item, type VolumeOptions } from './item';
export { Retention, type RetentionOptions } from './retention';
export * from './schedule';
export { SecretKey, type SecretKeyPair } from './secret-key';
export { ServiceBackup, type ServiceBackupProps } from './service-backup';
