import { pathOfKey } from '../../../src/mover/buckets/key-path';
import { commonStart, selectionOf } from '../../../src/mover/buckets/restore-fetch';
import { lackOf } from '../../../src/mover/buckets/restore-write';

const selected = (...keys: string[]) =>
  selectionOf(keys.map((key) => `objects/${pathOfKey(key)}`).reduce(commonStart));

describe('what restic is told to fetch', () => {
  test.each<[string, string[], ReturnType<typeof selectionOf>]>([
    ['all, if the keys have nothing in common', ['a', 'b/c'], { below: 'objects' }],
    ['the directory that all are in', ['a/b/c', 'a/b/d'], { below: 'objects/a%/b%' }],
    ['how their names in it begin', ['a/img-1', 'a/img-2/x'], { below: 'objects/a%', pattern: '/img-*' }],
    [
      'literally, not as wildcards',
      ['a*[?\\1', 'a*[?\\2'],
      { below: 'objects', pattern: '/a\\*\\[\\?\\\\*' },
    ],
    ['one alone', ['../x'], { below: 'objects/..%', pattern: '/x*' }],
    ['whole characters', ['\u{1f600}', '\u{1f601}'], { below: 'objects' }],
  ])('is %s', (_, keys, selection) => {
    expect(selected(...keys)).toEqual(selection);
  });
});

test.each([
  [undefined, 'It was written, and the bucket does not list it.'],
  [{ size: 2 }, 'It was written, and the bucket lists it with 2 bytes instead of 3.'],
  [{ size: 3 }, undefined],
])('of an object that was written, and is listed as %j, it is said: %s', (listed, lack) => {
  expect(lackOf({ size: 3 }, listed)).toBe(lack);
});
