import { type Output, output } from '@pulumi/pulumi';
import { BackupOperator, Item, Retention, Schedule, SecretKey, ServiceBackup } from 'service-backup/pulumi';

const operator = new BackupOperator('operator', {
  config: {
    schedule: Schedule.daily({ hour: 1, minute: 30, timeZone: 'Europe/Berlin' }),
    s3BackupConfig: {
      s3Host: 's3.example.net',
      s3Credentials: SecretKey.pair('s3-backup', 'AccessKey', 'SecretKey'),
    },
    resticPasswordSecret: SecretKey.of('restic-pw', 'pw'),
  },
});

const backup = new ServiceBackup(
  'nextcloud',
  {
    namespace: output('nextcloud'),
    backupBucketName: output('nextcloud-backup'),
    backups: [Item.volume(output('data'), { exclude: ['*.part'] })],
    retention: Retention.gfs(),
  },
  { dependsOn: operator },
);

export const bucket: Output<string> = backup.backupBucketName;
