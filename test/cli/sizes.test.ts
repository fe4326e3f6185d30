import { countOf, formatBytes, isQuantity } from '../../src/cli/sizes';

test.each([
  [0, '0 B'],
  [1023, '1023 B'],
  [1024, '1.0 KiB'],
  [317_440, '310 KiB'],
  [1_288_490_189, '1.2 GiB'],
  [50_331_648, '48.0 MiB'],
  [213_031_387_955, '198.4 GiB'],
  [1024 ** 3 - 1, '1.0 GiB'],
  [1024 ** 6, '1024.0 PiB'],
])('%d bytes are %s', (bytes, text) => {
  expect(formatBytes(bytes)).toBe(text);
});

test('counts have thousands set apart, and one is singular', () => {
  expect([countOf(411_907, 'file'), countOf(1, 'file'), countOf(0, 'file')]).toEqual([
    '411,907 files',
    '1 file',
    '0 files',
  ]);
});

test.each([
  ['20Gi', true],
  ['1.5Ti', true],
  ['500M', true],
  ['1073741824', true],
  ['20 Gi', false],
  ['20GB', false],
  ['-1Gi', false],
  ['', false],
])('%p is a size for Kubernetes: %p', (text, expected) => {
  expect(isQuantity(text)).toBe(expected);
});
