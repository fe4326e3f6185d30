import { closeSync, createReadStream, fsyncSync, openSync, writeFileSync, writeSync } from 'node:fs';

/** The lines of a file, one in memory at a time; what follows the last line feed is a line, too. */
export async function* readLines(path: string): AsyncGenerator<string> {
  let rest = '';
  for await (const chunk of createReadStream(path, { encoding: 'utf8', highWaterMark: 1 << 16 })) {
    // Not node:readline: to it U+2028 ends a line, and JSON leaves that as it is.
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    yield* lines;
  }
  if (rest) yield rest;
}

const BUFFER = 1 << 16;
/** What a killed mover may lose of what it knew, in milliseconds. */
const FLUSH_MS = 1000;

/** Writes lines to a new file, and holds none back for longer than a second. */
export class LineWriter {
  readonly #file: number;
  readonly #timer: NodeJS.Timeout;
  #held = '';
  #failed: unknown;
  #closed = false;
  /** Bytes that were written. */
  size = 0;

  constructor(path: string) {
    this.#file = openSync(path, 'w', 0o600);
    this.#timer = setInterval(() => {
      try {
        this.#flush();
      } catch (error) {
        this.#failed = error;
      }
    }, FLUSH_MS);
    this.#timer.unref();
  }

  write(line: string): void {
    if (this.#failed) throw this.#failed;
    this.#held += `${line}\n`;
    if (this.#held.length >= BUFFER) this.#flush();
  }

  #flush(): void {
    if (!this.#held) return;
    const bytes = Buffer.from(this.#held);
    this.#held = '';
    writeFileSync(this.#file, bytes);
    this.size += bytes.length;
  }

  /** Writes over the file's beginning. */
  rewrite(line: string): void {
    this.#flush();
    writeSync(this.#file, line, 0);
  }

  /** What was written is on the disk before whoever renames the file. */
  finish(): void {
    if (this.#closed) return;
    try {
      if (this.#failed) throw this.#failed;
      this.#flush();
      fsyncSync(this.#file);
    } finally {
      this.abandon();
    }
  }

  /** Of a file that nobody will read. */
  abandon(): void {
    if (this.#closed) return;
    this.#closed = true;
    clearInterval(this.#timer);
    closeSync(this.#file);
  }
}
