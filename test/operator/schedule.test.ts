import { jitterOf, parseSchedule, type Schedule } from '../../src/operator/schedule';

const schedule = (expression: string, timeZone = 'Etc/UTC', jitterSeconds = 0, name = 'wiki/backup') =>
  parseSchedule({ expression, timeZone, jitterSeconds }, name) as Schedule;
const utc = (text: string) => new Date(`${text}Z`);

test('a tick is due from its very instant on', () => {
  const daily = schedule('30 1 * * *');
  const through = utc('2026-11-20T01:30:00');
  expect(daily.due(through, utc('2026-11-21T01:29:59.999'))).toBeUndefined();
  expect(daily.due(through, utc('2026-11-21T01:30:00'))).toEqual(utc('2026-11-21T01:30:00'));
});

test('a tick that is settled is not due again', () => {
  expect(schedule('30 1 * * *').due(utc('2026-11-21T01:30:00'), utc('2026-11-21T23:00:00'))).toBeUndefined();
});

test('of many missed ticks the last one is due', () => {
  expect(schedule('0 * * * *').due(utc('2026-11-01T00:00:00'), utc('2026-11-21T05:59:00'))).toEqual(
    utc('2026-11-21T05:00:00'),
  );
});

test('jitter moves the start, not the tick', () => {
  const late = schedule('30 1 * * *', 'Etc/UTC', 300);
  const start = new Date(utc('2026-11-21T01:30:00').getTime() + late.jitter);
  expect(late.next(utc('2026-11-21T01:00:00'))).toEqual(start);
  expect(late.due(utc('2026-11-20T01:30:00'), new Date(start.getTime() - 1))).toBeUndefined();
  expect(late.due(utc('2026-11-20T01:30:00'), start)).toEqual(utc('2026-11-21T01:30:00'));
});

test('jitter is the same for one name, below its limit, and spreads names', () => {
  const all = Array.from({ length: 1000 }, (_, n) => jitterOf(`service-${n}/backup`, 300));
  expect(jitterOf('wiki/backup', 300)).toBe(jitterOf('wiki/backup', 300));
  expect(Math.max(...all)).toBeLessThan(300_000);
  expect(new Set(all).size).toBeGreaterThan(200);
  expect(jitterOf('wiki/backup', 0)).toBe(0);
});

test.each([
  ['30 1 * * *', 24],
  ['0 */6 * * *', 6],
  ['*/10 8-17 * * 1-5', 62 + 10 / 60],
  ['0 4 * * 0', 168],
  ['0 0 1 * *', 31 * 24],
])('%s leaves at most %d hours between two runs', (expression, hours) => {
  expect(schedule(expression).period(utc('2026-11-21T01:00:00')) / 3600).toBeCloseTo(hours, 5);
});

test('the longest time between two runs is the same all day', () => {
  const [morning, evening] = ['00:00', '23:59'].map((clock) =>
    schedule('7 */5 * * *').period(utc(`2026-11-21T${clock}:00`)),
  );
  expect(morning).toBe(evening);
});

describe('daylight saving', () => {
  test('an hour that is skipped in spring runs when the clock has jumped', () => {
    expect(schedule('30 2 * * *', 'Europe/Berlin').next(utc('2026-03-28T12:00:00'))).toEqual(
      utc('2026-03-29T01:00:00'),
    );
  });

  test('an hour that comes twice in autumn runs once', () => {
    const berlin = schedule('30 2 * * *', 'Europe/Berlin');
    const first = berlin.next(utc('2026-10-24T12:00:00'))!;
    expect(first).toEqual(utc('2026-10-25T00:30:00'));
    expect(berlin.next(first)).toEqual(utc('2026-10-26T01:30:00'));
  });
});

test.each([
  [
    '30 25 * * *',
    'Etc/UTC',
    "schedule '30 25 * * *' is not a cron expression (Invalid value for hour: 25): use five fields, minute hour day month weekday, like '30 1 * * *'.",
  ],
  [
    '0 30 1 * * *',
    'Etc/UTC',
    "schedule '0 30 1 * * *' is not a cron expression (mode '5-part' requires exactly 5 parts, but pattern '0 30 1 * * *' has 6 parts): use five fields, minute hour day month weekday, like '30 1 * * *'.",
  ],
  ['0 0 30 2 *', 'Etc/UTC', "schedule '0 0 30 2 *' never fires: use a day that exists, like '30 1 * * *'."],
  [
    '30 1 * * *',
    'Berlin',
    "timeZone 'Berlin' is not an IANA time zone: use one like 'Europe/Berlin' or 'Etc/UTC'.",
  ],
])('%s in %s is refused with a sentence', (expression, timeZone, sentence) => {
  expect(parseSchedule({ expression, timeZone, jitterSeconds: 0 }, 'x')).toBe(sentence);
});
