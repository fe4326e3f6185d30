import type { ReportLine } from '../../../src/api';
import type { Entry } from '../../../src/mover/buckets/manifest';
import { RestoreReport } from '../../../src/mover/buckets/restore-report';

const to = { endpoint: 'e', region: 'r', addressing: 'path', bucket: 'other' } as const;
const entry = (key: string, more: Partial<Entry> = {}): Entry => ({
  key,
  file: 'f',
  size: 10,
  etag: '',
  modified: '',
  sha256: '',
  ...more,
});
function reporting(objects: number, dryRun = false) {
  const lines: ReportLine[] = [];
  const wanted = { objects, bytes: 10 * objects, common: '' };
  const report = new RestoreReport({ to, dryRun }, wanted, (line) => lines.push(line));
  return { report, lines, told: () => lines.filter(({ type }) => type === 'object') };
}

test('what became of each object is counted; of most there is nothing more to tell', () => {
  const { report, told } = reporting(3);
  report.good(entry('a'), 'written');
  report.good(entry('b'), 'there');
  report.good(entry('c'), 'replaced');

  expect(report.result('4be77d10')).toEqual({
    type: 'result',
    state: 'Success',
    snapshot: '4be77d10',
    files: 2,
    bytes: 20,
    objects: { wanted: 3, written: 1, replaced: 1, there: 1, inTheWay: 0, failed: 0, stale: 0, others: 0 },
  });
  expect(told()).toEqual([
    { type: 'object', key: 'c', what: 'replaced', message: 'another object was written over.' },
  ]);
});

test('a failure names the first keys and the first reason, and what is in the way', () => {
  const { report } = reporting(9);
  for (const key of ['a', 'b', 'c\n', 'd']) report.failed(entry(key), `${key} is bad.`);
  report.inTheWay(entry('e'), 'with another body');

  expect(report.result('4be77d10')).toMatchObject({
    state: 'Failed',
    reason: 'RestoreFailed',
    message:
      "4 objects ('a', 'b', 'c\\u{a}', …) could not be restored: a is bad. Of 1 object ('e') the bucket other has another, which was left: --overwrite writes over it.",
  });
});

test('what is in the way fails no dry run', () => {
  const { report } = reporting(1, true);
  report.inTheWay(entry('e'), 'with another body');

  expect(report.result('4be77d10').state).toBe('Success');
});

test('what was stopped says how far it came', () => {
  const { report } = reporting(2);
  report.good(entry('a'), 'written');

  expect(report.result('4be77d10', 'Stopped from outside.').message).toBe(
    'Stopped from outside. 1 of 2 objects were written before.',
  );
});

test('a log stays of a size that is kept: so many objects are told, and all are counted', () => {
  const { report, told } = reporting(10_001);
  for (let n = 0; n < 10_001; n++) report.failed(entry(`${n}`), 'bad');

  expect(told()).toHaveLength(10_000);
  expect(report.counts.failed).toBe(10_001);
});

test('progress is told of the first object, of the last, and else once a second', () => {
  const { report, lines } = reporting(3);
  for (const key of ['a', 'b', 'c']) report.good(entry(key), 'written');

  expect(lines).toMatchObject([
    { type: 'progress', step: 'writing', percent: 33.3, files: 1, totalFiles: 3, bytes: 10, totalBytes: 30 },
    { type: 'progress', step: 'writing', percent: 100, files: 3 },
  ]);
});
