import { Cron } from 'croner';
import { Ticks } from '../../src/operator/ticks';

const HOUR = 3600 * 1000;

// Remembered answers must be those that a fresh calculation gives, around both changes of the clock, whatever is asked first.
test.each(['Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe'])(
  'what is remembered is what would be calculated anew, in %s',
  (timezone) => {
    for (const expression of ['30 2 * * *', '*/30 1-2 * * *', '15 * * * 0']) {
      const ticks = new Ticks(expression, timezone);
      const fresh = new Cron(expression, { timezone, mode: '5-part', paused: true });
      for (const day of [
        '2026-03-07T20:00:00Z',
        '2026-03-28T20:00:00Z',
        '2026-04-04T10:00:00Z',
        '2026-10-24T20:00:00Z',
        '2026-10-31T20:00:00Z',
      ])
        for (let hour = 0; hour < 14; hour += 0.25) {
          const at = new Date(Date.parse(day) + hour * HOUR);
          expect([at, ticks.last(at)]).toEqual([at, fresh.previousRuns(1, new Date(at.getTime() + 1))[0]]);
          expect([at, ticks.next(at)]).toEqual([at, fresh.nextRun(at)]);
        }
    }
  },
);
