import { UsageError } from './failure';
import { formatTime, instantOf } from './times';

/** `--as-of`, understood: the newest snapshot at or before `instant` is meant. */
export interface AsOf {
  instant: Date;
  /** How it was understood, for the person who wrote it. */
  understood: string;
}

const FORM =
  /^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?(Z|z|[+-]\d{2}:\d{2})?)?$/;

/**
 * Reads a date (`2026-11-19`), a local time (`2026-11-19 01:40`) or an RFC 3339 instant (`2026-11-19T01:40:07Z`).
 *
 * What is written stands for all of itself: a date means up to the end of that day, a minute up to the end of that
 * minute. Otherwise the snapshot that a table shows at 01:40 (it was taken at 01:40:07) could not be asked for by that
 * time. Without an offset, the time zone is that of the person at the terminal, as in the tables.
 *
 * @throws UsageError for any other text, for a day that does not exist, and for what begins in the future.
 */
export function parseAsOf(text: string, at: { now: Date; timeZone: string }): AsOf {
  const match = FORM.exec(text.trim());
  const [, year, month, day, hour, minute, second, fraction, offset] = match ?? [];
  const written = {
    year: Number(year),
    month: Number(month),
    day: Number(day),
    hour: Number(hour ?? 0),
    minute: Number(minute ?? 0),
    second: Number(second ?? 0),
  };
  if (!match || !exists(written))
    throw new UsageError(
      `--as-of '${text}' is not a time: write a date (2026-11-19), a local time ('2026-11-19 01:40') or an instant (2026-11-19T01:40:07Z).`,
    );
  const start = startOf(written, offset, at.timeZone) + milliseconds(fraction);
  if (start > at.now.getTime())
    throw new UsageError(`--as-of '${text}' lies in the future: leave it out to get the newest snapshot.`);
  const end =
    hour === undefined
      ? instantOf(nextDay(written), at.timeZone).getTime() - 1
      : start + (second === undefined ? 59_999 : fraction === undefined ? 999 : 0);
  return { instant: new Date(end), understood: tell(end, hour === undefined, at.timeZone) };
}

function tell(end: number, wholeDay: boolean, timeZone: string): string {
  const local = formatTime(new Date(end), timeZone);
  const seconds = String(new Date(end).getUTCSeconds()).padStart(2, '0');
  const when = wholeDay ? `the end of ${local.slice(0, 10)}` : `${local}:${seconds}`;
  return `up to ${when} (${timeZone}; ${new Date(end).toISOString()})`;
}

type Written = Parameters<typeof instantOf>[0];

/** Date takes 2026-02-30 for March 2nd: only what comes back as it was written exists. */
function exists(w: Written): boolean {
  const date = new Date(Date.UTC(w.year, w.month - 1, w.day));
  return (
    date.getUTCMonth() === w.month - 1 &&
    date.getUTCDate() === w.day &&
    w.hour < 24 &&
    w.minute < 60 &&
    w.second < 60
  );
}

function startOf(w: Written, offset: string | undefined, timeZone: string): number {
  if (offset === undefined) return instantOf(w, timeZone).getTime();
  const utc = Date.UTC(w.year, w.month - 1, w.day, w.hour, w.minute, w.second);
  if (offset.toUpperCase() === 'Z') return utc;
  const [hours, minutes] = offset.slice(1).split(':').map(Number);
  const shift = ((hours ?? 0) * 60 + (minutes ?? 0)) * 60_000;
  return offset.startsWith('-') ? utc + shift : utc - shift;
}

function nextDay(w: Written): Written {
  const next = new Date(Date.UTC(w.year, w.month - 1, w.day + 1));
  return {
    year: next.getUTCFullYear(),
    month: next.getUTCMonth() + 1,
    day: next.getUTCDate(),
    hour: 0,
    minute: 0,
    second: 0,
  };
}

/** Rounded up: a snapshot's time has nine digits, an instant here three, and "up to" must not miss it by less than one. */
const milliseconds = (fraction: string | undefined): number =>
  fraction === undefined ? 0 : Math.ceil(Number(`0.${fraction}`) * 1000);
