import { HOUR, MINUTE } from './agenda';

/** The instants of a schedule in UTC, after `from` and up to `to`. Of cron it knows `minute` and every so many hours: no library is asked. */
export function ticksBetween(expression: string, from: number, to: number): number[] {
  const [, minute, hours] = /^(\d+) \*\/(\d+) \* \* \*$/.exec(expression)!;
  const period = Number(hours) * HOUR;
  const offset = Number(minute) * MINUTE;
  const ticks: number[] = [];
  for (let at = (Math.floor((from - offset) / period) + 1) * period + offset; at <= to; at += period)
    ticks.push(at);
  return ticks;
}
