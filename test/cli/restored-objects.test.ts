import type { ObjectCounts } from '../../src/api';
import { PLAIN } from '../../src/cli/paint';
import { documentOf, newsOfOthers, type Restored, summaryOf, tellNews } from '../../src/cli/restored-objects';

const none: ObjectCounts = {
  wanted: 0,
  written: 0,
  replaced: 0,
  there: 0,
  inTheWay: 0,
  failed: 0,
  stale: 0,
  others: 0,
};
const owner = { cluster: 'c', namespace: 'nextcloud', name: 'backup', uid: 'u' };
const restored = (counts: Partial<ObjectCounts> = {}, dryRun = false): Restored => ({
  task: {
    repository: { endpoint: 'e', region: 'r', bucket: 'b', owner, stallSeconds: 1 },
    item: 's3:files',
    to: { endpoint: 'e', region: 'r', addressing: 'path', bucket: 'other' },
    dryRun,
  },
  snapshot: { type: 'snapshot', id: '4be77d1099', item: 's3:files', time: '2026-11-19T01:40:07Z', tags: [] },
  result: {
    type: 'result',
    state: 'Success',
    files: 1204,
    bytes: 2_147_483_648,
    objects: { ...none, ...counts },
  },
  news: [],
  seconds: 245.12,
});
const summary = (...args: Parameters<typeof restored>) =>
  summaryOf(restored(...args), { paint: PLAIN, timeZone: 'Etc/UTC' }).split('\n');

test('a restore ends with what was written, of which snapshot, and where', () => {
  expect(summary()).toEqual([
    'restored s3:files to bucket other: 2.0 GiB in 1,204 objects, snapshot 4be77d10 of 2026-11-19 01:40, in 4 min 5 s',
  ]);
});

test('what else is to know of the bucket follows', () => {
  expect(summary({ there: 2, replaced: 3, stale: 1, others: 1 }).slice(1)).toEqual([
    '  2 are there already, the same in all',
    '  3 of them written over another',
    '  1 is of an older state than the snapshot: they could not be read then',
    '  1 object of the bucket is not in the snapshot, and left',
  ]);
});

test('a dry run says so, and what is in the way', () => {
  expect(summary({ inTheWay: 2, replaced: 1 }, true)).toEqual([
    'would write s3:files to bucket other: 2.0 GiB in 1,204 objects, snapshot 4be77d10 of 2026-11-19 01:40, in 4 min 5 s',
    '  1 of them would be written over another',
    '  2 are in the way: they differ, and would be left without --overwrite',
  ]);
});

test('an object is told with its key, and those that were not told are counted', () => {
  expect(tellNews({ type: 'object', key: 'a\nb', what: 'failed', message: 'it is gone.' })).toBe(
    "'a\\u{a}b': it is gone.",
  );
  expect(newsOfOthers(restored({ failed: 100 }))).toEqual([]);
  expect(newsOfOthers(restored({ failed: 60, stale: 41 }))).toEqual([
    'and 1 object more of these: --json names them',
  ]);
});

test('machines get all of it', () => {
  const news = [{ type: 'object', key: 'a', what: 'failed', message: 'it is gone.' }] as const;

  expect(documentOf({ ...restored({ failed: 1 }), news: [...news] })).toEqual({
    service: 'nextcloud/backup',
    item: 's3:files',
    snapshot: '4be77d1099',
    time: '2026-11-19T01:40:07Z',
    bucket: 'other',
    dryRun: false,
    state: 'Success',
    files: 1204,
    bytes: 2_147_483_648,
    objects: { ...none, failed: 1 },
    news: [{ key: 'a', what: 'failed', message: 'it is gone.' }],
    seconds: 245.1,
  });
});
