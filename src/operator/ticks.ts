import { Cron } from 'croner';

/** The ticks of an expression in a time zone. */
export interface Ticks {
  /** The latest tick at or before an instant. */
  before(instant: Date): Date | undefined;
  /** The first tick after an instant. */
  after(instant: Date): Date | undefined;
  /** The ticks after an instant, in order. */
  following(instant: Date): Iterable<Date>;
}

/** Between two ticks in a row every question has the same answer: `from` is a tick, `to` the next. */
interface Gap {
  from: number;
  to: number;
}

/** Most services share their config's expression: parsing it costs more than all the rest of a plan. */
const known = new Map<string, Ticks>();
const MOST_KNOWN = 1000;
/** Jitter spreads services over one tick: questions are about the gap before it and the one after. */
const GAPS = 4;

/** Throws what is wrong with the expression. */
export function ticksOf(expression: string, timeZone: string): Ticks {
  const key = `${expression} ${timeZone}`;
  const found = known.get(key);
  if (found) return found;
  const made = remembering(new Cron(expression, { timezone: timeZone, mode: '5-part', paused: true }));
  if (known.size >= MOST_KNOWN) known.clear();
  known.set(key, made);
  return made;
}

function remembering(cron: Cron): Ticks {
  const gaps: Gap[] = [];
  const around = (instant: number): Gap | undefined => {
    const found = gaps.find(({ from, to }) => from <= instant && instant < to);
    if (found) return found;
    // previousRuns gives ticks strictly before its reference.
    const [from] = cron.previousRuns(1, new Date(instant + 1));
    const to = cron.nextRun(new Date(instant));
    if (!from || !to) return undefined;
    const gap = { from: from.getTime(), to: to.getTime() };
    gaps.unshift(gap);
    gaps.length = Math.min(gaps.length, GAPS);
    return gap;
  };
  return {
    before(instant) {
      const gap = around(instant.getTime());
      return gap ? new Date(gap.from) : cron.previousRuns(1, new Date(instant.getTime() + 1))[0];
    },
    after(instant) {
      const gap = around(instant.getTime());
      return gap ? new Date(gap.to) : (cron.nextRun(instant) ?? undefined);
    },
    *following(instant) {
      for (let tick = cron.nextRun(instant); tick; tick = cron.nextRun(tick)) yield tick;
    },
  };
}
