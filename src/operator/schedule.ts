import { createHash } from 'node:crypto';
import { type Ticks, ticksOf } from './ticks';

/** When scheduled runs start. */
export interface Schedule {
  /** As status has it: the expression and its zone. */
  readonly text: string;
  /** What is added to every tick: the same for one ServiceBackup always, so that a thousand do not start at once. Milliseconds. */
  readonly jitter: number;
  /** The latest tick (without jitter) whose run is due at `now`, if it is after `through`. */
  due(through: Date, now: Date): Date | undefined;
  /** When the next run after `now` starts, jitter included. */
  next(now: Date): Date | undefined;
  /** The longest time between two ticks in a row, in seconds, as far as can be seen from this day on. */
  period(now: Date): number;
}

/** A number of seconds below `limit`, always the same for one name. Milliseconds. */
export function jitterOf(name: string, limit: number): number {
  if (limit <= 0) return 0;
  return (createHash('sha256').update(name).digest().readUInt32BE(0) % limit) * 1000;
}

const shifted = (now: Date, jitter: number): Date => new Date(now.getTime() - jitter);

const dueOf =
  (ticks: Ticks, jitter: number): Schedule['due'] =>
  (through, now) => {
    const tick = ticks.last(shifted(now, jitter));
    return tick && tick > through ? tick : undefined;
  };

/** The schedule, or the sentence that says what is wrong with it. `name` gives the jitter, `field` is where the expression stands. */
export function parseSchedule(
  { expression, timeZone, jitterSeconds }: { expression: string; timeZone: string; jitterSeconds: number },
  name: string,
  field = 'schedule',
): Schedule | string {
  const ticks = ticksOf(expression, timeZone, field);
  if (typeof ticks === 'string') return ticks;
  const jitter = jitterOf(name, jitterSeconds);
  return {
    text: `${expression} ${timeZone}`,
    jitter,
    due: dueOf(ticks, jitter),
    next(now) {
      const tick = ticks.next(shifted(now, jitter));
      return tick && new Date(tick.getTime() + jitter);
    },
    period: (now) => ticks.period(now),
  };
}

/** A schedule that was in force, from its words in status; undefined if it can no longer be read. */
export function scheduleFrom(text: string, jitter: number): Pick<Schedule, 'due'> | undefined {
  const zone = text.lastIndexOf(' ');
  const ticks = ticksOf(text.slice(0, zone), text.slice(zone + 1), 'schedule');
  return typeof ticks === 'string' ? undefined : { due: dueOf(ticks, jitter) };
}
