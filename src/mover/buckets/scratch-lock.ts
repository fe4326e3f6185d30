import { randomUUID } from 'node:crypto';
import { readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { Fault } from '../fault';

const FILE = 'in-use';
const BEAT_MS = 5_000;
/** Whoever has not given a sign of life for so long is dead, or must not write any more. Milliseconds. */
const DEAD_AFTER_MS = 120_000;
/** Stops writing long before another takes its place. */
const SILENT_AFTER_MS = 60_000;

/** One mover at a time works on a copy: a file that it writes over and over, and by whose time others see that it lives. */
export class ScratchLock {
  readonly #path: string;
  readonly #token: string;
  readonly #timer: NodeJS.Timeout;
  #beatAt = performance.now();

  private constructor(path: string, token: string) {
    this.#path = path;
    this.#token = token;
    this.#timer = setInterval(() => void this.#beat(), BEAT_MS);
    this.#timer.unref();
  }

  /**
   * @param deadPods pods whose mover is known to have ended
   * @throws ScratchInUse
   */
  static async take(directory: string, what: string, deadPods: readonly string[]): Promise<ScratchLock> {
    const path = join(directory, FILE);
    const token = `${hostname()}\n${randomUUID()}\n`;
    const create = () =>
      writeFile(path, token, { flag: 'wx' }).then(
        () => true,
        (error: NodeJS.ErrnoException) => {
          if (error.code === 'EEXIST') return false;
          throw error;
        },
      );
    if (await create()) return new ScratchLock(path, token);
    const holder = await readFile(path, 'utf8').catch(() => '');
    const [pod = ''] = holder.split('\n');
    const age = await ageOf(path, directory);
    if (deadPods.includes(pod) || age > DEAD_AFTER_MS) {
      // Of several that come to the same end, one moves the file away that it has seen.
      const dead = `${path}.${randomUUID()}`;
      await rename(path, dead).catch(() => undefined);
      const moved = await readFile(dead, 'utf8').catch(() => undefined);
      if (moved !== undefined && moved !== holder) await rename(dead, path);
      else await rm(dead, { force: true });
      if (moved === holder && (await create())) return new ScratchLock(path, token);
    }
    throw new Fault(
      'ScratchInUse',
      `The copy of ${what} on the scratch volume is in use by pod ${pod || 'unknown'}, which gave a sign of life ${Math.round(age / 1000)} s ago: wait for it.`,
    );
  }

  /** To be asked before anything is changed. @throws ScratchInUse when this mover was away for so long that another may have come */
  hold(): void {
    if (performance.now() - this.#beatAt < SILENT_AFTER_MS) return;
    throw new Fault(
      'ScratchInUse',
      'This mover stood still for more than a minute: another may be at work on the copy on the scratch volume. Wait for the next try.',
    );
  }

  async #beat(): Promise<void> {
    try {
      if ((await readFile(this.#path, 'utf8')) !== this.#token) return;
      await writeFile(this.#path, this.#token, { flag: 'r+' });
      this.#beatAt = performance.now();
    } catch {
      // Without a beat it does not hold for long.
    }
  }

  async release(): Promise<void> {
    clearInterval(this.#timer);
    const mine = await readFile(this.#path, 'utf8').catch(() => '');
    if (mine === this.#token) await rm(this.#path, { force: true });
  }
}

/** How long ago it was written, by the clock of its own file system. Milliseconds. */
async function ageOf(path: string, directory: string): Promise<number> {
  const now = join(directory, `now.${randomUUID()}`);
  await writeFile(now, '');
  try {
    const [{ mtimeMs: written }, { mtimeMs: present }] = await Promise.all([stat(path), stat(now)]);
    return present - written;
  } catch {
    // It has just been released.
    return 0;
  } finally {
    await rm(now, { force: true });
  }
}
