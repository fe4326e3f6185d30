import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { joined } from '../../../src/mover/buckets/join';
import { compareKeys } from '../../../src/mover/buckets/key-path';
import { readListing, writeListing } from '../../../src/mover/buckets/listing';
import type { Listed } from '../../../src/mover/objects/object-store';
import { Random } from '../../random';

let directory: string;
beforeEach(() => {
  directory = join(mkdtempSync(join(tmpdir(), 'listing-')), 'listing');
});
afterEach(() => rmSync(join(directory, '..'), { recursive: true }));

const listed = (key: string, etag = 'e'): Listed => ({
  key,
  size: 1,
  etag,
  modified: '2026-01-01T00:00:00Z',
});
async function* pagesOf(...pages: Listed[][]): AsyncGenerator<Listed[]> {
  yield* pages;
}
const all = async <T>(some: AsyncIterable<T>): Promise<T[]> => {
  const found: T[] = [];
  for await (const one of some) found.push(one);
  return found;
};

test('what is listed out of order is read in order, and a key that is listed twice as it was listed last', async () => {
  const random = new Random(3);
  const keys = Array.from(
    { length: 200 },
    () => `${random.pick(['a', 'b/', 'ü', '\u2028\n'])}${random.int(1, 90)}`,
  );
  const pages = Array.from({ length: 20 }, (_, at) =>
    keys.slice(at * 10, at * 10 + 10).map((key, within) => listed(key, `${at}.${within}`)),
  );

  await writeListing(pagesOf(...pages), directory, undefined, 30);

  const found = await all(readListing(directory));
  expect(found.map(({ key }) => key)).toEqual([...new Set(keys)].sort(compareKeys));
  const last = new Map(pages.flat().map((one) => [one.key, one]));
  expect(found).toEqual(found.map(({ key }) => last.get(key)));
});

test('what is in order becomes one file, however long it is', async () => {
  const pages = Array.from({ length: 9 }, (_, at) => [listed(`${at}`)]);
  await writeListing(pagesOf(...pages), directory, undefined, 2);
  expect(readdirSync(directory)).toHaveLength(1);
});

test('a listing that fails, or is not accepted, leaves the one before', async () => {
  await writeListing(pagesOf([listed('a')]), directory);
  async function* failing(): AsyncGenerator<Listed[]> {
    yield [listed('b')];
    throw new Error('half-way');
  }
  await expect(writeListing(failing(), directory)).rejects.toThrow('half-way');
  const refuse = () => {
    throw new Error('refused');
  };
  await expect(writeListing(pagesOf([listed('b')]), directory, refuse)).rejects.toThrow('refused');
  expect(await all(readListing(directory))).toEqual([listed('a')]);
  expect(readdirSync(join(directory, '..'))).toEqual(['listing']);
});

test('two sequences are paired by their keys', async () => {
  async function* one(...keys: string[]): AsyncGenerator<string> {
    yield* keys;
  }
  const same = (key: string) => key;
  expect(await all(joined(one('a', 'c', 'd'), same, one('b', 'c'), same))).toEqual([
    ['a', undefined],
    [undefined, 'b'],
    ['c', 'c'],
    ['d', undefined],
  ]);
});
