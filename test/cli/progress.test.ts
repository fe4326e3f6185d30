import type { ProgressLine } from '../../src/api';
import { progressFigures, progressLine } from '../../src/cli/progress';

const GIB = 1024 ** 3;
const line = (changes: Partial<ProgressLine>): ProgressLine => ({
  type: 'progress',
  percent: 71.4,
  bytes: 141 * GIB,
  totalBytes: 198 * GIB,
  files: 300_000,
  totalFiles: 411_907,
  seconds: 1500,
  ...changes,
});

test('progress tells share, size, rate and an estimate that is not finer than it can be', () => {
  expect(progressFigures(line({}))).toBe('71 %  141.0 GiB  96.3 MiB/s  11 min left');
  expect(progressFigures(line({ bytes: GIB, seconds: 100 }))).toBe(
    '71 %  1.0 GiB  10.2 MiB/s  5 h 30 min left',
  );
});

test('too early it promises nothing, and at the end nothing is left', () => {
  expect(progressFigures(line({ percent: 0, bytes: 0, seconds: 0 }))).toBe('0 %  0 B');
  expect(progressFigures(line({ percent: 1, bytes: GIB, seconds: 1 }))).toBe('1 %  1.0 GiB  1.0 GiB/s');
  expect(progressFigures(line({ percent: 100, bytes: 198 * GIB }))).toBe('100 %  198.0 GiB  135.2 MiB/s');
});

test('in a log, files are told as well', () => {
  expect(progressLine(line({ percent: 1, bytes: GIB, seconds: 1 }))).toBe(
    'restoring 1 %  1.0 GiB  1.0 GiB/s  (300,000 of 411,907 files)',
  );
});

test('the steps of a bucket are told by name, and its files are objects', () => {
  expect(progressLine(line({ step: 'writing', percent: 1, bytes: GIB, seconds: 1 }))).toBe(
    'writing 1 %  1.0 GiB  1.0 GiB/s  (300,000 of 411,907 objects)',
  );
});
