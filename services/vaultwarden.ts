import { Chart } from 'cdk8s';
import { Namespace } from 'cdk8s-plus-28';
import type { Construct } from 'constructs';
import { Item, Retention, Schedule, ServiceBackup } from 'service-backup';
import { application } from './application';
import { claim } from './claim';

/** Everybody's passwords. */
export class Vaultwarden extends Chart {
  constructor(scope: Construct) {
    super(scope, 'vaultwarden', { namespace: 'vaultwarden' });
    new Namespace(this, 'namespace', { metadata: { name: 'vaultwarden' } });

    const data = claim(this, 'data', 2);
    application(this, 'vaultwarden', {
      image: 'docker.io/vaultwarden/server:1.34.3',
      port: 8080,
      volumes: { '/data': data },
      user: 1000,
      env: { ROCKET_PORT: '8080' },
    });

    new ServiceBackup(this, 'backup', {
      backupBucketName: 'vaultwarden-backup',
      backups: [
        // Its SQLite is copied as it lies there, and a copy taken in the middle of a write may be torn. It is seldom written, and
        // of many copies most are sound; a dump is surer: `vaultwarden backup` lays one beside it, which is then backed up, too.
        Item.volume(data, { exclude: ['/icon_cache/', '/tmp/'] }), // icons of web sites are fetched again
      ],
      schedule: Schedule.cron('0 * * * *'),
      retention: Retention.of({ hourly: 48, daily: 30, monthly: 12 }),
    });
  }
}
