import { App, Chart, Size } from 'cdk8s';
import { PersistentVolumeClaim } from 'cdk8s-plus-33';
import type { Construct } from 'constructs';
import { BackupOperator, Item, Retention, Schedule, SecretKey, ServiceBackup } from 'service-backup';

export class Nextcloud extends Chart {
  constructor(scope: Construct) {
    super(scope, 'nextcloud', { namespace: 'nextcloud' });
    const data = new PersistentVolumeClaim(this, 'data', { storage: Size.gibibytes(200) });

    new ServiceBackup(this, 'backup', {
      backupBucketName: 'nextcloud-backup',
      backups: [Item.volume(data, { exclude: ['appdata_*/preview/', '*.part'] })],
      retention: Retention.gfs(),
    });
  }
}

const app = new App();
new BackupOperator(new Chart(app, 'operator'), 'operator', {
  config: {
    schedule: Schedule.daily({ hour: 1, minute: 30, timeZone: 'Europe/Berlin' }),
    s3BackupConfig: {
      s3Host: 's3.example.net',
      s3Credentials: SecretKey.pair('s3-backup', 'AccessKey', 'SecretKey'),
    },
    resticPasswordSecret: SecretKey.of('restic-pw', 'pw'),
  },
});
new Nextcloud(app);
app.synth();
