import { sourceAt } from '../../src/mover/snapshot-source';

const dir = (path: string) => ({ type: 'dir', path });
const file = (path: string) => ({ type: 'file', path });
const K8UP = ['/', '/data', '/data/pg'];

test('backed up by an absolute path: the contents are below it', () => {
  expect(sourceAt('f00d', K8UP, [dir('/data'), dir('/data/pg')])).toEqual({ argument: 'f00d:/data/pg' });
});

test('the directory itself is in the snapshot then, with owner, mode and time', () => {
  const pg = { ...dir('/data/pg'), mode: 0o750, uid: 999, gid: 998, mtime: '2026-11-21T00:00:00Z' };
  expect(sourceAt('f00d', K8UP, [dir('/data'), pg]).root).toEqual({
    mode: 0o750,
    uid: 999,
    gid: 998,
    mtime: '1795219200.000000000',
  });
});

test.each([
  ['there is no such directory', [file('/f1'), dir('/sub')]],
  ['nothing is there', []],
  ['there are others beside it', [dir('/data'), dir('/data/pg'), dir('/lost+found')]],
  ['there are others beside it, further down', [dir('/data'), dir('/data/pg'), file('/data/f1')]],
  ['it is a file', [dir('/data'), file('/data/pg')]],
])('backed up from inside, as VolSync does: %s', (_, nodes) => {
  expect(sourceAt('f00d', K8UP, nodes)).toEqual({ argument: 'f00d' });
});
