import { App, Chart } from 'cdk8s';
import {
  BackupConsent,
  BackupOperator,
  type BackupOperatorProps,
  Item,
  Schedule,
  SecretKey,
  ServiceBackup,
} from 'service-backup';
import { type Manifest, manifests } from './app';

/** Each option that adds objects or fields; the others change values, or leave something out. */
const OPTIONS: BackupOperatorProps = {
  config: {
    schedule: Schedule.daily({ hour: 1 }),
    s3BackupConfig: {
      s3Host: 's3.example.net',
      s3Credentials: SecretKey.pair('s3-backup', 'AccessKey', 'SecretKey'),
    },
    resticPasswordSecret: SecretKey.of('restic-pw', 'pw'),
  },
  images: { pullSecrets: ['registry'] },
  resources: { cpuLimit: '1' },
  nodeSelector: { 'kubernetes.io/os': 'linux' },
  tolerations: [{ key: 'dedicated', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 60 }],
  priorityClassName: 'system-cluster-critical',
  logLevel: 'debug',
  jobs: {
    resources: { cpuLimit: '2', memoryLimit: '4Gi' },
    priorityClassName: 'system-node-critical',
    seLinuxOptions: { type: 'spc_t', level: 's0' },
  },
  networkPolicies: true,
  monitoring: true,
};

/** An object of each kind that this package synthesises, with every field that an option can add. */
export function everything(): Manifest[] {
  const app = new App();
  new BackupOperator(new Chart(app, 'operator'), 'operator', OPTIONS);
  const service = new Chart(app, 'wiki', { namespace: 'wiki' });
  new ServiceBackup(service, 'backup', { backupBucketName: 'wiki-backup', backups: [Item.volume('data')] });
  new BackupConsent(service, 'consent', { namespace: 'shared', to: ['wiki'] });
  return manifests(app);
}
