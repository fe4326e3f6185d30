import { Cron } from 'croner';

const HOUR = 3600 * 1000;
const DAY = 24 * HOUR;
/** Ticks that are looked at for the longest gap: enough for nights and weekends of one every ten minutes. */
const MOST_TICKS = 1200;
const LEAST_TICKS = 8;
/** Answers that are remembered: with jitter, some services are before a tick while others are after it. */
const GAPS = 4;
/** Expressions that are remembered: most services share their config's. */
const REMEMBERED = 200;

/** The instants at which a cron expression fires in a time zone. */
export class Ticks {
  private readonly cron: Cron;
  /** Between two ticks the answer stays the same: thousands of services share it. */
  private gaps: { from: number; to: number }[] = [];
  private readonly window: number;
  private knownPeriod?: { day: number; seconds: number };

  constructor(expression: string, timeZone: string) {
    this.cron = new Cron(expression, { timezone: timeZone, mode: '5-part', paused: true });
    const [, hour, ...days] = expression.trim().split(/ +/);
    const isDaily = days.every((field) => field === '*');
    this.window = isDaily ? (hour === '*' ? 2 * HOUR : 26 * HOUR) : 8 * DAY;
  }

  /** The last tick at or before `at`; undefined if there was none. */
  last(at: Date): Date | undefined {
    const { from } = this.around(at);
    return Number.isFinite(from) ? new Date(from) : undefined;
  }

  /** The first tick after `at`; undefined if none comes. */
  next(at: Date): Date | undefined {
    const { to } = this.around(at);
    return Number.isFinite(to) ? new Date(to) : undefined;
  }

  /** The longest time between two ticks in a row, in seconds, as far as can be seen from this day on. */
  period(now: Date): number {
    const day = Math.floor(now.getTime() / DAY) * DAY;
    if (this.knownPeriod?.day !== day) this.knownPeriod = { day, seconds: this.longestGap(new Date(day)) };
    return this.knownPeriod.seconds;
  }

  private around(at: Date): { from: number; to: number } {
    const now = at.getTime();
    const known = this.gaps.find(({ from, to }) => now >= from && now < to);
    if (known) return known;
    // previousRuns gives ticks strictly before its reference.
    const [last] = this.cron.previousRuns(1, new Date(now + 1));
    const gap = {
      from: last?.getTime() ?? Number.NEGATIVE_INFINITY,
      to: this.cron.nextRun(at)?.getTime() ?? Number.POSITIVE_INFINITY,
    };
    this.gaps = [gap, ...this.gaps].slice(0, GAPS);
    return gap;
  }

  private longestGap(from: Date): number {
    let before = this.cron.nextRun(from);
    let longest = 0;
    for (let n = 1; before && n < MOST_TICKS; n += 1) {
      const tick = this.cron.nextRun(before);
      if (!tick) break;
      longest = Math.max(longest, tick.getTime() - before.getTime());
      before = tick;
      if (n >= LEAST_TICKS && before.getTime() - from.getTime() > this.window) break;
    }
    return Math.round(longest / 1000);
  }
}

const parsed = new Map<string, Ticks | string>();

/** The ticks of an expression in a time zone, or the sentence that says what is wrong. `field` is where the expression stands. */
export function ticksOf(expression: string, timeZone: string, field: string): Ticks | string {
  const key = `${field} ${expression} ${timeZone}`;
  const known = parsed.get(key);
  if (known !== undefined) return known;
  if (parsed.size >= REMEMBERED) parsed.clear();
  const ticks = parse(expression, timeZone, field);
  parsed.set(key, ticks);
  return ticks;
}

function parse(expression: string, timeZone: string, field: string): Ticks | string {
  try {
    new Intl.DateTimeFormat('en', { timeZone });
  } catch {
    return `timeZone '${timeZone}' is not an IANA time zone: use one like 'Europe/Berlin' or 'Etc/UTC'.`;
  }
  let ticks: Ticks;
  try {
    ticks = new Ticks(expression, timeZone);
  } catch (error) {
    const words = (error as Error).message.replace(/^CronPattern: /, '').replace(/\.$/, '');
    return `${field} '${expression}' is not a cron expression (${words}): use five fields, minute hour day month weekday, like '30 1 * * *'.`;
  }
  if (!ticks.next(new Date()))
    return `${field} '${expression}' never fires: use a day that exists, like '30 1 * * *'.`;
  return ticks;
}
