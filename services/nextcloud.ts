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
    const data = claim(this, 'data', 500);
    application(this, 'nextcloud', {
      image: 'docker.io/library/nextcloud:32-apache',
      port: 80,
      volumes: { '/var/www/html': html, '/var/www/html/data': data },
    });

    new ServiceBackup(this, 'backup', {
      backupBucketName: 'nextcloud-backup',
      backups: [
        Item.volume(html), // config.php with it: without its salt and secret the data is of no use
        // Previews are made again from the pictures; uploads are parts of files that are on their way.
        Item.volume(data, { exclude: ['/appdata_*/preview/', '/*/uploads/', '/*.log'] }),
      ],
      retention: Retention.of({ daily: 14, weekly: 8, monthly: 12 }), // people miss a file late
    });
    // Not backed up here: its PostgreSQL, which lives elsewhere and is dumped by its own means. Files of a running
    // database that are copied one after the other do not fit together.
  }
}
