import { shrank } from '../../src/mover/shrink';

test.each<[string, [bytes: number, files: number], [bytes: number, files: number], boolean]>([
  ['half of the files and of the bytes', [10_000, 10], [5000, 5], false],
  ['less than half of the files', [10_000, 10], [9000, 4], true],
  ['less than half of the bytes', [10_000, 10], [4999, 10], true],
  ['less than half of the bytes of one file, as of a database', [10_000, 1], [100, 1], true],
  ['one of three small files', [300, 3], [100, 1], true],
  ['one of two files', [300, 2], [200, 1], false],
  ['less than half of the bytes of what was less than a block', [4095, 2], [10, 2], false],
  ['nothing of one file', [1, 1], [0, 0], true],
  ['nothing of nothing', [0, 0], [0, 0], false],
  ['more than before', [10, 1], [10_000, 10], false],
  ['something of nothing', [0, 0], [10, 1], false],
  ['directories of what once were files of no size', [0, 5], [0, 0], true],
])('%s', (_, [bytes, files], [bytesNow, filesNow], expected) => {
  expect(shrank({ bytes, files }, { bytes: bytesNow, files: filesNow })).toBe(expected);
});
