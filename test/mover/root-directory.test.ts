import { chmodSync, mkdtempSync, rmSync, utimesSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readRoot, rootFromTags, rootTag } from '../../src/mover/root-directory';

test.each([
  { mode: 0o2770, uid: 999, gid: 998, mtime: '1609459200.500000000' },
  { mode: 0o7, uid: 0, gid: 0, mtime: '-1.000000001' },
])('a root directory travels as a tag: %j', (root) => {
  expect(rootFromTags(['run=r1', rootTag(root), 'type=pvc'])).toEqual(root);
});

test('the tag has no comma, which would be two tags', () => {
  expect(rootTag({ mode: 0o755, uid: 1, gid: 2, mtime: '3.000000004' })).toBe('root=0755:1:2:3.000000004');
});

test('a snapshot that others made says nothing of it', () => {
  expect(rootFromTags([])).toBeUndefined();
  expect(rootFromTags(['root=', 'root=0755:x:0:1.000000000', 'root=0755:0:0:1'])).toBeUndefined();
});

test('it is read with all its bits, and to the nanosecond', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'root-directory-'));
  try {
    chmodSync(directory, 0o1705);
    utimesSync(directory, 1_700_000_000.25, 1_700_000_000.25);
    expect(await readRoot(directory)).toMatchObject({ mode: 0o1705, mtime: '1700000000.250000000' });
  } finally {
    rmSync(directory, { recursive: true });
  }
});
