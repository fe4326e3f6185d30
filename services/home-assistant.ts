import { Chart } from 'cdk8s';
import { Namespace } from 'cdk8s-plus-28';
import type { Construct } from 'constructs';
import { Item, Schedule, ServiceBackup } from 'service-backup';
import { application } from './application';
import { claim } from './claim';

/** The house. */
export class HomeAssistant extends Chart {
  constructor(scope: Construct) {
    super(scope, 'home-assistant', { namespace: 'home-assistant' });
    new Namespace(this, 'namespace', { metadata: { name: 'home-assistant' } });

    const config = claim(this, 'config', 20);
    application(this, 'home-assistant', {
      image: 'ghcr.io/home-assistant/home-assistant:2025.11',
      port: 8123,
      volumes: { '/config': config },
      env: { TZ: 'Europe/Berlin' },
    });

    new ServiceBackup(this, 'backup', {
      backupBucketName: 'home-assistant-backup',
      backups: [
        Item.volume(config, {
          // The history of all sensors is written every few seconds, and a copy of a database under writes may be torn: a sound
          // one is in the backup that Home Assistant itself lays into /backups. Spoken texts are made again.
          exclude: ['/home-assistant_v2.db*', '/tts/', '/home-assistant.log*'],
        }),
      ],
      // After its own nightly backup, which it makes between 4:45 and 5:45.
      schedule: Schedule.daily({ hour: 6, timeZone: 'Europe/Berlin' }),
    });
  }
}
