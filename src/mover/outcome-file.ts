import { closeSync, constants, ftruncateSync, openSync, writeSync } from 'node:fs';
import { encodeOutcome, type Outcome } from '../api/outcome';

/**
 * The file that the kubelet hands on as the termination message. It cannot be replaced by renaming, being a mount of its own, so
 * each report is written over the one before, in one call and at least as long as it: whoever is killed in between leaves
 * a whole report. On a disk that has become full, too, since no block is needed that is not there.
 */
export class OutcomeFile {
  readonly #path: string;
  #length = 0;

  constructor(path: string) {
    this.#path = path;
  }

  write(outcome: Outcome): void {
    const text = Buffer.from(encodeOutcome(outcome));
    const file = openSync(this.#path, constants.O_WRONLY | constants.O_CREAT, 0o644);
    try {
      // Blanks after a JSON value are no part of it.
      writeSync(
        file,
        Buffer.concat([text, Buffer.alloc(Math.max(0, this.#length - text.length), ' ')]),
        0,
        null,
        0,
      );
      ftruncateSync(file, text.length);
      this.#length = text.length;
    } finally {
      closeSync(file);
    }
  }
}
