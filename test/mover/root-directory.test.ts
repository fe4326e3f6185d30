import { chmodSync, mkdtempSync, rmSync, utimesSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readRoot, rootFromNode, rootFromTags, rootTag } from '../../src/mover/root-directory';

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

describe('of a directory in a snapshot, as restic prints it', () => {
  const node = { mode: 2147484141, uid: 33, gid: 34, mtime: '2026-11-21T20:57:57.976912275Z' };

  test('permissions, owner and time to the nanosecond', () => {
    expect(rootFromNode(node)).toEqual({ mode: 0o755, uid: 33, gid: 34, mtime: '1795294677.976912275' });
  });

  test.each([
    ['setuid', 1 << 23, 0o4755],
    ['setgid', 1 << 22, 0o2755],
    ['sticky', 1 << 20, 0o1755],
  ])('%s', (_, bit, mode) => {
    expect(rootFromNode({ ...node, mode: node.mode | bit })?.mode).toBe(mode);
  });

  test.each([
    ['2026-11-21T20:57:57Z', '1795294677.000000000'],
    ['2026-11-21T21:57:57.5+01:00', '1795294677.500000000'],
    ['1969-12-31T23:59:59.25Z', '-1.250000000'],
  ])('the time %s', (mtime, seconds) => {
    expect(rootFromNode({ ...node, mtime })?.mtime).toBe(seconds);
  });

  test('what is missing is not made up', () => {
    expect(rootFromNode({ ...node, uid: undefined })).toBeUndefined();
    expect(rootFromNode({ ...node, mtime: undefined })).toBeUndefined();
  });
});
