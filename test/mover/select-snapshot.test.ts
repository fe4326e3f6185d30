import type { SnapshotLine } from '../../src/api';
import { selectSnapshot } from '../../src/mover/select-snapshot';

const snapshot = (id: string, time: string, item = 'data'): SnapshotLine => ({
  type: 'snapshot',
  id,
  item,
  time,
  tags: [],
});
const monday = snapshot('aaaa1111', '2026-11-16T01:40:00.000Z');
const tuesday = snapshot('aaaa2222', '2026-11-17T01:40:00.000Z');
const config = snapshot('cccc3333', '2026-11-17T01:41:00.000Z', 'config');
const wednesday = snapshot('bbbb4444', '2026-11-18T01:40:00.000Z');
const ALL = [monday, tuesday, config, wednesday];

describe('selected', () => {
  test.each<[string, Parameters<typeof selectSnapshot>[2], SnapshotLine]>([
    ['the latest of the item', { latest: true }, wednesday],
    ['one by its id', { snapshot: 'aaaa2222' }, tuesday],
    ['one by the beginning of its id, in capitals', { snapshot: 'AAAA1' }, monday],
    ['the newest before an instant', { asOf: '2026-11-18T01:39:59Z' }, tuesday],
    ['the one of that very instant', { asOf: '2026-11-18T01:40:00Z' }, wednesday],
    ['an instant in another zone', { asOf: '2026-11-18T02:39:59+01:00' }, tuesday],
    ['a date is the end of that day', { asOf: '2026-11-17' }, tuesday],
    ['a time to come', { asOf: '2030-01-01' }, wednesday],
  ])('%s', (_, select, expected) => {
    expect(selectSnapshot(ALL, 'data', select)).toBe(expected);
  });
});

describe('nothing matches: NoSuchSnapshot, never another one', () => {
  test.each<[string, string, Parameters<typeof selectSnapshot>[2], string]>([
    [
      'a time before the first',
      'data',
      { asOf: '2026-11-15' },
      'No snapshot of item data is as old as 2026-11-15; the oldest is aaaa1111 of 2026-11-16T01:40:00.000Z.',
    ],
    [
      'no time at all',
      'data',
      { asOf: 'yesterday' },
      "'yesterday' is no time: write 2026-11-19 or 2026-11-19T01:40:00Z.",
    ],
    [
      'an unknown id',
      'data',
      { snapshot: 'dddd' },
      "No snapshot begins with 'dddd'; the newest of item data: bbbb4444 of 2026-11-18T01:40:00.000Z, aaaa2222 of 2026-11-17T01:40:00.000Z, aaaa1111 of 2026-11-16T01:40:00.000Z.",
    ],
    [
      'an id with two meanings',
      'data',
      { snapshot: 'aaaa' },
      "'aaaa' is the beginning of 2 snapshots (aaaa1111 of 2026-11-16T01:40:00.000Z, aaaa2222 of 2026-11-17T01:40:00.000Z): write more of it.",
    ],
    [
      "another item's snapshot",
      'data',
      { snapshot: 'cccc' },
      'Snapshot cccc3333 of 2026-11-17T01:41:00.000Z is of item config, not of data.',
    ],
    [
      'an unknown item',
      'media',
      { latest: true },
      'There is no snapshot of item media; the repository has some of data, config.',
    ],
  ])('%s', (_, item, select, message) => {
    expect(() => selectSnapshot(ALL, item, select)).toThrow(
      expect.objectContaining({ reason: 'NoSuchSnapshot', message }),
    );
  });

  test('an empty repository', () => {
    expect(() => selectSnapshot([], 'data', { latest: true })).toThrow(
      'There is no snapshot of item data; the repository holds none at all.',
    );
  });
});
