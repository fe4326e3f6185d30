import { createHash } from 'node:crypto';
import { type Ticks, ticksOf } from './ticks';

/** When scheduled runs start. */
export interface Schedule {
  /** What is added to every tick: the same for one ServiceBackup always, so that a thousand do not start at once. Milliseconds. */
  readonly jitter: number;
  /** The latest tick (without jitter) whose run is due at `now`, if it is after `through`. */
  due(through: Date, now: Date): Date | undefined;
  /** When the next run after `now` starts, jitter included. */
  next(now: Date): Date | undefined;
  /** The longest time between two ticks in a row, in seconds, as far as can be seen from this day on. */
  period(now: Date): number;
}

const DAY = 24 * 3600 * 1000;
/** Ticks that are looked at for the longest gap: enough for nights and weekends of one every ten minutes. */
const MOST_TICKS = 1200;
const LEAST_TICKS = 8;

/** Most services share their config's schedule, and the answer holds for a day. */
const periods = new Map<string, number>();

function longestGap(ticks: Ticks, from: Date): number {
  let before: Date | undefined;
  let longest = 0;
  let seen = 0;
  for (const tick of ticks.following(from)) {
    longest = Math.max(longest, tick.getTime() - (before ?? tick).getTime());
    before = tick;
    seen += 1;
    if (seen >= MOST_TICKS || (seen > LEAST_TICKS && tick.getTime() - from.getTime() > 8 * DAY)) break;
  }
  return Math.round(longest / 1000);
}

/** A number of seconds below `limit`, always the same for one name. Milliseconds. */
export function jitterOf(name: string, limit: number): number {
  if (limit <= 0) return 0;
  return (createHash('sha256').update(name).digest().readUInt32BE(0) % limit) * 1000;
}

const zones = new Set<string>();

function isTimeZone(name: string): boolean {
  if (zones.has(name)) return true;
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
  } catch {
    return false;
  }
  zones.add(name);
  return true;
}

/** The schedule, or the sentence that says what is wrong with it. `name` gives the jitter, `field` is where the expression stands. */
export function parseSchedule(
  { expression, timeZone, jitterSeconds }: { expression: string; timeZone: string; jitterSeconds: number },
  name: string,
  field = 'schedule',
): Schedule | string {
  if (!isTimeZone(timeZone))
    return `timeZone '${timeZone}' is not an IANA time zone: use one like 'Europe/Berlin' or 'Etc/UTC'.`;
  let ticks: Ticks;
  try {
    ticks = ticksOf(expression, timeZone);
  } catch (error) {
    const words = (error as Error).message.replace(/^CronPattern: /, '').replace(/\.$/, '');
    return `${field} '${expression}' is not a cron expression (${words}): use five fields, minute hour day month weekday, like '30 1 * * *'.`;
  }
  if (!ticks.after(new Date()))
    return `${field} '${expression}' never fires: use a day that exists, like '30 1 * * *'.`;

  const jitter = jitterOf(name, jitterSeconds);
  const shifted = (now: Date) => new Date(now.getTime() - jitter);
  return {
    jitter,
    due(through, now) {
      const tick = ticks.before(shifted(now));
      return tick && tick > through ? tick : undefined;
    },
    next(now) {
      const tick = ticks.after(shifted(now));
      return tick ? new Date(tick.getTime() + jitter) : undefined;
    },
    period(now) {
      const day = Math.floor(now.getTime() / DAY) * DAY;
      const key = `${expression} ${timeZone} ${day}`;
      const known = periods.get(key);
      if (known !== undefined) return known;
      if (periods.size >= 100) periods.clear();
      const longest = longestGap(ticks, new Date(day));
      periods.set(key, longest);
      return longest;
    },
  };
}
