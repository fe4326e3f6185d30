import type { ServiceBackup, ServiceBackupSettings } from '../../src/api';
import type { Declaration } from '../../src/cli/declaration';

/** What the command line knows of the ServiceBackup wiki/backup. */
export const wikiDeclaration = (
  backups: ServiceBackup['spec']['backups'],
  settings: Partial<ServiceBackupSettings> = {},
): Declaration => ({
  service: {
    apiVersion: 'servicebackup.io/v1alpha1',
    kind: 'ServiceBackup',
    metadata: { name: 'backup', namespace: 'wiki', uid: 'uid-1', resourceVersion: '1' },
    spec: { backupBucketName: 'wiki-backup', backups },
  },
  settings: {
    schedule: '30 1 * * *',
    s3BackupConfig: { s3Host: 's3.example.net', s3Credentials: keysIn('s3') },
    resticPasswordSecret: { secretName: 'restic', secretKey: 'pw' },
    ...settings,
  },
  jobNamespace: 'jobs',
  cluster: 'cluster-1',
  repository: {
    endpoint: 'https://s3.example.net',
    region: 'us-east-1',
    bucket: 'wiki-backup',
    owner: { cluster: 'cluster-1', namespace: 'wiki', name: 'backup', uid: 'uid-1' },
    stallSeconds: 200,
  },
  startDeadlineSeconds: 300,
  deadlineSeconds: 7200,
});

export const keysIn = (secretName: string) => ({
  secretName,
  accessKeyIDProperty: 'id',
  secretKeyProperty: 'key',
});
