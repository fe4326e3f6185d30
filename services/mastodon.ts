import { Chart } from 'cdk8s';
import type { Construct } from 'constructs';
import { Item, Retention, ServiceBackup } from 'service-backup';

/**
 * A Mastodon server that keeps its media in S3, deployed elsewhere by its Helm chart (release and namespace `mastodon`): only its
 * backup is declared here.
 */
export class Mastodon extends Chart {
  constructor(scope: Construct) {
    super(scope, 'mastodon', { namespace: 'mastodon' });

    new ServiceBackup(this, 'backup', {
      backupBucketName: 'mastodon-backup',
      backups: [
        // What people of this server uploaded. Copies of other servers' pictures are fetched again, and are most of the bucket.
        Item.bucket('mastodon-media', { exclude: ['/cache/'] }),
      ],
      retention: Retention.of({ daily: 7, weekly: 4 }), // who deletes a picture wants it gone within weeks
    });
    // Not backed up here:
    // `data-mastodon-postgresql-0`: files of a running database that are copied one after the other do not fit together:
    //   it is dumped by its own means.
    // `redis-data-mastodon-redis-*`: home timelines, which `tootctl feeds build` makes again.
    // `mastodon-assets`: part of the image.
  }
}
