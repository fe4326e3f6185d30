import { Worker } from 'node:worker_threads';

/** What became known of a body as it went by. The checksums are in hexadecimal digits. */
export interface Body {
  size: number;
  sha256: string;
  md5: string;
}

/** Large enough that to hand it over costs little beside its checksums. */
const BLOCK_BYTES = 128 * 1024;

/** With `bytes`, so many of the block belong to the body; without, that was all of it. */
interface Question {
  number: number;
  body: number;
  block: SharedArrayBuffer;
  bytes?: number;
}
interface Answer {
  number: number;
  sums: Omit<Body, 'size'>;
}

/** Runs in the thread, which has no more of this file than the text of this function. */
function work(load: NodeJS.Require): void {
  const { parentPort } = load('node:worker_threads') as typeof import('node:worker_threads');
  const { createHash } = load('node:crypto') as typeof import('node:crypto');
  const bodies = new Map<number, ReturnType<typeof createHash>[]>();
  parentPort?.on('message', ({ number, body, block, bytes }: Question) => {
    const hashes = bodies.get(body) ?? [createHash('sha256'), createHash('md5')];
    bodies.set(body, hashes);
    let [sha256, md5] = ['', ''];
    if (bytes !== undefined) for (const hash of hashes) hash.update(new Uint8Array(block, 0, bytes));
    else {
      bodies.delete(body);
      [sha256, md5] = hashes.map((hash) => hash.digest('hex')) as [string, string];
    }
    parentPort.postMessage({ number, sums: { sha256, md5 } } satisfies Answer);
  });
}

interface Waiting {
  resolve: (answer: Answer) => void;
  reject: (error: Error) => void;
}

/**
 * Takes the checksums of large bodies in a thread of its own: they take 2.7 s of a gigabyte, in which others can be read. Bytes go over in
 * memory that both see, one block for each body that is read at a time.
 */
export class BodySums {
  readonly #free: SharedArrayBuffer[] = [];
  readonly #waiting = new Map<number, Waiting>();
  #thread: Worker | undefined;
  #questions = 0;
  #bodies = 0;

  /** Reads a body to its end. @param write gets all of its bytes, which are there until it is done with them */
  async read(body: AsyncIterable<Buffer>, write: (bytes: Buffer) => Promise<unknown>): Promise<Body> {
    const number = this.#bodies++;
    const block = this.#free.pop() ?? new SharedArrayBuffer(BLOCK_BYTES);
    const buffer = Buffer.from(block);
    let [size, filled] = [0, 0];
    const pass = async () => {
      const bytes = filled;
      filled = 0;
      await Promise.all([
        write(buffer.subarray(0, bytes)),
        this.#ask({ number: this.#questions++, body: number, block, bytes }),
      ]);
    };
    try {
      for await (const chunk of body) {
        size += chunk.length;
        for (let at = 0; at < chunk.length; ) {
          const copied = chunk.copy(buffer, filled, at);
          at += copied;
          filled += copied;
          if (filled === BLOCK_BYTES) await pass();
        }
      }
      if (filled > 0) await pass();
    } catch (error) {
      // The block stays with it: its bytes may be written yet.
      if (this.#thread) this.#end(number, block).catch(() => undefined);
      throw error;
    }
    const { sums } = await this.#end(number, block);
    this.#free.push(block);
    return { size, ...sums };
  }

  async close(): Promise<void> {
    await this.#thread?.terminate();
  }

  #end(body: number, block: SharedArrayBuffer): Promise<Answer> {
    return this.#ask({ number: this.#questions++, body, block });
  }

  #ask(question: Question): Promise<Answer> {
    return new Promise((resolve, reject) => {
      this.#waiting.set(question.number, { resolve, reject });
      this.#thread ??= this.#start();
      this.#thread.postMessage(question);
    });
  }

  #start(): Worker {
    const thread = new Worker(`(${work})(require)`, { eval: true });
    thread.on('message', (answer: Answer) => {
      this.#waiting.get(answer.number)?.resolve(answer);
      this.#waiting.delete(answer.number);
    });
    thread.on('error', (error) => {
      for (const { reject } of this.#waiting.values()) reject(error);
      this.#waiting.clear();
      this.#thread = undefined;
    });
    return thread;
  }
}
