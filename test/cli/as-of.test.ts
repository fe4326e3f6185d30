import { parseAsOf } from '../../src/cli/as-of';
import { UsageError } from '../../src/cli/failure';

const at = { now: new Date('2026-11-21T12:00:00Z'), timeZone: 'Europe/Berlin' };
const instant = (text: string) => parseAsOf(text, at).instant.toISOString();

describe('--as-of', () => {
  test.each([
    ['a date means up to the end of that day where the person is', '2026-11-19', '2026-11-19T22:59:59.999Z'],
    ['today is allowed, though it has not ended', '2026-11-21', '2026-11-21T22:59:59.999Z'],
    ['a day of 23 hours ends with its own last instant', '2026-03-29', '2026-03-29T21:59:59.999Z'],
    ['a day of 25 hours, too', '2025-10-26', '2025-10-26T22:59:59.999Z'],
    ['a leap day exists', '2024-02-29', '2024-02-29T22:59:59.999Z'],
    ['a minute, as the tables show it, means up to its end', '2026-11-19 01:40', '2026-11-19T00:40:59.999Z'],
    ['T may stand between date and time', '2026-11-19T01:40', '2026-11-19T00:40:59.999Z'],
    ['a second means up to its end', '2026-11-19 01:40:07', '2026-11-19T00:40:07.999Z'],
    ['an RFC 3339 instant is not local', '2026-11-19T01:40:07Z', '2026-11-19T01:40:07.999Z'],
    ['an offset counts', '2026-11-19T01:40:07+05:30', '2026-11-18T20:10:07.999Z'],
    ['a negative offset counts', '2026-11-19T01:40:07-08:00', '2026-11-19T09:40:07.999Z'],
    ['milliseconds are exact', '2026-11-19T01:40:07.123Z', '2026-11-19T01:40:07.123Z'],
    ['finer digits are rounded up', '2026-11-19T01:40:07.123456789Z', '2026-11-19T01:40:07.124Z'],
    ['an hour that comes twice means its second coming', '2025-10-26 02:30', '2025-10-26T01:30:59.999Z'],
    ['an hour that the clocks skip means the hour after', '2026-03-29 02:30', '2026-03-29T01:30:59.999Z'],
  ])('%s: %s', (_, text, expected) => {
    expect(instant(text)).toBe(expected);
  });

  test('how it was understood is told', () => {
    expect(parseAsOf('2026-11-19', at).understood).toBe(
      'up to the end of 2026-11-19 (Europe/Berlin; 2026-11-19T22:59:59.999Z)',
    );
    expect(parseAsOf('2026-11-19T01:40:07Z', at).understood).toBe(
      'up to 2026-11-19 02:40:07 (Europe/Berlin; 2026-11-19T01:40:07.999Z)',
    );
  });

  test.each(['yesterday', '2026-02-30', '2026-13-01', '2026-11-19 24:00', '2026-11-19T01', '19.11.2026', ''])(
    'what is no time is refused: %p',
    (text) => {
      expect(() => parseAsOf(text, at)).toThrow(
        new UsageError(
          `--as-of '${text}' is not a time: write a date (2026-11-19), a local time ('2026-11-19 01:40') or an instant (2026-11-19T01:40:07Z).`,
        ),
      );
    },
  );

  test('what begins in the future is refused: it would silently mean the newest', () => {
    expect(() => parseAsOf('2026-11-22', at)).toThrow(
      new UsageError("--as-of '2026-11-22' lies in the future: leave it out to get the newest snapshot."),
    );
  });
});
