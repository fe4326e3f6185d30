import { createHash } from 'node:crypto';
import { BodySums } from '../../../src/mover/buckets/body-sums';

const sums = new BodySums();
afterAll(() => sums.close());

/** Bytes that are like no others, in pieces of some size. */
function* pieces(bytes: Buffer, size: number): Generator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}
const asStream = async function* (parts: Iterable<Buffer>) {
  yield* parts;
};
const body = (size: number, seed: number) =>
  Buffer.from(Uint8Array.from({ length: size }, (_, i) => (i * seed) >> 3));
const known = (bytes: Buffer) => ({
  size: bytes.length,
  sha256: createHash('sha256').update(bytes).digest('hex'),
  md5: createHash('md5').update(bytes).digest('hex'),
});

test.each([
  ['in pieces that do not fit its blocks', 300_001, 65_537],
  ['in pieces larger than a block', 500_000, 200_000],
  ['of exactly two blocks', 262_144, 65_536],
  ['of no byte', 0, 1],
])('a body %s is written as it is, and its checksums are true', async (_, size, piece) => {
  const bytes = body(size, 7);
  const written: Buffer[] = [];

  const read = await sums.read(asStream(pieces(bytes, piece)), async (part) => {
    written.push(Buffer.from(part));
  });

  expect(read).toEqual(known(bytes));
  expect(Buffer.concat(written).equals(bytes)).toBe(true);
});

test('bodies that are read side by side are not mixed up, though one of them breaks off', async () => {
  const whole = [3, 5, 11, 13].map((seed) => body(400_000, seed));
  const broken = async function* () {
    yield body(200_000, 17);
    throw new Error('it broke off');
  };
  const nowhere = async () => undefined;

  const read = await Promise.allSettled([
    sums.read(broken(), nowhere),
    ...whole.map((bytes) => sums.read(asStream(pieces(bytes, 10_000)), nowhere)),
  ]);

  expect(read.slice(1).map((each) => each.status === 'fulfilled' && each.value)).toEqual(whole.map(known));
  expect(read[0]).toMatchObject({ status: 'rejected', reason: { message: 'it broke off' } });
});

test('a body that cannot be written fails with the words of the volume', async () => {
  const full = sums.read(asStream([body(200_000, 3)]), async () => {
    throw new Error('no space left on device');
  });

  await expect(full).rejects.toThrow('no space left on device');
});
