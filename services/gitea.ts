import { Chart } from 'cdk8s';
import { PersistentVolumeClaim } from 'cdk8s-plus-28';
import type { Construct } from 'constructs';
import { Item, ServiceBackup } from 'service-backup';

/** Git, deployed elsewhere by its Helm chart (release `gitea` in namespace `gitea`): only its backup is declared here. */
export class Gitea extends Chart {
  constructor(scope: Construct) {
    super(scope, 'gitea', { namespace: 'gitea' });

    const repositories = PersistentVolumeClaim.fromClaimName(this, 'repositories', 'gitea-shared-storage');
    new ServiceBackup(this, 'backup', {
      backupBucketName: 'gitea-backup',
      backups: [
        // Search indexes are made again. With the leading slash: a branch may be named `indexers`, too.
        Item.volume(repositories, { exclude: ['/indexers/'] }),
      ],
    });
    // Not backed up here: the claims `data-gitea-postgresql-ha-postgresql-*`. Files of a running database that are
    // copied one after the other do not fit together: it is dumped by its own means. Valkey's claims hold sessions and caches only.
  }
}
