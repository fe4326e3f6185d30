import type { BackupConfigSpec } from './backup-config';
import type { ServiceBackupSpec, ServiceBackupStatus } from './service-backup';

export interface Meta {
  name: string;
  namespace: string;
  uid: string;
  resourceVersion: string;
  generation?: number;
  creationTimestamp?: string;
  deletionTimestamp?: string;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
}

export interface BackupConfig {
  apiVersion: string;
  kind: 'BackupConfig';
  metadata: Meta;
  spec: BackupConfigSpec;
}

export interface ServiceBackup {
  apiVersion: string;
  kind: 'ServiceBackup';
  metadata: Meta;
  spec: ServiceBackupSpec;
  status?: ServiceBackupStatus;
}
