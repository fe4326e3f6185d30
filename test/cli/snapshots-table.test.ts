import { PLAIN } from '../../src/cli/paint';
import { snapshotsTable } from '../../src/cli/snapshots-table';

test('snapshots are a line each, newest last, and what nobody noted stays empty', () => {
  const table = snapshotsTable(
    [
      {
        type: 'snapshot',
        id: '4be77d1000000000',
        item: 'data',
        time: '2026-11-19T01:40:07.123Z',
        files: 411_907,
        bytes: 213_031_387_955,
        run: 't3k9a1cs',
        tags: [],
      },
      {
        type: 'snapshot',
        id: '8a1c02fe00000000',
        item: 'config',
        time: '2026-11-20T01:30:00Z',
        tags: ['by-hand'],
      },
    ],
    { timeZone: 'Europe/Berlin', paint: PLAIN },
  );

  expect(table.split('\n')).toEqual([
    'ID         ITEM     TIME                 FILES        SIZE   RUN',
    '4be77d10   data     2026-11-19 02:40   411,907   198.4 GiB   t3k9a1cs',
    '8a1c02fe   config   2026-11-20 02:30',
  ]);
});
