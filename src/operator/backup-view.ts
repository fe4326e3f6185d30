import { DEFAULTS } from '../api/group';
import type { ServiceBackup } from '../api/kinds';
import { misfitOf } from '../api/misfit';
import type { Result } from '../api/service-backup';
import { damageOf } from './damage';
import { type ClaimKey, claimsElsewhere, itemsNow } from './items';
import { isGroup, knownItems, openStep, readsBuckets } from './step';

/** What is kept of every ServiceBackup of the cluster: to know when to look, who owns a bucket, which nodes are taken, and the metrics. */
export interface BackupView {
  namespace: string;
  name: string;
  uid: string;
  createdAt: string;
  generation: number;
  /** Of the whole object: whatever is written to it is a change. */
  version: string;
  bucket: string;
  config: string;
  /** Claims of other namespaces that it names, if any. */
  elsewhere?: ClaimKey[];
  /** The step under way; `node` is '' when it reads no volume. */
  open?: { job: string; node: string; buckets?: true };
  metrics: BackupMetrics;
}

/** What of it decides to whom a bucket belongs. */
export type Claimant = Pick<BackupView, 'namespace' | 'name' | 'uid' | 'createdAt' | 'bucket' | 'config'>;

/** Instants and durations in seconds. */
export interface BackupMetrics {
  declared?: number;
  running: boolean;
  /** Absent until the operator has written a status. */
  ready?: boolean;
  suspended: boolean;
  retentionHeld: boolean;
  repositoryDamaged: boolean;
  consecutiveFailures: number;
  period?: number;
  next?: number;
  state?: Result;
  duration?: number;
  /** From when on every item has a snapshot. */
  lastSuccess?: number;
  bytes?: number;
  bytesAdded?: number;
  files?: number;
}

const seconds = (instant: string): number => Date.parse(instant) / 1000;

export function backupView(backup: ServiceBackup): BackupView {
  const { metadata, spec, status = {} } = backup;
  if (misfitOf(backup)) return misfitView(backup);
  const open = openStep(status.run);
  const elsewhere = claimsElsewhere({ metadata, spec });
  return {
    ...claimantOf({ metadata, spec }),
    ...(elsewhere.length > 0 && { elsewhere }),
    ...(open && {
      open: {
        job: open.job,
        node: isGroup(open) ? open.node : '',
        ...(readsBuckets(open) && { buckets: true as const }),
      },
    }),
    metrics: metricsOf({ metadata, spec, status }),
  };
}

/** Of one that fits its CRD. */
export const claimantOf = ({ metadata, spec }: Pick<ServiceBackup, 'metadata' | 'spec'>) => ({
  ...identity(metadata),
  bucket: spec.backupBucketName,
  config: spec.backupConfig ?? DEFAULTS.configName,
});

/** Of what does not fit its CRD: that it is there, and not ready; and its bucket, which stays its own. */
function misfitView({ metadata, spec }: { metadata: ServiceBackup['metadata']; spec: unknown }): BackupView {
  const { backupBucketName, backupConfig = DEFAULTS.configName } = (spec ?? {}) as Record<string, unknown>;
  return {
    ...identity(metadata),
    bucket: typeof backupBucketName === 'string' ? backupBucketName : '',
    config: typeof backupConfig === 'string' ? backupConfig : '',
    metrics: {
      ...declaredAt(metadata),
      running: false,
      ready: false,
      suspended: false,
      retentionHeld: false,
      repositoryDamaged: false,
      consecutiveFailures: 0,
    },
  };
}

const identity = (metadata: ServiceBackup['metadata']) => ({
  namespace: metadata.namespace,
  name: metadata.name,
  uid: metadata.uid,
  createdAt: metadata.creationTimestamp ?? '',
  generation: metadata.generation ?? 0,
  version: metadata.resourceVersion ?? '',
});

const declaredAt = ({ creationTimestamp: at }: ServiceBackup['metadata']) => at && { declared: seconds(at) };

function metricsOf({
  metadata,
  spec,
  status,
}: Pick<Required<ServiceBackup>, 'metadata' | 'spec' | 'status'>): BackupMetrics {
  const { lastBackup: last, nextBackup, run, conditions, periodSeconds } = status;
  const items = knownItems(status);
  const names = itemsNow({ metadata, spec, status });
  const successes = names.map((name) => items.find((item) => item.name === name)?.lastSuccess);
  const sum = (figure: 'bytes' | 'bytesAdded' | 'files') =>
    items.reduce((all, item) => all + (item[figure] ?? 0), 0);
  const ready = conditions?.find(({ type }) => type === 'Ready')?.status;
  return {
    ...declaredAt(metadata),
    running: run !== undefined,
    ...(ready && { ready: ready === 'True' }),
    suspended: ready === 'True' && !nextBackup,
    retentionHeld: status.heldRetention !== undefined,
    repositoryDamaged: damageOf(status) !== undefined,
    consecutiveFailures: status.consecutiveFailures ?? 0,
    ...(periodSeconds !== undefined && { period: periodSeconds }),
    ...(nextBackup && { next: seconds(nextBackup) }),
    ...(last && {
      state: last.state,
      duration: (Date.parse(last.timestamp) - Date.parse(last.startedAt)) / 1000,
    }),
    ...(items.length > 0 && { bytes: sum('bytes'), bytesAdded: sum('bytesAdded'), files: sum('files') }),
    // Selectors that have not been asked yet may find what was never backed up.
    ...(names.length > 0 &&
      successes.every((at) => at !== undefined) && {
        lastSuccess: Math.min(...successes.map((at) => seconds(at))),
      }),
  };
}
