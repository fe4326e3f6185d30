import type { SnapshotLine } from '../../src/api';
import { tellSnapshot } from '../../src/cli/follow-restore';

test('a snapshot is told with its size, if that is known', () => {
  const line = {
    type: 'snapshot',
    id: '4be77d10ffff',
    item: 'data',
    time: '2026-11-19T00:40:07Z',
    tags: [],
  } satisfies SnapshotLine;

  expect(tellSnapshot({ ...line, files: 411_907, bytes: 213_031_387_955 }, 'Europe/Berlin', 'file')).toBe(
    'snapshot 4be77d10 of 2026-11-19 01:40 · 198.4 GiB in 411,907 files',
  );
  expect(tellSnapshot(line, 'Europe/Berlin', 'file')).toBe('snapshot 4be77d10 of 2026-11-19 01:40');
});
