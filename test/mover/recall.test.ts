import type { SnapshotLine } from '../../src/api';
import { recalled } from '../../src/mover/recall';

const snapshot = (id: string, item: string, run: string | undefined): SnapshotLine => ({
  type: 'snapshot',
  id,
  item,
  time: '2026-11-21T01:30:00.000Z',
  bytes: 10,
  files: 2,
  tags: [],
  ...(run && { run }),
});

test('a snapshot of the run says that something was saved, and not that all of it was', () => {
  const all = [snapshot('aaaa1111bbbb', 'data', 'r1'), snapshot('cccc2222dddd', 'data', 'r2')];
  expect(recalled('data', 'r2', all)).toEqual({
    state: 'Warning',
    reason: 'OutcomeLost',
    message:
      'The report of item data was lost. Snapshot cccc2222 of this run is in the repository; whether every file could be read is not known.',
    snapshot: 'cccc2222dddd',
    bytes: 10,
    files: 2,
  });
});

test('an item without a snapshot of the run was not backed up, whatever other runs and items have', () => {
  const all = [snapshot('a', 'data', 'r1'), snapshot('b', 'other', 'r2'), snapshot('c', 'data', undefined)];
  expect(recalled('data', 'r2', all)).toEqual({
    state: 'Failed',
    reason: 'OutcomeLost',
    message:
      'The report of item data was lost, and the repository holds no snapshot of it from run r2: it was not backed up.',
  });
});

test('of two snapshots of one run the newer counts', () => {
  const all = [snapshot('a', 'data', 'r1'), snapshot('b', 'data', 'r1')];
  expect(recalled('data', 'r1', all).snapshot).toBe('b');
});
