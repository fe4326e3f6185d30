import { Chart } from 'cdk8s';
import { Namespace } from 'cdk8s-plus-28';
import type { Construct } from 'constructs';
import { Item, Retention, Schedule, ServiceBackup } from 'service-backup';
import { claim } from './claim';

/** The family's pictures. Immich itself is deployed by its Helm chart, which wants this claim as `persistence.library.existingClaim`. */
export class Immich extends Chart {
  constructor(scope: Construct) {
    super(scope, 'immich', { namespace: 'immich' });
    new Namespace(this, 'namespace', { metadata: { name: 'immich' } });

    const library = claim(this, 'library', 1000);
    new ServiceBackup(this, 'backup', {
      backupBucketName: 'immich-backup',
      backups: [
        // Thumbnails and converted films are made again from the originals. With the leading slash: an album may have such a name.
        Item.volume(library, { exclude: ['/thumbs/', '/encoded-video/'] }),
      ],
      // Immich dumps its own database into /backups of this volume, every night at 2:00.
      schedule: Schedule.daily({ hour: 3, timeZone: 'Europe/Berlin' }),
      retention: Retention.of({ daily: 14, monthly: 12, yearly: 5 }),
    });
    // Not backed up: PostgreSQL's own files, since the dump is better, and the models of machine learning, which are downloaded.
  }
}
