import type { Schedule } from './schedule';
import { written } from './written';

/** How repositories are checked: whether what was backed up could be restored. */
export interface CheckSettings {
  /**
   * When checks become due; the first run of each service after that ends with one. It has no time zone of its own: it is meant in
   * that of the config.
   * @default Schedule.weekly({ weekday: 'sunday', hour: 4 })
   */
  readonly schedule?: Schedule;
  /**
   * Each check reads one part of so many of all data, the next check the next part: after so many checks every byte was read.
   * 1 reads everything each time. 1 to 256, which is the most that restic takes.
   * @default 13, with which a weekly check reads all data once in a quarter of a year
   */
  readonly dataParts?: number;
  /**
   * Whether checks are suspended. Damage in the bucket is then found only by who restores.
   * @default false
   */
  readonly suspend?: boolean;
}

/** How the space of forgotten snapshots is freed. */
export interface PruneSettings {
  /**
   * When a prune becomes due; the first run of each service after that ends with one. It has no time zone of its own: it is meant in
   * that of the config.
   * @default Schedule.weekly({ weekday: 'sunday', hour: 5 })
   */
  readonly schedule?: Schedule;
  /**
   * So much of a repository, in percent, may stay unused: to free less costs less traffic. 0 to 100.
   * @default 10
   */
  readonly maxUnusedPercent?: number;
  /**
   * Whether nothing is pruned. Repositories then only grow.
   * @default false
   */
  readonly suspend?: boolean;
}

/** As the manifest has it; nothing where nothing was written. */
export const checkOf = ({ schedule, dataParts, suspend }: CheckSettings) =>
  written({ schedule: schedule?.expression, dataParts, suspend });
export const pruneOf = ({ schedule, maxUnusedPercent, suspend }: PruneSettings) =>
  written({ schedule: schedule?.expression, maxUnusedPercent, suspend });

/** What is wrong with the schedule that `property` names, in a config whose time zone is `timeZone`. */
export function problemsOfUpkeepSchedule(
  property: string,
  schedule: Schedule | undefined,
  timeZone: string,
): string[] {
  if (!schedule) return [];
  const problems = schedule.problemsOfExpression(property);
  if (schedule.timeZone !== undefined && schedule.timeZone !== timeZone) {
    problems.push(
      `${property} is in time zone '${schedule.timeZone}', but a config has one time zone, that of its schedule ('${timeZone}'): leave timeZone out of ${property}.`,
    );
  }
  return problems;
}
