import { Chart } from 'cdk8s';
import { Namespace } from 'cdk8s-plus-28';
import type { Construct } from 'constructs';
import { Item, ServiceBackup } from 'service-backup';
import { application } from './application';
import { claim } from './claim';

/** A wiki without a database: each page is a file, so that a live copy of the volume is a good one. */
export class DokuWiki extends Chart {
  constructor(scope: Construct) {
    super(scope, 'dokuwiki', { namespace: 'dokuwiki' });
    new Namespace(this, 'namespace', { metadata: { name: 'dokuwiki' } });

    const storage = claim(this, 'storage', 5);
    application(this, 'dokuwiki', {
      image: 'docker.io/dokuwiki/dokuwiki:2025-05-14b',
      port: 8080,
      volumes: { '/storage': storage },
      user: 1000,
    });

    new ServiceBackup(this, 'backup', {
      backupBucketName: 'dokuwiki-backup',
      backups: [
        // Rendered pages and the search index are made again.
        Item.volume(storage, { exclude: ['/data/cache/', '/data/index/', '/data/locks/', '/data/tmp/'] }),
      ],
    });
  }
}
