/** Longest delay of a timer; longer waits are cut into pieces. */
const LONGEST_TIMER = 24 * 3600 * 1000;

export interface QueueOptions {
  /** Handles one key. What it throws is tried again, later and later. */
  handle(key: string): Promise<void>;
  onError?(key: string, error: unknown, retryIn: number): void;
  /** Keys at work at once. @default 4 */
  workers?: number;
  /** First delay after an error, doubled each time. Milliseconds. @default 1000 */
  firstRetry?: number;
  /** @default 60000 */
  longestRetry?: number;
}

/** Keys to look at: each by one worker at a time, however often it was named meanwhile. */
export class Queue {
  private readonly options: QueueOptions;
  private readonly due = new Set<string>();
  private readonly working = new Map<string, Promise<void>>();
  private readonly timers = new Map<string, { at: number; timer: NodeJS.Timeout }>();
  private readonly failures = new Map<string, number>();
  private running = false;

  constructor(options: QueueOptions) {
    this.options = options;
  }

  start(): void {
    this.running = true;
    this.pump();
  }

  /** Takes up no further key; fulfilled when those at work are done. Keys named meanwhile wait for `start`. */
  async stop(): Promise<void> {
    this.running = false;
    await Promise.allSettled(this.working.values());
  }

  add(key: string): void {
    this.due.add(key);
    this.pump();
  }

  /** Names a key at an instant; the earliest of several holds. */
  addAt(key: string, at: number): void {
    const known = this.timers.get(key);
    if (known && known.at <= at) return;
    if (known) clearTimeout(known.timer);
    const timer = setTimeout(
      () => {
        this.timers.delete(key);
        if (Date.now() >= at) this.add(key);
        else this.addAt(key, at);
      },
      Math.min(Math.max(at - Date.now(), 0), LONGEST_TIMER),
    );
    timer.unref();
    this.timers.set(key, { at, timer });
  }

  /** Forgets what is planned for a key that is gone. */
  forget(key: string): void {
    clearTimeout(this.timers.get(key)?.timer);
    this.timers.delete(key);
    this.failures.delete(key);
  }

  private pump(): void {
    if (!this.running) return;
    for (const key of this.due) {
      if (this.working.size >= (this.options.workers ?? 4)) return;
      if (this.working.has(key)) continue;
      this.due.delete(key);
      const work = this.work(key).finally(() => {
        this.working.delete(key);
        this.pump();
      });
      this.working.set(key, work);
    }
  }

  private async work(key: string): Promise<void> {
    try {
      await this.options.handle(key);
      this.failures.delete(key);
    } catch (error) {
      const { firstRetry = 1000, longestRetry = 60_000 } = this.options;
      const failures = this.failures.get(key) ?? 0;
      this.failures.set(key, failures + 1);
      const retryIn = Math.min(firstRetry * 2 ** failures, longestRetry);
      this.addAt(key, Date.now() + retryIn);
      this.options.onError?.(key, error, retryIn);
    }
  }
}
