import type { Duration } from 'cdk8s';
import { DEFAULTS } from '../api';
import type { BackupConfigSettings, DriverConfig } from './backup-config-settings';
import { problemsOfUpkeepSchedule } from './maintenance';
import { problemsOfNotifyUrl } from './notify';
import { problemsOfS3 } from './s3-config';
import { problemsOfSecret } from './secret-key';

/** What is wrong with a BackupConfig, in sentences. */
export function problemsOfConfig(props: BackupConfigSettings): string[] {
  const { resticPasswordSecret: password, check, prune, notify } = props;
  const timeZone = props.schedule.timeZone ?? DEFAULTS.timeZone;
  return [
    ...props.schedule.problems(),
    ...(props.retention?.problems() ?? []),
    ...problemsOfS3('s3BackupConfig', props.s3BackupConfig),
    ...problemsOfSecret('resticPasswordSecret', password.secretName, { secretKey: password.secretKey }),
    ...outside('maxParallelJobs', props.maxParallelJobs, 1, 1000),
    ...outside('backoffLimit', props.backoffLimit, 0, 10),
    ...outside('maxForgetPercent', props.maxForgetPercent, 0, 100),
    ...problemsOfUpkeepSchedule('check.schedule', check?.schedule, timeZone),
    ...outside('check.dataParts', check?.dataParts, 1, 256),
    ...problemsOfUpkeepSchedule('prune.schedule', prune?.schedule, timeZone),
    ...outside('prune.maxUnusedPercent', prune?.maxUnusedPercent, 0, 100),
    ...problemsOfNotifyUrl('notify.success', notify?.success),
    ...problemsOfNotifyUrl('notify.failure', notify?.failure),
    ...problemsOfDurations(props),
    ...problemsOfDrivers(props.drivers ?? []),
  ];
}

const outside = (property: string, value: number | undefined, least: number, most: number): string[] =>
  value === undefined || (Number.isInteger(value) && value >= least && value <= most)
    ? []
    : [`${property} is ${value}: use a whole number from ${least} to ${most}.`];

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

function problemsOfDurations(props: BackupConfigSettings): string[] {
  const seconds = (duration: Duration | undefined) => duration?.toSeconds({ integral: false });
  const problems = Object.entries(LEAST_SECONDS).flatMap(([name, least]) => {
    const given = seconds(props[name as keyof typeof LEAST_SECONDS]);
    return given === undefined || given >= least
      ? []
      : [`${name} is ${given} seconds: use at least Duration.seconds(${least}).`];
  });
  const jitter = seconds(props.jitter);
  if (jitter !== undefined && jitter > 86_400) {
    problems.push(`jitter is ${jitter} seconds: use at most Duration.days(1).`);
  }
  return problems;
}

function problemsOfDrivers(drivers: readonly DriverConfig[]): string[] {
  const names = drivers.map((driver) => driver.name);
  const twice = new Set(names.filter((driver, at) => names.indexOf(driver) < at));
  return [...twice].map((name) => `drivers names '${name}' twice: remove one.`);
}
