import { Chart, Size } from 'cdk8s';
import { Namespace, PersistentVolumeAccessMode, PersistentVolumeClaim } from 'cdk8s-plus-28';
import type { Construct } from 'constructs';
import { Item, Retention, ServiceBackup } from 'service-backup';
import type { SceneOptions } from './options';
import { workload } from './workload';

/** A guest book: pictures that visitors upload, and the files of its database. */
export class Guestbook extends Chart {
  constructor(scope: Construct, { storageClasses, nodes }: SceneOptions = {}) {
    super(scope, 'guestbook', { namespace: 'guestbook' });
    new Namespace(this, 'namespace', { metadata: { name: 'guestbook' } });

    const uploads = new PersistentVolumeClaim(this, 'uploads', {
      metadata: { name: 'uploads' },
      storage: Size.gibibytes(1),
      accessModes: [PersistentVolumeAccessMode.READ_WRITE_ONCE],
      storageClassName: storageClasses?.uploads,
    });
    const database = new PersistentVolumeClaim(this, 'database-files', {
      metadata: { name: 'database' },
      storage: Size.gibibytes(1),
      accessModes: [PersistentVolumeAccessMode.READ_WRITE_ONCE],
      storageClassName: storageClasses?.database,
    });
    workload(this, 'web', { claim: uploads, node: nodes?.web });
    workload(this, 'database', { claim: database, node: nodes?.database });

    new ServiceBackup(this, 'backup', {
      backupBucketName: 'guestbook-backup',
      backups: [Item.volume(uploads, { exclude: ['*.part'] }), Item.volume(database)],
      retention: Retention.gfs(),
    });
  }
}
