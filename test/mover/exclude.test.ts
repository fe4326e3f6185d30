import { anchorPattern } from '../../src/mover/exclude';

test.each([
  ['*.part', '*.part'],
  ['appdata_*/preview/', 'appdata_*/preview/'],
  ['/cache', '/volumes/0/cache'],
  ['!/cache/keep', '!/volumes/0/cache/keep'],
  ['!keep', '!keep'],
])('the pattern %s of a volume is %s for restic', (pattern, expected) => {
  expect(anchorPattern(pattern, '/volumes/0')).toBe(expected);
});
