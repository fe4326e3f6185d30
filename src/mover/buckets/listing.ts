import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Listed } from '../objects/object-store';
import { compareKeys } from './key-path';
import { LineWriter, readLines } from './lines';

/** So many are sorted at a time. */
const SORTED_AT_ONCE = 20_000;

/**
 * Writes what a bucket lists into a directory, which is there only if the listing came to its end. S3 says that keys come in
 * order, and not every system keeps to it: what is in order follows in one file, what is not begins another.
 */
export async function writeListing(
  pages: AsyncIterable<Listed[]>,
  directory: string,
  /** Called at the end of the listing: throws if it is not to be believed. */
  accept: () => void = () => undefined,
  atOnce = SORTED_AT_ONCE,
): Promise<void> {
  const unfinished = `${directory}.next`;
  await rm(unfinished, { recursive: true, force: true });
  await mkdir(unfinished, { recursive: true });
  let files = 0;
  let last: string | undefined;
  let writer: LineWriter | undefined;
  let held: Listed[] = [];
  const sortHeld = () => {
    held.sort((a, b) => compareKeys(a.key, b.key));
    const [first] = held;
    if (!first) return;
    if (!writer || (last !== undefined && compareKeys(first.key, last) < 0)) {
      writer?.finish();
      writer = new LineWriter(join(unfinished, String(files++).padStart(8, '0')));
    }
    for (const { key, size, etag, modified } of held)
      writer.write(JSON.stringify([key, size, etag, modified]));
    last = held.at(-1)?.key;
    held = [];
  };
  try {
    for await (const page of pages) {
      for (const one of page) held.push(one);
      if (held.length >= atOnce) sortHeld();
    }
    accept();
    sortHeld();
    writer?.finish();
  } catch (error) {
    writer?.abandon();
    await rm(unfinished, { recursive: true, force: true });
    throw error;
  }
  await rm(directory, { recursive: true, force: true });
  await rename(unfinished, directory);
}

/** What was listed, in the order of the bytes of the keys. A key that was listed twice comes once, as it was listed last. */
export async function* readListing(directory: string): AsyncGenerator<Listed> {
  const runs = (await readdir(directory)).sort().map((name) => readRun(join(directory, name)));
  const heads = await Promise.all(runs.map(async (run) => (await run.next()).value as Listed | undefined));
  let before: Listed | undefined;
  for (;;) {
    let least = -1;
    for (const [at, head] of heads.entries()) {
      const other = heads[least];
      if (head && (!other || compareKeys(head.key, other.key) < 0)) least = at;
    }
    const next = heads[least];
    if (before && before.key !== next?.key) yield before;
    if (!next) return;
    before = next;
    heads[least] = (await runs[least]?.next())?.value as Listed | undefined;
  }
}

async function* readRun(path: string): AsyncGenerator<Listed> {
  for await (const line of readLines(path)) {
    const [key, size, etag, modified] = JSON.parse(line);
    yield { key, size, etag, modified };
  }
}
