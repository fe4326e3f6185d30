import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, stat, statfs, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { Source } from '../../api/task';
import { Fault } from '../fault';
import { DiskPace } from './disk-pace';
import { ScratchLock } from './scratch-lock';

/** Directories of ours: the bucket's name, and a hash. Nothing else on the volume is ever touched. */
const OURS = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]-[0-9a-f]{16}$/;
/** What is half thrown away, and where a restore worked that may have been killed: no bucket's name begins so. */
const EVICTED = '_evicted.';
const RESTORE = '_restore.';
const STATE = 'state.json';
const VERSION = 1;

/** What a copy knows of its runs. */
export interface State {
  version: typeof VERSION;
  /** How many times every object was read, or begun to be. */
  pass: number;
  /** Runs since then. */
  runs: number;
}

/** What a pull needs. */
export interface Need {
  bytes: number;
  files: number;
}

/** The directory of one bucket's copy. While it is open, nobody else works on it. */
export class Scratch {
  readonly directory: string;
  readonly pace = new DiskPace();
  readonly #bucket: string;
  readonly #deadPods: readonly string[];
  readonly #lock: ScratchLock;

  private constructor(directory: string, bucket: string, deadPods: readonly string[], lock: ScratchLock) {
    this.directory = directory;
    this.#bucket = bucket;
    this.#deadPods = deadPods;
    this.#lock = lock;
  }

  /** @throws ScratchInUse */
  static async open(
    { scratch, endpoint }: Pick<Source, 'scratch' | 'endpoint'>,
    bucket: string,
    owner: string,
    deadPods: readonly string[],
  ): Promise<Scratch> {
    const hash = createHash('sha256').update(JSON.stringify([endpoint, owner, bucket]));
    const name = `${bucket}-${hash.digest('hex').slice(0, 16)}`;
    if (!OURS.test(name)) throw new Fault('TaskInvalid', `${bucket} is no name of a bucket: correct it.`);
    const directory = join(scratch, name);
    await mkdir(directory, { recursive: true });
    const lock = await ScratchLock.take(directory, `bucket ${bucket}`, deadPods);
    return new Scratch(directory, bucket, deadPods, lock);
  }

  path(...parts: string[]): string {
    return join(this.directory, ...parts);
  }

  /** What restic backs up. */
  get copy(): string {
    return this.path('copy');
  }

  hold(): void {
    this.#lock.hold();
  }

  close(): Promise<void> {
    return this.#lock.release();
  }

  /** Counts a run. @returns of which full pass it is: a new one for a new copy, and for every so manieth run */
  async begin(fullPassRuns: number): Promise<State> {
    await rm(this.path('tmp'), { recursive: true, force: true });
    const before = await this.#readState();
    if (!before) await this.discard();
    const due = !before || before.runs + 1 >= fullPassRuns;
    const state: State = due
      ? { version: VERSION, pass: (before?.pass ?? 0) + 1, runs: 0 }
      : { ...before, runs: before.runs + 1 };
    await writeFile(this.path(`${STATE}.next`), JSON.stringify(state));
    await rename(this.path(`${STATE}.next`), this.path(STATE));
    await mkdir(this.path('tmp'), { recursive: true });
    await mkdir(this.copy, { recursive: true });
    return state;
  }

  async #readState(): Promise<State | undefined> {
    try {
      const state = JSON.parse(await readFile(this.path(STATE), 'utf8')) as State;
      const whole = Number.isSafeInteger(state.pass) && Number.isSafeInteger(state.runs);
      return state.version === VERSION && whole ? state : undefined;
    } catch {
      return undefined;
    }
  }

  /** Throws the copy away, the files before what tells of them: killed in between, nothing is there that nothing tells of. */
  async discard(): Promise<void> {
    this.hold();
    await rm(this.copy, { recursive: true, force: true });
    for (const name of await readdir(this.directory))
      if (!name.startsWith('in-use')) await rm(this.path(name), { recursive: true, force: true });
  }

  async hasRoom(need: Need): Promise<boolean> {
    return fits(need, await roomOf(this.directory));
  }

  /**
   * Sees to it that so much fits, and throws away copies of other buckets for that, the least recently used one first.
   *
   * @throws ScratchFull
   */
  async makeRoom(need: Need, log: (line: string) => void): Promise<void> {
    const volume = join(this.directory, '..');
    const others = await othersOf(volume, basename(this.directory));
    for (;;) {
      const room = await roomOf(volume);
      if (fits(need, room)) return;
      const other = others.shift();
      if (!other) throw scratchFull(this.#bucket, need, room);
      if (await this.#evict(join(volume, other)))
        log(`The copy of another bucket was thrown away to make room on the scratch volume: ${other}`);
    }
  }

  async #evict(directory: string): Promise<boolean> {
    // What is half thrown away must not look like a copy.
    const away = join(directory, '..', `${EVICTED}${basename(directory)}.${process.pid}`);
    if (!basename(directory).startsWith(EVICTED)) {
      let lock: ScratchLock;
      try {
        lock = await ScratchLock.take(directory, directory, this.#deadPods);
      } catch {
        return false;
      }
      await rename(directory, away);
      await lock.release();
    }
    await rm(existsSync(away) ? away : directory, { recursive: true, force: true });
    return true;
  }
}

function scratchFull(bucket: string, { bytes, files }: Need, room: Room): Fault {
  const what =
    bytes > room.bytes
      ? `bucket ${bucket} needs ${bytes} bytes there, and ${room.bytes} are free. Give it at least ${mebibytes(room.size + bytes - room.bytes)}Mi`
      : `${files} files must be made for bucket ${bucket}, and there is room for ${room.files}. Give it more inodes, or make it larger`;
  return new Fault('ScratchFull', `The scratch volume is too small: ${what} (${WHERE}).`);
}

/** It was not so when the pull began: others write there, too, or the bucket grew meanwhile. */
export async function becameFull(bucket: string, volume: string): Promise<Fault> {
  const { size } = await roomOf(volume);
  return new Fault(
    'ScratchFull',
    `The scratch volume of ${mebibytes(size)}Mi became full when bucket ${bucket} was copied to it: make it larger (${WHERE}).`,
  );
}

const WHERE = 'scratchVol.size, or the size of the claim';
export const mebibytes = (bytes: number): number => Math.ceil(bytes / 2 ** 20);

interface Room extends Need {
  /** Bytes of the whole volume. */
  size: number;
}

const fits = (need: Need, room: Need): boolean => need.bytes <= room.bytes && need.files <= room.files;

export async function roomOf(volume: string): Promise<Room> {
  const { bavail, bsize, blocks, files, ffree } = await statfs(volume);
  // Some file systems make inodes as they need them, and count none.
  return { bytes: bavail * bsize, files: files > 0 ? ffree : Number.POSITIVE_INFINITY, size: blocks * bsize };
}

/** Directories that may be thrown away, the least recently used one first. */
async function othersOf(volume: string, own: string): Promise<string[]> {
  const found: { name: string; used: number }[] = [];
  for (const entry of await readdir(volume, { withFileTypes: true })) {
    const { name } = entry;
    if (!entry.isDirectory() || name === own) continue;
    if (name.startsWith(EVICTED) || name.startsWith(RESTORE)) found.push({ name, used: 0 });
    else if (OURS.test(name)) {
      // Without a state it is not known to be ours.
      const state = await stat(join(volume, name, STATE)).catch(() => undefined);
      if (state) found.push({ name, used: state.mtimeMs });
    }
  }
  return found.sort((a, b) => a.used - b.used).map(({ name }) => name);
}
