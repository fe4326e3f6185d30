import { App, Chart } from 'cdk8s';
import {
  BackupBucket,
  BackupConsent,
  BackupOperator,
  BucketAdmin,
  Item,
  SecretKey,
  ServiceBackup,
} from 'service-backup';
import { ALL_OPTIONS } from './all-options';
import { type Manifest, manifests } from './app';

/** An object of each kind that this package synthesises, with every field that an option can add. */
export function everything(): Manifest[] {
  const app = new App();
  new BackupOperator(new Chart(app, 'operator'), 'operator', { ...ALL_OPTIONS, monitoring: true });
  const service = new Chart(app, 'wiki', { namespace: 'wiki' });
  const backups = [Item.volume('data'), Item.bucket('files')];
  new ServiceBackup(service, 'backup', { backupBucketName: 'wiki-backup', backups });
  const pair = (secret: string) => SecretKey.pair(secret, 'AccessKey', 'SecretKey');
  new BackupBucket(service, 'bucket', {
    bucketName: 'blog-backup',
    s3: {
      s3Host: 'https://s3:9000',
      s3Credentials: pair('blog-{bucket}'),
      maintenanceCredentials: pair('maintenance-{bucket}'),
    },
    admin: BucketAdmin.versitygw(pair('versitygw-root')),
    images: ALL_OPTIONS.images,
  });
  new BackupConsent(service, 'consent', { namespace: 'shared', to: ['wiki'] });
  return manifests(app);
}
