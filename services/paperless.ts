import { Chart } from 'cdk8s';
import { Namespace } from 'cdk8s-plus-28';
import type { Construct } from 'constructs';
import { Item, Retention, ServiceBackup } from 'service-backup';
import { application } from './application';
import { claim } from './claim';

/** Paper that was scanned: contracts, invoices, certificates. */
export class Paperless extends Chart {
  constructor(scope: Construct) {
    super(scope, 'paperless', { namespace: 'paperless' });
    new Namespace(this, 'namespace', { metadata: { name: 'paperless' } });

    const data = claim(this, 'data', 5);
    const media = claim(this, 'media', 100);
    const consume = claim(this, 'consume', 5);
    application(this, 'paperless', {
      image: 'ghcr.io/paperless-ngx/paperless-ngx:2.18.4',
      port: 8000,
      volumes: {
        '/usr/src/paperless/data': data,
        '/usr/src/paperless/media': media,
        '/usr/src/paperless/consume': consume,
      },
      env: { PAPERLESS_REDIS: 'redis://valkey.valkey:6379' },
    });

    new ServiceBackup(this, 'backup', {
      backupBucketName: 'paperless-backup',
      backups: [
        Item.volume(media),
        // The search index is made again. db.sqlite3 is copied as it lies there: torn, if a document comes in at that moment.
        Item.volume(data, { exclude: ['/index/', '/log/'] }),
      ],
      retention: Retention.of({ daily: 7, weekly: 4, monthly: 12, yearly: 10 }), // as long as papers must be kept
    });
    // Not backed up: `consume`, the scanner's tray. Within a minute what lies in it is a document in `media`.
  }
}
