import { progressOf, retryLock } from '../../src/mover/restic';

test.each([
  [200, '40s'],
  [20, '10s'],
  [2, '1s'],
  [1, '1s'],
])("with %i s of patience, another's lock is waited for %s: waiting is no stall", (stallSeconds, wait) => {
  expect(retryLock(stallSeconds)).toEqual(['--retry-lock', wait]);
});

describe('what counts as getting on', () => {
  test.each([
    ['files', '{"message_type":"status","files_done":2,"bytes_done":10}'],
    ['bytes', '{"message_type":"status","files_done":1,"bytes_done":11}'],
    ['a step of a check', '[0:05] 18.18%  2 / 11 snapshots'],
    ['another line', 'load indexes'],
  ])('%s', (_, line) => {
    const before = [
      '{"message_type":"status","files_done":1,"bytes_done":10}',
      '[0:05] 9.09%  1 / 11 snapshots',
      'check all packs',
    ];
    expect(before.map(progressOf)).not.toContain(progressOf(line));
  });

  test('not the time that passes', () => {
    expect(progressOf('{"message_type":"status","seconds_elapsed":5,"files_done":1,"bytes_done":10}')).toBe(
      progressOf('{"message_type":"status","seconds_elapsed":10,"files_done":1,"bytes_done":10}'),
    );
    expect(progressOf('[0:05] 9.09%  1 / 11 snapshots')).toBe(
      progressOf('[1:02:10] 9.09%  1 / 11 snapshots'),
    );
  });
});
