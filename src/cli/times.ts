interface LocalTime {
  year: number;
  month: number;
  day: number;
  hour: number;
  minute: number;
  second: number;
}

/** The time zone of the person at the terminal (`TZ`, or the machine's). */
export const ownTimeZone = (): string => Intl.DateTimeFormat().resolvedOptions().timeZone;

function localTime(instant: Date, timeZone: string): LocalTime {
  const parts = new Intl.DateTimeFormat('en-US', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  }).formatToParts(instant);
  const read = (type: Intl.DateTimeFormatPartTypes) => Number(parts.find((p) => p.type === type)?.value);
  return {
    year: read('year'),
    month: read('month'),
    day: read('day'),
    hour: read('hour'),
    minute: read('minute'),
    second: read('second'),
  };
}

const asUtc = (t: LocalTime): number => Date.UTC(t.year, t.month - 1, t.day, t.hour, t.minute, t.second);

/**
 * The instant of a local time. An hour that the clocks skip means the hour after; one that comes twice means its second
 * coming, so that "up to" such a time leaves nothing out.
 */
export function instantOf(local: LocalTime, timeZone: string): Date {
  const wanted = asUtc(local);
  const offsets = [-86_400_000, 86_400_000].map((shift) => {
    const near = new Date(wanted + shift);
    return asUtc(localTime(near, timeZone)) - near.getTime();
  });
  const candidates = offsets.map((offset) => wanted - offset);
  const exact = candidates.filter((t) => asUtc(localTime(new Date(t), timeZone)) === wanted);
  return new Date(Math.max(...(exact.length > 0 ? exact : candidates)));
}

const two = (n: number) => String(n).padStart(2, '0');

/** `2026-11-19 01:40`, in the time zone of who reads it. */
export function formatTime(instant: string | Date, timeZone: string): string {
  const t = localTime(new Date(instant), timeZone);
  return `${t.year}-${two(t.month)}-${two(t.day)} ${two(t.hour)}:${two(t.minute)}`;
}

/** `01:40`, in the time zone of who reads it. */
export const formatClock = (instant: string | Date, timeZone: string): string =>
  formatTime(instant, timeZone).slice(-5);

/** A duration in a table: `4s`, `9m 41s`, `2h 05m`. */
export function formatDuration(seconds: number): string {
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole}s`;
  if (whole < 3600) return `${Math.floor(whole / 60)}m ${two(whole % 60)}s`;
  return `${Math.floor(whole / 3600)}h ${two(Math.floor((whole % 3600) / 60))}m`;
}

/** A duration in a sentence: `4 s`, `11 min 55 s`, `2 h 5 min`. */
export function tellDuration(seconds: number): string {
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  const [large, small, names] =
    whole < 3600
      ? [Math.floor(whole / 60), whole % 60, ['min', 's']]
      : [Math.floor(whole / 3600), Math.floor((whole % 3600) / 60), ['h', 'min']];
  return small === 0 ? `${large} ${names[0]}` : `${large} ${names[0]} ${small} ${names[1]}`;
}
