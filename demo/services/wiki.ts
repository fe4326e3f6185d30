import { Chart, Size } from 'cdk8s';
import { Namespace, PersistentVolumeAccessMode, PersistentVolumeClaim } from 'cdk8s-plus-28';
import type { Construct } from 'constructs';
import { Item, ServiceBackup } from 'service-backup';
import type { SceneOptions } from './options';
import { workload } from './workload';

/** A wiki: its pages. */
export class Wiki extends Chart {
  constructor(scope: Construct, { storageClasses, nodes }: SceneOptions = {}) {
    super(scope, 'wiki', { namespace: 'wiki' });
    new Namespace(this, 'namespace', { metadata: { name: 'wiki' } });

    const pages = new PersistentVolumeClaim(this, 'pages', {
      metadata: { name: 'pages' },
      storage: Size.gibibytes(1),
      accessModes: [PersistentVolumeAccessMode.READ_WRITE_ONCE],
      storageClassName: storageClasses?.pages,
    });
    workload(this, 'wiki', { claim: pages, node: nodes?.wiki });

    new ServiceBackup(this, 'backup', {
      backupBucketName: 'wiki-backup',
      backups: [Item.volume(pages)],
    });
  }
}
