import { existsSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { joined } from './join';
import { compareKeys, pathOfKey } from './key-path';
import { LineWriter, readLines } from './lines';
import { readListing } from './listing';
import { type Entry, OBJECTS } from './manifest';

/** What is known of an object's file in the copy. */
export interface Known {
  entry: Entry;
  /** The full pass in which its object was read. */
  pass: number;
  /** What the file looked like when it was written (file-mark.ts); empty: unknown, its checksum must be looked at. */
  mark: string;
}

/** The state cannot be understood: the copy is made anew. */
export class Unusable extends Error {}

/** Where things are in the directory of a bucket. */
export const INDEX = 'index';
export const NEXT_INDEX = 'index.next';
export const LISTING = 'listing';

export const fileOf = (key: string): string => `${OBJECTS}/${pathOfKey(key)}`;

/** The line of the index, around that of the manifest. */
export const indexLine = ({ pass, mark }: Omit<Known, 'entry'>, manifestLine: string): string =>
  `[${pass},${JSON.stringify(mark)},${manifestLine}]`;

/** @param cut the file's writer may have been killed: what it did not finish counts for nothing */
async function* readIndex(path: string, cut = false): AsyncGenerator<Known> {
  if (!existsSync(path)) return;
  let before: string | undefined;
  for await (const line of readLines(path)) {
    const known = knownFrom(line);
    if (!known || (before !== undefined && compareKeys(before, known.entry.key) >= 0)) {
      if (cut) return;
      throw new Unusable(`a line of ${path} means nothing`);
    }
    before = known.entry.key;
    yield known;
  }
}

function knownFrom(line: string): Known | undefined {
  try {
    const [pass, mark, entry] = JSON.parse(line) as [number, string, Entry];
    // A file is written and deleted by this path.
    return entry.file === fileOf(entry.key) ? { pass, mark, entry } : undefined;
  } catch {
    return undefined;
  }
}

/** What is known of the copy in a directory, in the order of the keys. */
export const readKnown = (directory: string): AsyncGenerator<Known> => readIndex(join(directory, INDEX));

/**
 * After a pull that did not come to its end: every file that may be in the copy is named by the index again. What that pull
 * wrote counts, and its marks do not; of what else it may have written (everything it had listed) nothing is known but the name.
 */
export async function recover(directory: string): Promise<void> {
  const [index, next, listing] = [INDEX, NEXT_INDEX, LISTING].map((name) => join(directory, name)) as [
    string,
    string,
    string,
  ];
  if (!existsSync(next) && !existsSync(listing)) return;
  const merged = new LineWriter(`${index}.merged`);
  const keyOf = ({ entry }: Known) => entry.key;
  const known = joined(readIndex(index), keyOf, readIndex(next, true), keyOf);
  for await (const pair of joined(known, ([a, b]) => keyOf((a ?? b)!), stubsOf(listing), keyOf)) {
    const [[before, after] = [], stub] = pair;
    const last = after && { ...after, mark: '' };
    const { entry, ...rest } = (last ?? before ?? stub)!;
    merged.write(indexLine(rest, JSON.stringify(entry)));
  }
  merged.finish();
  await rename(`${index}.merged`, index);
  await rm(next, { force: true });
  await rm(listing, { recursive: true, force: true });
}

async function* stubsOf(listing: string): AsyncGenerator<Known> {
  if (!existsSync(listing)) return;
  for await (const { key } of readListing(listing))
    yield {
      pass: 0,
      mark: '',
      entry: { key, file: fileOf(key), size: -1, etag: '', modified: '', sha256: '' },
    };
}
