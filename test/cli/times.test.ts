import { formatClock, formatDuration, formatTime, tellDuration } from '../../src/cli/times';

test('times are shown where the person is', () => {
  expect(formatTime('2026-11-19T00:40:07Z', 'Europe/Berlin')).toBe('2026-11-19 01:40');
  expect(formatTime('2026-11-19T00:40:07Z', 'America/New_York')).toBe('2026-11-18 19:40');
  expect(formatClock('2026-11-19T23:00:00Z', 'Europe/Berlin')).toBe('00:00');
});

test.each([
  [0, '0s', '0 s'],
  [4.4, '4s', '4 s'],
  [59.6, '1m 00s', '1 min'],
  [581, '9m 41s', '9 min 41 s'],
  [715, '11m 55s', '11 min 55 s'],
  [7500, '2h 05m', '2 h 5 min'],
])('%d seconds are %p in a table and %p in a sentence', (seconds, inTable, inSentence) => {
  expect(formatDuration(seconds)).toBe(inTable);
  expect(tellDuration(seconds)).toBe(inSentence);
});
