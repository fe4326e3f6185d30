import { itemOf, lineOf } from '../../src/mover/snapshots';

const owner = { namespace: 'wiki', name: 'backup' };

test.each<[string, string[], string, string]>([
  ['wiki/backup/data', ['/volumes/0'], 'data', 'of ours'],
  ['elsewhere/old-name/data', ['/volumes/0'], 'data', 'of ours, under another name'],
  ['wiki/backup/blog/data', ['/volumes/0'], 'blog/data', 'of ours, of a claim of another namespace'],
  ['elsewhere/old-name/blog/data', ['/volumes/0'], 'blog/data', 'of that, under another name'],
  ['wiki', ['/data/postgres-data'], 'postgres-data', "of K8up's, which names the namespace as host"],
  ['wiki/backup/data', ['/data/other'], 'data', 'of ours, whatever the path'],
  ['volsync', ['/data'], 'volsync', "of VolSync's"],
  ['wiki', ['/wiki-postgres.sql'], 'wiki', "of K8up's, of a dump"],
  ['laptop', ['/data/x', '/data/y'], 'laptop', 'of several paths'],
  ['a/b/c/d/e', ['/x'], 'a/b/c/d/e', 'of somebody with many slashes'],
  ['a/b', ['/data/x/y'], 'a/b', 'of a deeper path'],
])('the snapshot of host %s and path %s is of item %s: it is one %s', (hostname, paths, item) => {
  expect(itemOf({ hostname, paths }, owner)).toBe(item);
});

test('a snapshot of ours, in the words of the report', () => {
  const line = lineOf(
    {
      id: 'f00d',
      time: '2026-11-19T02:40:00.123456789+01:00',
      hostname: 'wiki/backup/data',
      paths: ['/volumes/0'],
      tags: ['run=r-7', 'cluster=c'],
      summary: {
        backup_start: '2026-11-19T02:40:00+01:00',
        backup_end: '2026-11-19T02:41:00+01:00',
        files_new: 1,
        files_changed: 1,
        files_unmodified: 3,
        total_files_processed: 5,
        total_bytes_processed: 600,
        data_added_packed: 70,
      },
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
  const line = lineOf(
    { id: 'f00d', time: '2026-11-19T01:40:00Z', hostname: 'laptop', paths: ['/home'], tags: null },
    owner,
  );
  expect(line).toEqual({
    type: 'snapshot',
    id: 'f00d',
    item: 'laptop',
    time: '2026-11-19T01:40:00.000Z',
    tags: [],
  });
});
