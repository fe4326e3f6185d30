import { createReadStream } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';

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

/** Writes lines to a new file, and what it holds back for no longer than a second. */
export class LineWriter {
  readonly #file: FileHandle;
  #held = '';
  #flushed = Date.now();
  /** Bytes that were written. */
  size = 0;

  private constructor(file: FileHandle) {
    this.#file = file;
  }

  static async create(path: string): Promise<LineWriter> {
    return new LineWriter(await open(path, 'w', 0o600));
  }

  async write(line: string): Promise<void> {
    this.#held += `${line}\n`;
    if (this.#held.length >= BUFFER || Date.now() - this.#flushed >= FLUSH_MS) await this.#flush();
  }

  async #flush(): Promise<void> {
    const bytes = Buffer.from(this.#held);
    this.#held = '';
    this.#flushed = Date.now();
    await this.#file.writeFile(bytes);
    this.size += bytes.length;
  }

  /** Writes over the file's beginning. */
  async rewrite(line: string): Promise<void> {
    await this.#flush();
    await this.#file.write(line, 0);
  }

  /** What was written is on the disk before whoever renames the file. */
  async finish(): Promise<void> {
    await this.#flush();
    await this.#file.sync();
    await this.#file.close();
  }

  /** Of a file that nobody will read. */
  async abandon(): Promise<void> {
    await this.#file.close();
  }
}
