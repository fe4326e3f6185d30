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

/** All ticks of a schedule in an interval, in UTC. */
const ticks = (expression: string, zone: string, from: string, to: string) => {
  const all: string[] = [];
  for (let tick = schedule(expression, zone).next(utc(from)); tick && tick <= utc(to); ) {
    all.push(tick.toISOString().slice(5, 16));
    tick = schedule(expression, zone).next(tick);
  }
  return all;
};

// Clocks go forward by an hour in Berlin on 29 March 2026 at 02:00, in New York on 8 March at 02:00, and by half an hour on Lord
// Howe Island on 4 October at 02:00; back on 25 October at 03:00, 1 November at 02:00 and 5 April at 02:00.
describe('daylight saving', () => {
  test.each([
    [
      'Europe/Berlin',
      '30 2 * * *',
      '2026-03-28T00:00:00',
      '2026-03-30T12:00:00',
      ['03-28T01:30', '03-29T01:00', '03-30T00:30'],
    ],
    [
      'America/New_York',
      '30 2 * * *',
      '2026-03-07T00:00:00',
      '2026-03-09T12:00:00',
      ['03-07T07:30', '03-08T07:00', '03-09T06:30'],
    ],
    [
      'Australia/Lord_Howe',
      '15 2 * * *',
      '2026-10-02T12:00:00',
      '2026-10-04T18:00:00',
      ['10-02T15:45', '10-03T15:30', '10-04T15:15'],
    ],
  ])(
    'in spring, in %s, a time that does not exist runs at the moment the clock jumps: no night is lost',
    (zone, cron, from, to, expected) => {
      expect(ticks(cron, zone, from, to)).toEqual(expected);
    },
  );

  test.each([
    [
      'Europe/Berlin',
      '30 2 * * *',
      '2026-10-24T00:00:00',
      '2026-10-26T12:00:00',
      ['10-24T00:30', '10-25T00:30', '10-26T01:30'],
    ],
    [
      'America/New_York',
      '30 1 * * *',
      '2026-10-31T00:00:00',
      '2026-11-02T12:00:00',
      ['10-31T05:30', '11-01T05:30', '11-02T06:30'],
    ],
    [
      'Australia/Lord_Howe',
      '45 1 * * *',
      '2026-04-03T12:00:00',
      '2026-04-05T18:00:00',
      ['04-03T14:45', '04-04T14:45', '04-05T15:15'],
    ],
  ])(
    'in autumn, in %s, a time that comes twice runs once, the first time',
    (zone, cron, from, to, expected) => {
      expect(ticks(cron, zone, from, to)).toEqual(expected);
    },
  );

  test.each([
    [
      'Europe/Berlin',
      '2026-03-28T23:30:00',
      '2026-03-29T03:30:00',
      ['03-29T00:00', '03-29T01:00', '03-29T02:00', '03-29T03:00'],
    ],
    [
      'Europe/Berlin',
      '2026-10-24T23:30:00',
      '2026-10-25T03:30:00',
      ['10-25T00:00', '10-25T01:00', '10-25T02:00', '10-25T03:00'],
    ],
  ])('in %s every hour means every hour that passes', (zone, from, to, expected) => {
    expect(ticks('0 * * * *', zone, from, to)).toEqual(expected);
  });

  test.each(['Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe'])(
    'what is due in %s is what next had announced, all year',
    (zone) => {
      const daily = schedule('30 2 * * *', zone);
      let through = utc('2026-01-01T00:00:00');
      let runs = 0;
      for (
        let next = daily.next(through);
        next && next < utc('2027-01-01T00:00:00');
        next = daily.next(next)
      ) {
        expect(daily.due(through, new Date(next.getTime() - 1))).toBeUndefined();
        expect(daily.due(through, next)).toEqual(next);
        through = next;
        runs += 1;
      }
      expect(runs).toBe(365);
    },
  );
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
