import { Chart } from 'cdk8s';
import { Namespace } from 'cdk8s-plus-28';
import type { Construct } from 'constructs';
import { Item, Retention, ServiceBackup } from 'service-backup';
import { application } from './application';
import { claim } from './claim';

/** Files, calendars and contacts of everybody. */
export class Nextcloud extends Chart {
  constructor(scope: Construct) {
    super(scope, 'nextcloud', { namespace: 'nextcloud' });
    new Namespace(this, 'namespace', { metadata: { name: 'nextcloud' } });

    const html = claim(this, 'html', 10);
    application(this, 'nextcloud', {
      image: 'docker.io/library/nextcloud:32-apache',
      port: 80,
      volumes: { '/var/www/html': html },
      // Primary storage: every file is an object. Its keys are in config.php.
      env: { OBJECTSTORE_S3_HOST: 's3.services.example.net', OBJECTSTORE_S3_BUCKET: 'nextcloud-files' },
    });

    new ServiceBackup(this, 'backup', {
      backupBucketName: 'nextcloud-backup',
      backups: [
        // With config.php: without its salt and secret the files are of no use.
        Item.volume(html, { exclude: ['/data/*.log'] }),
        Item.bucket('nextcloud-files'),
      ],
      retention: Retention.of({ daily: 14, weekly: 8, monthly: 12 }), // people miss a file late
    });
    // Not backed up here: its PostgreSQL, which lives elsewhere and is dumped by its own means: it says which object is which
    // file. Files of a running database that are copied one after the other do not fit together.
  }
}
