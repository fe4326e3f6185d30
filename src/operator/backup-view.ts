import { DEFAULTS } from '../api/group';
import type { ServiceBackup } from '../api/kinds';
import type { Result } from '../api/service-backup';

/** What is kept of every ServiceBackup of the cluster: to know when to look, who owns a bucket, which nodes are taken, and the metrics. */
export interface BackupView {
  namespace: string;
  name: string;
  uid: string;
  createdAt: string;
  generation: number;
  bucket: string;
  config: string;
  /** The group under way. */
  open?: { job: string; node: string };
  metrics: BackupMetrics;
}

/** Instants and durations in seconds. */
export interface BackupMetrics {
  running: boolean;
  next?: number;
  state?: Result;
  duration?: number;
  /** From when on every item has a snapshot. */
  lastSuccess?: number;
  bytes?: number;
  bytesAdded?: number;
}

const seconds = (instant: string): number => Date.parse(instant) / 1000;

export function backupView({ metadata, spec, status = {} }: ServiceBackup): BackupView {
  const open = status.run?.groups.find(({ finishedAt }) => !finishedAt);
  return {
    namespace: metadata.namespace,
    name: metadata.name,
    uid: metadata.uid,
    createdAt: metadata.creationTimestamp ?? '',
    generation: metadata.generation ?? 0,
    bucket: spec.backupBucketName,
    config: spec.backupConfig ?? DEFAULTS.configName,
    ...(open && { open: { job: open.job, node: open.node } }),
    metrics: metricsOf({ spec, status }),
  };
}

function metricsOf({ spec, status }: Required<Pick<ServiceBackup, 'spec' | 'status'>>): BackupMetrics {
  const { lastBackup: last, items = [], nextBackup, run } = status;
  const successes = spec.backups.map(({ name }) => items.find((item) => item.name === name)?.lastSuccess);
  const sum = (figure: 'bytes' | 'bytesAdded') => items.reduce((all, item) => all + (item[figure] ?? 0), 0);
  return {
    running: run !== undefined,
    ...(nextBackup && { next: seconds(nextBackup) }),
    ...(last && {
      state: last.state,
      duration: (Date.parse(last.timestamp) - Date.parse(last.startedAt)) / 1000,
    }),
    ...(items.length > 0 && { bytes: sum('bytes'), bytesAdded: sum('bytesAdded') }),
    ...(successes.every((at) => at !== undefined) && {
      lastSuccess: Math.min(...successes.map((at) => seconds(at))),
    }),
  };
}
