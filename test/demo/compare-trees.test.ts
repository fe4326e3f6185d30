import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  linkSync,
  lutimesSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { compareTrees } from '../../demo/compare-trees';

let folder: string;
let original: string;
let restored: string;

const LONG_AGO = new Date('2001-02-03T04:05:06Z');

/** The same small tree twice. */
function plant(root: string): void {
  mkdirSync(path.join(root, 'dir/empty'), { recursive: true });
  writeFileSync(path.join(root, 'dir/file'), 'content');
  writeFileSync(path.join(root, 'twin'), 'twin');
  linkSync(path.join(root, 'twin'), path.join(root, 'dir/twin'));
  symlinkSync('dir/file', path.join(root, 'link'));
  lutimesSync(path.join(root, 'link'), LONG_AGO, LONG_AGO);
  for (const name of ['dir/file', 'twin', 'dir/empty', 'dir', '.'])
    utimesSync(path.join(root, name), LONG_AGO, LONG_AGO);
}

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'compare-'));
  [original, restored] = [path.join(folder, 'original'), path.join(folder, 'restored')];
  for (const root of [original, restored]) {
    mkdirSync(root);
    plant(root);
  }
});
afterEach(() => rmSync(folder, { recursive: true }));

const differences = () => compareTrees(original, restored).differences;

test('two equal trees do not differ, and the files are counted', () => {
  expect(differences()).toEqual([]);
  expect(compareTrees(original, restored)).toMatchObject({ files: 3, bytes: 15 });
});

test('the time of the root may be off by less than two microseconds', () => {
  execFileSync('touch', ['-d', '@1700000000.580966100', original]);
  execFileSync('touch', ['-d', '@1700000000.580964101', restored]);
  expect(differences()).toEqual([]);
  execFileSync('touch', ['-d', '@1700000000.580964100', restored]);
  expect(differences()).toEqual(['.: mtime is 1700000000580964100, was 1700000000580966100']);
});

test('one flipped byte differs, though size and time are the same', () => {
  const file = path.join(restored, 'dir/file');
  const bytes = readFileSync(file);
  bytes[0]! ^= 0xff;
  writeFileSync(file, bytes);
  utimesSync(file, LONG_AGO, LONG_AGO);

  expect(differences()).toEqual([
    expect.stringMatching(/^dir\/file: content \(sha256\) is [0-9a-f]{64}, was [0-9a-f]{64}$/),
  ]);
});

test.each<[string, (root: string) => void, RegExp]>([
  [
    'a mode',
    (root) => chmodSync(path.join(root, 'dir/file'), 0o600),
    /^dir\/file: mode is 100600, was 100644$/,
  ],
  ['a setuid bit', (root) => chmodSync(path.join(root, 'dir/file'), 0o4644), /^dir\/file: mode is 104644/],
  [
    'a time, by a millisecond',
    (root) => utimesSync(path.join(root, 'dir/file'), LONG_AGO, LONG_AGO.getTime() / 1000 + 1e-3),
    /^dir\/file: mtime/,
  ],
  ['a missing file', (root) => rmSync(path.join(root, 'dir/file')), /^dir\/file: only in the original$/m],
  [
    'a missing empty directory',
    (root) => rmSync(path.join(root, 'dir/empty'), { recursive: true }),
    /^dir\/empty: only in the original$/m,
  ],
  [
    'one file too many',
    (root) => writeFileSync(path.join(root, 'dir/more'), ''),
    /^dir\/more: only in the restored copy$/m,
  ],
  [
    'a hard link that became a copy',
    (root) => {
      rmSync(path.join(root, 'twin'));
      writeFileSync(path.join(root, 'twin'), 'twin');
      utimesSync(path.join(root, 'twin'), LONG_AGO, LONG_AGO);
    },
    /^twin: hard links is twin, was (twin, dir\/twin|dir\/twin, twin)$/m,
  ],
])('%s is seen', (_what, change, line) => {
  change(restored);
  expect(differences().join('\n')).toMatch(line);
});

test("a symbolic link's target is compared, not what it points to", () => {
  rmSync(path.join(restored, 'link'));
  symlinkSync('dir/none', path.join(restored, 'link'));
  lutimesSync(path.join(restored, 'link'), LONG_AGO, LONG_AGO);

  expect(differences().join('\n')).toMatch(/^link: target is dir\/none, was dir\/file$/m);
});
