import type { BackupMetrics, BackupView } from './backup-view';

const STATE = { Success: 0, Warning: 1, Failed: 2 } as const;

interface Metric {
  name: string;
  help: string;
  value(metrics: BackupMetrics): number | undefined;
}

const METRICS: Metric[] = [
  {
    name: 'last_success_timestamp_seconds',
    help: 'From when on every item has a snapshot; absent while one has none. Alert on its age.',
    value: ({ lastSuccess }) => lastSuccess,
  },
  {
    name: 'last_state',
    help: 'How the last run ended: 0 Success, 1 Warning, 2 Failed.',
    value: ({ state }) => state && STATE[state],
  },
  {
    name: 'last_duration_seconds',
    help: 'How long the last run took.',
    value: ({ duration }) => duration,
  },
  {
    name: 'next_run_timestamp_seconds',
    help: 'When the next scheduled run starts; absent while suspended.',
    value: ({ next }) => next,
  },
  { name: 'running', help: '1 while a run is under way.', value: ({ running }) => Number(running) },
  { name: 'bytes', help: 'Size of all items at their last backup.', value: ({ bytes }) => bytes },
  {
    name: 'bytes_added',
    help: 'What the last backup of all items added to the repository.',
    value: ({ bytesAdded }) => bytesAdded,
  },
  { name: 'files', help: 'Files of all items at their last backup.', value: ({ files }) => files },
  {
    name: 'consecutive_failures',
    help: 'How many runs in a row, to the last one, were no Success.',
    value: ({ consecutiveFailures }) => consecutiveFailures,
  },
  {
    name: 'retention_held',
    help: '1 while nothing is forgotten of some items, or of any.',
    value: ({ retentionHeld }) => Number(retentionHeld),
  },
  {
    name: 'repository_damaged',
    help: '1 from when damage was found until a check has passed.',
    value: ({ repositoryDamaged }) => Number(repositoryDamaged),
  },
  {
    name: 'period_seconds',
    help: 'The longest time between two scheduled runs.',
    value: ({ period }) => period,
  },
  {
    name: 'declared_timestamp_seconds',
    help: 'When the ServiceBackup was created.',
    value: ({ declared }) => declared,
  },
  {
    name: 'ready',
    help: '1 while runs can start, 0 while its config or declaration keeps them from it.',
    value: ({ ready }) => (ready === undefined ? undefined : Number(ready)),
  },
  {
    name: 'suspended',
    help: '1 while it could run, but is suspended.',
    value: ({ suspended }) => Number(suspended),
  },
];

/**
 * What is scraped, in Prometheus' text format, metric by metric: computed from the mirror at that moment, so that a deleted ServiceBackup
 * is gone from it, too, and that nothing of it is kept. `isReady`: the operator has seen the cluster; before that, that there is no
 * figure says nothing.
 */
export function* metricsOf(backups: () => Iterable<BackupView>, isReady: () => boolean): Iterable<string> {
  yield `${head('operator_ready', '1 while the operator sees the cluster.')}service_backup_operator_ready ${Number(isReady())}\n`;
  for (const { name, help, value } of METRICS) {
    const lines: string[] = [];
    for (const { namespace, name: its, metrics } of backups()) {
      const current = value(metrics);
      // Names of Kubernetes' objects hold nothing that would have to be escaped.
      if (current !== undefined)
        lines.push(`service_backup_${name}{namespace="${namespace}",name="${its}"} ${current}\n`);
    }
    yield head(name, help) + lines.join('');
  }
}

const head = (name: string, help: string): string =>
  `# HELP service_backup_${name} ${help}\n# TYPE service_backup_${name} gauge\n`;
