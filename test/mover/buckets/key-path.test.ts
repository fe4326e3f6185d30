import { compareKeys, keyInWords, pathOfKey } from '../../../src/mover/buckets/key-path';
import { Random } from '../../random';

const LONG_DIRECTORY = `${'ü'.repeat(200)}`;

test.each([
  ['a', 'a'],
  ['a/b', 'a%/b'],
  ['../x', '..%/x'],
  ['a/./b', 'a%/.%/b'],
  ['.', '%2E'],
  ['..', '%2E%2E'],
  ['a/..', 'a%/%2E%2E'],
  ['...', '...'],
  ['/', '%/%_'],
  ['//x', '%/%/x'],
  ['a/', 'a%/%_'],
  ['100%', '100%25'],
  ['a%2Fb', 'a%252Fb'],
  ['line\nfeed\u007f', 'line%0Afeed%7F'],
  ['caf\u00e9', 'caf\u00e9'],
  ['cafe\u0301', 'cafe\u0301'],
  ['%_', '%25_'],
  ['%h', '%25h'],
])('the key %j has the path %s', (key, path) => {
  expect(pathOfKey(key)).toBe(path);
});

test('a segment that is too long for a file system is cut between characters, and told apart by its hash', () => {
  const [directory, file] = pathOfKey(`${LONG_DIRECTORY}/${'x'.repeat(251)}`).split('/');
  expect(directory).toMatch(/^ü{90}%h[0-9a-f]{64}%$/);
  expect(file).toMatch(/^x{180}%h[0-9a-f]{64}$/);
  expect(pathOfKey(`${LONG_DIRECTORY}\u0300`)).not.toBe(pathOfKey(`${LONG_DIRECTORY}\u0301`));
});

/** What reverses it, without the manifest, but for hashed segments. */
function keyOf(path: string): string {
  const plain = (text: string) =>
    text.replace(/%([0-9A-F]{2})/g, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16)));
  const segments = path.split('/');
  const last = segments.pop() ?? '';
  return [...segments.map((one) => plain(one.slice(0, -1))), last === '%_' ? '' : plain(last)].join('/');
}

/** Of mean characters, at most 1,024 bytes. */
function hostileKey(random: Random): string {
  const parts = ['/', '/', '/', '.', '..', '%', '%h', '%_', '2E', '\u0001', 'ü', '\u{1f600}', 'a', '\u007f'];
  const few = Array.from({ length: random.int(1, 4) }, () => random.pick(parts));
  const length = random.pick([1, 1, 2, 2, 3, 3, 5, 8, 40, 256]);
  return Array.from({ length }, () => random.pick(few)).join('');
}

test('of any keys, no two share a path, none lies below another, none leads elsewhere, and each is within limits', () => {
  const random = new Random(8);
  const keys = new Set(Array.from({ length: 3000 }, () => hostileKey(random)));
  keys.add('\u0001/'.repeat(511)).add('\u0001'.repeat(1024));
  const paths = new Map([...keys].map((key) => [pathOfKey(key), key]));
  expect(paths.size).toBe(keys.size);
  // A directory ends with %, a file never does: the one is never in the place of the other.
  const well = (path: string) =>
    Buffer.byteLength(path) <= 3100 &&
    path.split('/').every((segment, at, { length }) => {
      const named = segment !== '' && segment !== '.' && segment !== '..';
      return named && Buffer.byteLength(segment) <= 255 && segment.endsWith('%') === at < length - 1;
    });
  expect([...paths.keys()].filter((path) => !well(path))).toEqual([]);
  const plain = [...paths].filter(([path]) => !path.includes('%h'));
  expect(plain.filter(([path, key]) => keyOf(path) !== key)).toEqual([]);
});

test('keys are in the order of their bytes', () => {
  const random = new Random(9);
  const keys = [
    ...Array.from({ length: 300 }, () => hostileKey(random)),
    ...['\ue000', '\u{1f600}', 'a\uffff', 'a\u{10000}'],
  ];
  const byBytes = [...keys].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  expect([...keys].sort(compareKeys)).toEqual(byBytes);
});

test('a key in words is one line', () => {
  expect(keyInWords('a\nb\tc%')).toBe('a%0Ab%09c%');
});
