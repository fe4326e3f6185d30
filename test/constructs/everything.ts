import { App, Chart } from 'cdk8s';
import { BackupConsent, BackupOperator, Item, ServiceBackup } from 'service-backup';
import { ALL_OPTIONS } from './all-options';
import { type Manifest, manifests } from './app';

/** An object of each kind that this package synthesises, with every field that an option can add. */
export function everything(): Manifest[] {
  const app = new App();
  new BackupOperator(new Chart(app, 'operator'), 'operator', { ...ALL_OPTIONS, monitoring: true });
  const service = new Chart(app, 'wiki', { namespace: 'wiki' });
  const backups = [Item.volume('data'), Item.bucket('files')];
  new ServiceBackup(service, 'backup', { backupBucketName: 'wiki-backup', backups });
  new BackupConsent(service, 'consent', { namespace: 'shared', to: ['wiki'] });
  return manifests(app);
}
