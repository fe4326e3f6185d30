import { itemOf, lineOf } from '../../src/mover/snapshots';

const owner = { namespace: 'wiki', name: 'backup' };

test.each([
  ['wiki/backup/data', 'data'],
  ['elsewhere/old-name/data', 'data'],
  ['laptop', 'laptop'],
  ['a/b', 'a/b'],
])('the snapshot of host %s is of item %s', (hostname, item) => {
  expect(itemOf(hostname, owner)).toBe(item);
});

test('a snapshot of ours, in the words of the report', () => {
  const line = lineOf(
    {
      id: 'f00d',
      time: '2026-11-19T02:40:00.123456789+01:00',
      hostname: 'wiki/backup/data',
      tags: ['run=r-7', 'cluster=c'],
      summary: { total_files_processed: 5, total_bytes_processed: 600, data_added_packed: 70 },
    },
    owner,
  );
  expect(line).toEqual({
    type: 'snapshot',
    id: 'f00d',
    item: 'data',
    time: '2026-11-19T01:40:00.123Z',
    bytes: 600,
    files: 5,
    bytesAdded: 70,
    run: 'r-7',
    tags: ['run=r-7', 'cluster=c'],
  });
});

test("another tool's snapshot has no figures, no run and no tags", () => {
  const line = lineOf({ id: 'f00d', time: '2026-11-19T01:40:00Z', hostname: 'laptop', tags: null }, owner);
  expect(line).toEqual({
    type: 'snapshot',
    id: 'f00d',
    item: 'laptop',
    time: '2026-11-19T01:40:00.000Z',
    tags: [],
  });
});
