import { freedBytes } from '../../src/mover/prune';

test.each([
  ['total prune:           8 blobs / 8.682 MiB', 9_103_737],
  ['total prune:           0 blobs / 0 B', 0],
  ['total prune:         912 blobs / 1.5 TiB', 1_649_267_441_664],
  ['to delete:             1 blobs / 3.125 KiB', undefined],
  ['', undefined],
])('%p frees %p bytes', (line, bytes) => {
  expect(freedBytes(line)).toBe(bytes);
});
