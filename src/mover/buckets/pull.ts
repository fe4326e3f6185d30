import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Fault } from '../fault';
import type { Listed, ObjectStore } from '../objects/object-store';
import { NAMES_KEPT } from '../said';
import { BodySums } from './body-sums';
import { BrokenBody, type Fetching, fetchObject, removeFile, SMALL } from './fetch';
import { markOf, sha256Of } from './file-mark';
import { INDEX, indexLine, type Known, LISTING, NEXT_INDEX, readKnown } from './index-file';
import { joined } from './join';
import { keyInWords } from './key-path';
import { LineWriter } from './lines';
import { readListing } from './listing';
import { headerLine, MANIFEST } from './manifest';
import type { Need, Scratch } from './scratch';

/** So many objects are read at a time. Of large ones fewer: one fills a connection, and more would only hold memory. */
const AT_ONCE = 16;
const LARGE_AT_ONCE = 4;
/** So many may be settled while one before them is still read; what they have beside their bodies is in memory. */
const AHEAD = 256;
const LOG_EVERY_MS = 60_000;

export interface Pull {
  store: ObjectStore;
  scratch: Scratch;
  bucket: string;
  endpoint: string;
  /** Of which full pass this is: what was read in one before must be read again. */
  pass: number;
  /** No file is taken for what its mark says: each checksum is looked at. */
  verify: boolean;
  log(line: string): void;
}

/** What a pull made of the copy. */
export interface Pulled {
  objects: number;
  bytes: number;
  manifestBytes: number;
  fetched: number;
  /** They went between the listing and their turn. */
  gone: number;
  /** Could not be read: the first keys, how many there are, of how many the copy has an earlier state, and why, of the first. */
  unreadable: { keys: string[]; count: number; kept: number; why: string };
}

type Pair = [Listed, Known | undefined] | [undefined, Known];

const pairs = (scratch: Scratch): AsyncGenerator<Pair> =>
  joined(
    readListing(scratch.path(LISTING)),
    ({ key }) => key,
    readKnown(scratch.directory),
    ({ entry }) => entry.key,
  );

/** Listing and copy tell of the same state of the object, read in this full pass. */
const isSame = ({ size, etag, modified }: Listed, { entry, pass }: Known, current: number): boolean =>
  entry.size === size && entry.etag === etag && entry.modified === modified && pass === current;

const BLOCK = 4096;
/** What an object takes beside its body, in the lists. */
const BESIDE = 2048;

/** No more than this is needed, whatever the copy holds. */
export const mostNeeded = ({ objects, bytes }: { objects: number; bytes: number }): Need => ({
  bytes: bytes + objects * (BLOCK + BESIDE),
  files: objects + AT_ONCE + LARGE_AT_ONCE,
});

/** The room that is needed while the copy becomes what was listed. */
export async function needOf(scratch: Scratch, pass: number): Promise<Need> {
  const onDisk = (size: number) => Math.ceil(Math.max(size, 0) / BLOCK) * BLOCK;
  let [fetched, largest, objects, grown, most, files, mostFiles] = [0, 0, 0, 0, 0, 0, 0];
  for await (const [listed, known] of pairs(scratch)) {
    if (listed) objects++;
    if (listed && known && isSame(listed, known, pass)) continue;
    grown += onDisk(listed?.size ?? 0) - onDisk(known?.entry.size ?? 0);
    files += (listed ? 1 : 0) - (known ? 1 : 0);
    most = Math.max(most, grown);
    mostFiles = Math.max(mostFiles, files);
    if (!listed) continue;
    fetched += onDisk(listed.size);
    largest = Math.max(largest, onDisk(listed.size));
  }
  // An object is beside its former self until it takes its place.
  const bodies = Math.min(fetched, most + (largest > SMALL ? LARGE_AT_ONCE * largest : 0) + AT_ONCE * SMALL);
  return { bytes: bodies + objects * BESIDE, files: mostFiles + AT_ONCE + LARGE_AT_ONCE };
}

/**
 * Makes the copy what was listed. Killed at any point, it leaves nothing that is taken for something else: a file takes the place of
 * another whole, the index is replaced at the end, and what was pulled until then, or half of it, is named beside it (see recover).
 *
 * @throws what lies with the S3 system as a whole, and with the scratch volume; the copy is then as far as it came
 */
export async function pull(work: Pull): Promise<Pulled> {
  const { scratch } = work;
  const index = new LineWriter(scratch.path(NEXT_INDEX));
  const manifest = new LineWriter(scratch.path(`${MANIFEST}.next`));
  const sums = new BodySums();
  const puller = new Puller({ ...work, sums });
  const { result } = puller;
  try {
    manifest.write(headerLine(work));
    const queue: Promise<Known | undefined>[] = [];
    const emit = async () => {
      const known = await queue.shift();
      if (!known) return;
      const line = JSON.stringify(known.entry);
      index.write(indexLine(known, line));
      manifest.write(line);
      result.objects++;
      result.bytes += known.entry.size;
    };
    try {
      for await (const pair of pairs(scratch)) {
        const settled = puller.settle(pair);
        // It is looked at in its turn.
        settled.catch(() => undefined);
        queue.push(settled);
        if (queue.length >= AHEAD) await emit();
      }
      while (queue.length > 0) await emit();
    } catch (error) {
      puller.stop();
      await Promise.allSettled(queue);
      throw error;
    }
    manifest.rewrite(headerLine(work, result));
    manifest.finish();
    index.finish();
  } catch (error) {
    manifest.abandon();
    // What it holds back is as true as the rest, and spares the next run some reading.
    try {
      index.finish();
    } catch {
      // It is about the first error.
    }
    throw error;
  } finally {
    await sums.close();
  }
  scratch.hold();
  await rename(scratch.path(`${MANIFEST}.next`), join(scratch.copy, MANIFEST));
  await rename(scratch.path(NEXT_INDEX), scratch.path(INDEX));
  await rm(scratch.path(LISTING), { recursive: true, force: true });
  return { ...result, manifestBytes: manifest.size };
}

/** Settles one object after the other: what the copy is to hold of it, and that it does. */
class Puller {
  readonly result: Omit<Pulled, 'manifestBytes'> = {
    objects: 0,
    bytes: 0,
    fetched: 0,
    gone: 0,
    unreadable: { keys: [], count: 0, kept: 0, why: '' },
  };
  readonly #work: Pull & Fetching;
  readonly #gate = new Gate(AT_ONCE);
  readonly #largeGate = new Gate(LARGE_AT_ONCE);
  #number = 0;
  #fetchedBytes = 0;
  #loggedAt = Date.now();
  #stopped = false;

  constructor(work: Pull & Fetching) {
    this.#work = work;
  }

  stop(): void {
    this.#stopped = true;
  }

  async settle([listed, known]: Pair): Promise<Known | undefined> {
    const { scratch, pass, verify } = this.#work;
    if (!listed) {
      scratch.hold();
      if (known) await removeFile(scratch.copy, known.entry.file);
      return undefined;
    }
    if (known && isSame(listed, known, pass)) {
      const { stale: _, ...entry } = known.entry;
      if (!verify && known.mark !== '' && markOf(join(scratch.copy, entry.file)) === known.mark)
        return { ...known, entry };
      const mark = await this.#gate.pass(() => proven(scratch.copy, known));
      if (mark) return { entry, pass, mark };
    }
    const gate = listed.size > SMALL ? this.#largeGate : this.#gate;
    return gate.pass(() => this.#fetch(listed, known));
  }

  async #fetch(listed: Listed, known: Known | undefined): Promise<Known | undefined> {
    const { scratch } = this.#work;
    if (this.#stopped) return undefined;
    try {
      const fetched = await fetchObject(this.#work, listed, known, this.#number++);
      if (!fetched) {
        this.result.gone++;
        if (known) await removeFile(scratch.copy, known.entry.file);
        return undefined;
      }
      this.result.fetched++;
      this.#progress(fetched.entry.size);
      return fetched;
    } catch (error) {
      const broken = error instanceof BrokenBody;
      if (!broken && !(error instanceof Fault && error.reason === 'UnreadableObjects')) throw error;
      if (broken) await this.#probe();
      return this.#keepOld(listed, known, error.message);
    }
  }

  /** What was there before is better than nothing, if it is what it was. */
  async #keepOld(listed: Listed, known: Known | undefined, why: string): Promise<Known | undefined> {
    const { scratch, log } = this.#work;
    const { unreadable } = this.result;
    const key = keyInWords(listed.key);
    unreadable.count++;
    if (unreadable.count === 1) unreadable.why = why;
    if (unreadable.keys.length < NAMES_KEPT) {
      unreadable.keys.push(key);
      log(`bucket ${this.#work.bucket}: could not be read: ${key}: ${why}`);
    }
    const mark = known?.entry.sha256 && (await proven(scratch.copy, known));
    if (!known || !mark) {
      if (known) await removeFile(scratch.copy, known.entry.file);
      return undefined;
    }
    unreadable.kept++;
    return { ...known, mark, entry: { ...known.entry, stale: why } };
  }

  #probing: Promise<void> | undefined;
  /** Whether it is one object, or all that follow: asked once for all that break at the same time. Throws if the bucket does not list. */
  #probe(): Promise<void> {
    const ask = async () => {
      const pages = this.#work.store.list();
      try {
        await pages.next();
      } finally {
        this.#probing = undefined;
        await pages.return(undefined);
      }
    };
    this.#probing ??= ask();
    return this.#probing;
  }

  #progress(bytes: number): void {
    this.#fetchedBytes += bytes;
    if (Date.now() - this.#loggedAt < LOG_EVERY_MS) return;
    this.#loggedAt = Date.now();
    const { fetched } = this.result;
    this.#work.log(
      `bucket ${this.#work.bucket}: ${fetched} objects fetched, ${this.#fetchedBytes} bytes so far`,
    );
  }
}

/** The mark of an object's file, if its checksum is right. */
async function proven(copy: string, { entry }: Known): Promise<string | undefined> {
  const path = join(copy, entry.file);
  // The mark first: whatever changes the file meanwhile is seen the next time.
  const mark = markOf(path);
  if (mark === undefined) return undefined;
  try {
    return (await sha256Of(path)) === entry.sha256 ? mark : undefined;
  } catch {
    // A disk that cannot read it may be able to write it anew.
    return undefined;
  }
}

/** Lets so many in at a time, in the order in which they came. */
class Gate {
  #free: number;
  readonly #waiting: (() => void)[] = [];

  constructor(places: number) {
    this.#free = places;
  }

  async pass<T>(act: () => Promise<T>): Promise<T> {
    if (this.#free > 0) this.#free--;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    try {
      return await act();
    } finally {
      const next = this.#waiting.shift();
      if (next) next();
      else this.#free++;
    }
  }
}
