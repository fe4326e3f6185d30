/** A call of the file system that takes longer on the average, in milliseconds, is worth a thread. */
const SLOW_MS = 1;

/**
 * How a volume is written to. A call that blocks costs a fraction of what it costs to have a thread make it, and where the volume
 * answers at once it is over before a thread would have begun. Where it does not, as over a network, threads wait side by side.
 */
export class DiskPace {
  readonly #clock: () => number;
  /** What a call that blocks takes, on the average. */
  #ms = 0;

  constructor(clock: () => number = () => performance.now()) {
    this.#clock = clock;
  }

  /** @param now does it at once, and blocks @param later does the same by threads */
  async act(now: () => void, later: () => Promise<void>): Promise<void> {
    if (this.#ms > SLOW_MS) {
      // Forgotten bit by bit: whether it is still slow is tried now and then.
      this.#ms *= 0.98;
      return later();
    }
    const began = this.#clock();
    try {
      now();
    } finally {
      this.#ms += (this.#clock() - began - this.#ms) / 10;
    }
  }
}
