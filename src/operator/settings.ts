import type {
  RetentionPolicy,
  S3BackupConfig,
  S3Config,
  ScratchVolume,
  SecretKeyRef,
  ServiceBackupSettings,
} from '../api/backup-config';
import { mayBeSame } from '../api/contract';
import { DEFAULTS } from '../api/group';
import type { BackupConfig, ServiceBackup } from '../api/kinds';
import type { ServiceS3 } from '../api/task';
import type { DriverStaging } from './drivers';
import type { Failure } from './failure';
import { parseSchedule, type Schedule } from './schedule';

/** What is done to the repository at the end of the first run after a tick. */
export interface Upkeep {
  schedule: Schedule;
  suspend: boolean;
}

/** What holds for one ServiceBackup: its own words, else its config's, else the defaults. */
export interface Settings {
  schedule: Schedule;
  suspend: boolean;
  /** Absent: a missed tick is run, however old. */
  startingDeadlineSeconds?: number;
  /** Absent for a schedule of the ServiceBackup's own: its runs are in no round. */
  roundDeadlineSeconds?: number;
  maxParallelJobs: number;
  s3: S3BackupConfig;
  /** URL of the S3 system. */
  endpoint: string;
  password: SecretKeyRef;
  /** The S3 system of the services' own buckets; absent: none can be read. */
  source?: ServiceS3 & { fullPassRuns: number; credentials: S3Config['s3Credentials'] };
  /** Where buckets are copied to. */
  scratch: ScratchVolume;
  retention: RetentionPolicy;
  maxForgetPercent: number;
  check: Upkeep & { dataParts: number };
  prune: Upkeep & { maxUnusedPercent: number };
  recoveryKey: 'Offered' | 'Declined';
  notify: NonNullable<ServiceBackupSettings['notify']>;
  startDeadlineSeconds: number;
  deadlineSeconds: number;
  runDeadlineSeconds: number;
  backoffLimit: number;
  nodeLostSeconds: number;
  stallSeconds: number;
  drivers: DriverStaging[];
}

/** URL of an S3 system: a bare host name means https. */
export const endpointOf = ({ s3Host }: Pick<S3Config, 's3Host'>): string => {
  const host = s3Host.replace(/\/+$/, '');
  return /^https?:\/\//.test(host) ? host : `https://${host}`;
};

export const isFailure = (value: object): value is Failure => 'reason' in value && 'message' in value;

/** From where items that are buckets are read. */
export function sourceOf({ s3ServiceConfig: s3 }: ServiceBackupSettings): Pick<Settings, 'source'> {
  if (!s3) return {};
  const { region, tls, addressing, fullPassRuns, s3Credentials } = s3;
  return {
    source: {
      endpoint: endpointOf(s3),
      region: region ?? DEFAULTS.region,
      ...(tls?.caBundle && { caBundle: tls.caBundle }),
      addressing: addressing ?? 'path',
      fullPassRuns: fullPassRuns ?? DEFAULTS.fullPassRuns,
      credentials: s3Credentials,
    },
  };
}

/** Keys that may delete, and keys of Jobs that read data, in what can be one Secret: the fence goes by names, and would let a Job have both. */
function sharedKeys(all: ServiceBackupSettings): string | undefined {
  const { s3BackupConfig, s3ServiceConfig, resticPasswordSecret } = all;
  const name = s3BackupConfig.maintenanceCredentials?.secretName;
  if (name === undefined) return undefined;
  const others = [s3BackupConfig.s3Credentials, resticPasswordSecret, s3ServiceConfig?.s3Credentials];
  const met = others.find((other) => other && mayBeSame(name, other.secretName));
  return (
    met &&
    `s3BackupConfig.maintenanceCredentials.secretName '${name}' can be the same Secret as '${met.secretName}', which Jobs that read data have: use a name that begins otherwise, e.g. 'maintenance-{bucket}'.`
  );
}

type JobSpec = NonNullable<ServiceBackupSettings['jobSpec']>;

/** How long a Job may take to start, to end, to be silent, and its node to be away; how long a run, and how often it tries. */
const limitsOf = (jobs: JobSpec) => ({
  startDeadlineSeconds: jobs.startDeadlineSeconds ?? DEFAULTS.startDeadlineSeconds,
  deadlineSeconds: jobs.deadlineSeconds ?? DEFAULTS.deadlineSeconds,
  runDeadlineSeconds: jobs.runDeadlineSeconds ?? DEFAULTS.runDeadlineSeconds,
  backoffLimit: jobs.backoffLimit ?? DEFAULTS.backoffLimit,
  nodeLostSeconds: jobs.nodeLostSeconds ?? DEFAULTS.nodeLostSeconds,
  stallSeconds: jobs.stallSeconds ?? DEFAULTS.stallSeconds,
});

/** The settings, or the one sentence that says what is wrong with them. */
export function settingsOf(
  backup: ServiceBackup,
  config: BackupConfig,
  jobNamespace: string,
): Settings | Failure {
  const { spec } = backup;
  const all = config.spec.serviceBackup;
  const from = (own: unknown) =>
    own === undefined ? `BackupConfig '${config.metadata.name}'` : 'the ServiceBackup';
  const schedule = parseSchedule(
    {
      expression: spec.schedule ?? all.schedule,
      timeZone: spec.timeZone ?? all.timeZone ?? DEFAULTS.timeZone,
      jitterSeconds: all.jitterSeconds ?? DEFAULTS.jitterSeconds,
    },
    `${backup.metadata.namespace}/${backup.metadata.name}`,
  );
  if (typeof schedule === 'string')
    return { reason: 'ConfigInvalid', message: `${from(spec.schedule ?? spec.timeZone)}: ${schedule}` };

  const jobs = all.jobSpec ?? {};
  if (jobs.jobNS && jobs.jobNS !== jobNamespace)
    return {
      reason: 'ConfigInvalid',
      message: `BackupConfig '${config.metadata.name}': jobSpec.jobNS is '${jobs.jobNS}', but this operator runs Jobs in '${jobNamespace}': leave jobNS out, or deploy the operator with that Job namespace.`,
    };
  const shared = sharedKeys(all);
  if (shared) return { reason: 'ConfigInvalid', message: `${from(undefined)}: ${shared}` };
  const retention = spec.resticRetentionPolicy ?? all.resticRetentionPolicy ?? DEFAULTS.retention;
  if (!Object.values(retention).some((n) => n > 0))
    return {
      reason: 'ConfigInvalid',
      message: `${from(spec.resticRetentionPolicy)}: resticRetentionPolicy would keep no snapshot: set at least one of last, hourly, daily, weekly, monthly, yearly to 1 or more.`,
    };
  const upkeep = (field: 'check' | 'prune'): Upkeep | Failure => {
    const parsed = parseSchedule(
      {
        expression: all[field]?.schedule ?? DEFAULTS[field].schedule,
        timeZone: all.timeZone ?? DEFAULTS.timeZone,
        jitterSeconds: 0,
      },
      '',
      `${field}.schedule`,
    );
    return typeof parsed === 'string'
      ? { reason: 'ConfigInvalid', message: `${from(undefined)}: ${parsed}` }
      : { schedule: parsed, suspend: all[field]?.suspend ?? false };
  };
  const check = upkeep('check');
  if (isFailure(check)) return check;
  const prune = upkeep('prune');
  if (isFailure(prune)) return prune;
  return {
    schedule,
    suspend: Boolean(spec.suspend || all.suspend),
    ...(all.startingDeadlineSeconds !== undefined && {
      startingDeadlineSeconds: all.startingDeadlineSeconds,
    }),
    ...(all.roundDeadlineSeconds !== undefined &&
      spec.schedule === undefined && { roundDeadlineSeconds: all.roundDeadlineSeconds }),
    maxParallelJobs: all.maxParallelJobs ?? DEFAULTS.maxParallelJobs,
    s3: all.s3BackupConfig,
    endpoint: endpointOf(all.s3BackupConfig),
    password: all.resticPasswordSecret,
    ...sourceOf(all),
    scratch: all.scratchVol ?? {},
    retention,
    maxForgetPercent: all.maxForgetPercent ?? DEFAULTS.maxForgetPercent,
    check: { ...check, dataParts: all.check?.dataParts ?? DEFAULTS.check.dataParts },
    prune: { ...prune, maxUnusedPercent: all.prune?.maxUnusedPercent ?? DEFAULTS.prune.maxUnusedPercent },
    recoveryKey: all.recoveryKey ?? 'Offered',
    notify: all.notify ?? {},
    ...limitsOf(jobs),
    drivers: all.drivers ?? [],
  };
}
