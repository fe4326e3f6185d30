import { Cron } from 'croner';
import { remembered, tooLong } from './values';

/** A time of the day. */
export interface ScheduleDailyOptions {
  /** Hour, 0 to 23. */
  readonly hour: number;
  /**
   * Minute, 0 to 59.
   * @default 0
   */
  readonly minute?: number;
  /**
   * IANA time zone in which hour and minute are meant, e.g. 'Europe/Berlin'.
   * @default - that of the BackupConfig; there, 'Etc/UTC'
   */
  readonly timeZone?: string;
}

/** A time of the week. */
export interface ScheduleWeeklyOptions extends ScheduleDailyOptions {
  /** Day of the week. */
  readonly weekday: Weekday;
}

/** What a cron expression does not say. */
export interface ScheduleCronOptions {
  /**
   * IANA time zone in which the expression is meant, e.g. 'Europe/Berlin'.
   * @default - that of the BackupConfig; there, 'Etc/UTC'
   */
  readonly timeZone?: string;
}

/** A day of the week. */
export type Weekday = 'sunday' | 'monday' | 'tuesday' | 'wednesday' | 'thursday' | 'friday' | 'saturday';
/** As cron counts them. */
const WEEKDAYS: readonly Weekday[] = [
  'sunday',
  'monday',
  'tuesday',
  'wednesday',
  'thursday',
  'friday',
  'saturday',
];

const FIELDS = [
  { name: 'minute', least: 0, most: 59 },
  { name: 'hour', least: 0, most: 23 },
  { name: 'day of month', least: 1, most: 31 },
  { name: 'month', least: 1, most: 12 },
  { name: 'day of week', least: 0, most: 7 },
] as const;

/** When backups start. A schedule that never fires fails the synthesis. */
export class Schedule {
  /** Every day at the same time. */
  static daily({ hour, minute = 0, timeZone }: ScheduleDailyOptions): Schedule {
    return new Schedule(`${minute} ${hour} * * *`, timeZone);
  }

  /** Every week at the same time. */
  static weekly({ weekday, hour, minute = 0, timeZone }: ScheduleWeeklyOptions): Schedule {
    return new Schedule(`${minute} ${hour} * * ${WEEKDAYS.indexOf(weekday)}`, timeZone);
  }

  /** A cron expression of five fields: minute, hour, day of month, month, day of week; e.g. `'30 1 * * 1-5'`. */
  static cron(expression: string, options: ScheduleCronOptions = {}): Schedule {
    return new Schedule(expression, options.timeZone);
  }

  /** The cron expression. */
  readonly expression: string;
  /** The IANA time zone, if one was named. */
  readonly timeZone?: string;

  private constructor(expression: string, timeZone: string | undefined) {
    // Tabs and line breaks are fine with cron, but not with the API server.
    this.expression = expression.trim().replace(/\s+/g, ' ');
    this.timeZone = timeZone;
  }

  /** What is wrong with it, in sentences. @internal */
  problems(): string[] {
    return [...problemsOfTimeZone(this.timeZone), ...this.problemsOfExpression('schedule')];
  }

  /** What is wrong with the expression of the schedule that `property` names. @internal */
  problemsOfExpression(property: string): string[] {
    return problemsOfExpression(property, this.expression);
  }
}

function problemsOfTimeZone(timeZone: string | undefined): string[] {
  return timeZone === undefined || isTimeZone(timeZone)
    ? []
    : [`timeZone '${timeZone}' is not known: use a name of the IANA database, e.g. 'Europe/Berlin'.`];
}

const isTimeZone = remembered((timeZone: string): boolean => {
  try {
    new Intl.DateTimeFormat('en', { timeZone });
    return true;
  } catch {
    return false;
  }
});

function problemsOfExpression(property: string, expression: string): string[] {
  const parts = expression.split(' ');
  if (parts.length !== FIELDS.length) {
    return [
      `${property} '${expression}' is no cron expression of five fields: write minute, hour, day of month, month and day of week, e.g. '30 1 * * *'.`,
    ];
  }
  const outside = FIELDS.flatMap(({ name, least, most }, at) =>
    numbersOf(parts[at]!)
      .filter(
        (number) => !Number.isInteger(Number(number)) || Number(number) < least || Number(number) > most,
      )
      .map(
        (number) =>
          `${property} '${expression}' never fires (${name} ${number}): use ${article(name)} from ${least} to ${most}.`,
      ),
  );
  if (outside.length > 0) return outside;
  const long = tooLong(property, expression, 128, "e.g. with '*/5' or '1-10' instead of a list");
  if (long.length > 0) return long;
  const { fires, why } = readCron(expression);
  if (why !== undefined)
    return [`${property} '${expression}' is no cron expression (${why}): write it like '30 1 * * *'.`];
  return fires
    ? []
    : [`${property} '${expression}' never fires, since no such day comes: use a day that the month has.`];
}

/** Whether an expression ever fires; or why it is none. */
const readCron = remembered((expression: string): { fires: boolean; why?: string } => {
  try {
    // An offset instead of a time zone, which would cost as much as all the rest of a synthesis.
    const cron = new Cron(expression, { mode: '5-part', utcOffset: 0, paused: true });
    return { fires: cron.nextRun() !== null };
  } catch (error) {
    const why = error instanceof Error ? error.message.replace(/^CronPattern: /, '') : String(error);
    return { fires: false, why };
  }
});

/** The numbers of a cron field; what else it may hold (names, `L`, `15W`) is left to croner. */
function numbersOf(field: string): string[] {
  return field
    .split(',')
    .map((part) => part.replace(/\/.*$/, ''))
    .flatMap((part) => (part.startsWith('-') ? [part] : part.split('-')))
    .filter((part) => /^-?\d+(\.\d+)?$/.test(part));
}

const article = (name: string): string => (name === 'hour' ? `an ${name}` : `a ${name}`);
