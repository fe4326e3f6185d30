import { excluder } from '../../../src/mover/buckets/exclude-keys';

test.each<[pattern: string, out: string[], kept: string[]]>([
  ['*.part', ['a.part', 'x/a.part', 'x/a.part/below', '.part'], ['a.party', 'apart']],
  ['/cache', ['cache', 'cache/x', 'cache/'], ['x/cache', 'cached']],
  ['cache/', ['cache', 'x/cache/y'], ['cached']],
  ['appdata_*/preview', ['appdata_1/preview/x', 'y/appdata_/preview'], ['appdata_1/x/preview', 'preview']],
  ['/a/**/z', ['a/z', 'a/b/z', 'a/b/c/z/below', 'a//z'], ['x/a/z', 'a/zz']],
  ['/tmp/**', ['tmp/x', 'tmp/'], ['tmp', 'x/tmp/y']],
  ['?', ['a', 'x/ü', '\n/x'], ['ab', '']],
  ['[a-c][!x]', ['ab', 'x/cz'], ['ax', 'db', 'a/b']],
  ['a+(b).$', ['a+(b).$'], ['aab', 'ab']],
  ['\\*', ['*'], ['a']],
  ['/', ['', '/x'], ['x']],
])('the pattern %s', (pattern, out, kept) => {
  const excluded = excluder([pattern]);
  expect(out.filter((key) => !excluded(key))).toEqual([]);
  expect(kept.filter(excluded)).toEqual([]);
});

test('a later pattern brings back what an earlier one left out', () => {
  const excluded = excluder(['/cache', '!/cache/keep']);
  expect(['cache/x', 'cache/keep/x', 'other'].map(excluded)).toEqual([true, false, false]);
});

test('a pattern that means nothing is told', () => {
  expect(() => excluder(['[z-a]'])).toThrow('The pattern [z-a] in exclude means nothing: correct it.');
});

test('no pattern takes long, whatever the key', () => {
  const began = performance.now();

  expect(excluder(['*a*a*a*a*a*b'])('a'.repeat(1024))).toBe(false);
  expect(excluder(['**/a/**/a/**/a/**/x'])('a/'.repeat(511))).toBe(false);

  expect(performance.now() - began).toBeLessThan(1000);
});
