import type { Duration } from 'cdk8s';
import { DEFAULTS } from '../api';
import type { BackupConfigSettings, DriverConfig } from './backup-config-settings';
import { problemsOfBucketRules, problemsOfNamespacePatterns } from './bucket-rules';
import { problemsOfUpkeepSchedule } from './maintenance';
import { problemsOfNotifyUrl } from './notify';
import { problemsOfBackupS3, problemsOfServiceS3 } from './s3-config';
import { problemsOfScratch } from './scratch-volume';
import { problemsOfSecret } from './secret-key';
import { noneOf, outside } from './values';

/** What is wrong with a BackupConfig whose Jobs run in `jobNamespace`, in sentences. */
export function problemsOfConfig(props: BackupConfigSettings, jobNamespace: string): string[] {
  const { resticPasswordSecret: password, check, prune, notify } = props;
  const timeZone = props.schedule.timeZone ?? DEFAULTS.timeZone;
  const { secretKey } = password;
  return [
    ...props.schedule.problems(),
    ...(props.retention?.problems() ?? []),
    ...problemsOfBackupS3('s3BackupConfig', props.s3BackupConfig, jobNamespace),
    ...problemsOfServiceS3(props.s3ServiceConfig, jobNamespace),
    ...problemsOfScratch(props.scratchVol, jobNamespace),
    ...problemsOfSecret('resticPasswordSecret', password, { secretKey }, jobNamespace),
    ...outside('maxParallelJobs', props.maxParallelJobs, 1, 1000),
    ...outside('backoffLimit', props.backoffLimit, 0, 10),
    ...outside('maxForgetPercent', props.maxForgetPercent, 0, 100),
    ...problemsOfUpkeepSchedule('check.schedule', check?.schedule, timeZone),
    ...outside('check.dataParts', check?.dataParts, 1, 256),
    ...problemsOfUpkeepSchedule('prune.schedule', prune?.schedule, timeZone),
    ...outside('prune.maxUnusedPercent', prune?.maxUnusedPercent, 0, 100),
    ...noneOf('recoveryKey', props.recoveryKey, ['Offered', 'Declined']),
    ...problemsOfNotifyUrl('notify.success', notify?.success),
    ...problemsOfNotifyUrl('notify.failure', notify?.failure),
    ...problemsOfDurations(props),
    ...problemsOfNamespacePatterns('allowedNamespaces', props.allowedNamespaces, 1000),
    ...problemsOfBucketRules(props.buckets),
    ...problemsOfDrivers(props.drivers ?? []),
  ];
}

/** What the API server takes, in seconds. */
const LEAST_SECONDS = {
  startingDeadline: 1,
  roundDeadline: 60,
  startDeadline: 1,
  deadline: 1,
  runDeadline: 60,
  nodeLost: 1,
  stall: 5,
} as const;

/** In seconds, whole or not. */
export const secondsOf = (duration: Duration | undefined): number | undefined =>
  duration?.toSeconds({ integral: false });

function problemsOfDurations(props: BackupConfigSettings): string[] {
  const problems = Object.entries({ jitter: 0, ...LEAST_SECONDS }).flatMap(([name, least]) => {
    const given = secondsOf(props[name as 'jitter' | keyof typeof LEAST_SECONDS]);
    if (given === undefined) return [];
    if (given < least) return [`${name} is ${given} seconds: use at least Duration.seconds(${least}).`];
    return Number.isInteger(given) ? [] : [`${name} is ${given} seconds: use whole seconds.`];
  });
  const jitter = secondsOf(props.jitter);
  if (jitter !== undefined && jitter > 86_400) {
    problems.push(`jitter is ${jitter} seconds: use at most Duration.days(1).`);
  }
  return problems;
}

/** As the API server takes the names of CSIDrivers. */
const DRIVER = /^[a-zA-Z0-9]([-a-zA-Z0-9._]{0,61}[a-zA-Z0-9])?$/;

function problemsOfDrivers(drivers: readonly DriverConfig[]): string[] {
  const names = drivers.map((driver) => driver.name);
  const twice = new Set(names.filter((driver, at) => names.indexOf(driver) < at));
  const problems = [...twice].map((name) => `drivers names '${name}' twice: remove one.`);
  drivers.forEach(({ name, staging }, at) => {
    if (!DRIVER.test(name)) {
      problems.push(
        `drivers[${at}].name '${name}' is not a name a CSIDriver can have: use at most 63 letters, digits, dots and hyphens, e.g. 'ebs.csi.aws.com'.`,
      );
    }
    problems.push(...noneOf(`drivers[${at}].staging`, staging, ['plain', 'handle', 'none']));
  });
  if (drivers.length > 50) problems.push(`drivers has ${drivers.length} entries: use at most 50.`);
  return problems;
}
