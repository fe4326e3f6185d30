import { Agenda } from './agenda';
import { type Clock, realClock } from './clock';

/** So often it is looked what time it is: a clock may be set, and a machine may have slept. Milliseconds. */
const LONGEST_NAP = 60_000;

export interface QueueOptions {
  /** Handles one key. What it throws is tried again, later and later. */
  handle(key: string): Promise<void>;
  onError?(key: string, error: unknown, retryIn: number): void;
  /** No key is due any more. */
  onQuiet?(): void;
  /** Keys at work at once: most of the time each waits for the API server. @default 48 */
  workers?: number;
  /** First delay after an error, doubled each time. Milliseconds. @default 1000 */
  firstRetry?: number;
  /** @default 60000 */
  longestRetry?: number;
  clock?: Clock;
}

/** Keys to look at: each by one worker at a time, however often it was named meanwhile. */
export class Queue {
  private readonly options: QueueOptions;
  private readonly clock: Clock;
  /** Something has ended, or waits for them. */
  private readonly urgent = new Set<string>();
  private readonly due = new Set<string>();
  private readonly working = new Map<string, Promise<void>>();
  private readonly agenda = new Agenda();
  private readonly failures = new Map<string, number>();
  private nap?: { until: number; end(): void };
  private running = false;
  private urgentIsNext = true;

  constructor(options: QueueOptions) {
    this.options = options;
    this.clock = options.clock ?? realClock;
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

  add(key: string, { first = false }: { first?: boolean } = {}): void {
    if (first) {
      this.due.delete(key);
      this.urgent.add(key);
    } else if (!this.urgent.has(key)) this.due.add(key);
    this.pump();
  }

  /** Names a key at an instant; the earliest of several holds. */
  addAt(key: string, at: number): void {
    const known = this.agenda.get(key);
    if (known !== undefined && known <= at) return;
    this.agenda.set(key, at);
    this.sleep();
  }

  /** Forgets what is planned for a key that is gone. */
  forget(key: string): void {
    this.agenda.delete(key);
    this.failures.delete(key);
  }

  /** Keys are due that are yet to be taken up. */
  get isBusy(): boolean {
    return this.running && this.urgent.size + this.due.size > 0;
  }

  /** Keys that are named, at work, planned for an instant, and that failed. */
  get size(): { due: number; working: number; planned: number; failing: number } {
    return {
      due: this.due.size + this.urgent.size,
      working: this.working.size,
      planned: this.agenda.size,
      failing: this.failures.size,
    };
  }

  private sleep(): void {
    const next = this.agenda.next;
    if (next === undefined) return;
    const now = this.clock.now();
    const until = Math.min(Math.max(next, now), now + LONGEST_NAP);
    if (this.nap && this.nap.until <= until) return;
    this.nap?.end();
    const end = this.clock.after(until - now, () => {
      this.nap = undefined;
      const at = this.clock.now();
      for (let key = this.agenda.take(at); key; key = this.agenda.take(at)) this.add(key);
      this.sleep();
    });
    this.nap = { until, end };
  }

  private pump(): void {
    if (!this.running) return;
    while (this.working.size < (this.options.workers ?? 48)) {
      const key = this.next();
      if (key === undefined) return;
      // It is looked at now: what was planned for an instant that has come is this.
      if ((this.agenda.get(key) ?? Number.POSITIVE_INFINITY) <= this.clock.now()) this.agenda.delete(key);
      const work = this.work(key).finally(() => {
        this.working.delete(key);
        this.pump();
        if (!this.isBusy) this.options.onQuiet?.();
      });
      this.working.set(key, work);
    }
  }

  /** An urgent one, then one of the others: neither keeps the other from its turn. */
  private next(): string | undefined {
    const sets = this.urgentIsNext ? [this.urgent, this.due] : [this.due, this.urgent];
    for (const keys of sets)
      for (const key of keys) {
        if (this.working.has(key)) continue;
        keys.delete(key);
        this.urgentIsNext = keys !== this.urgent;
        return key;
      }
    return undefined;
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
      this.addAt(key, this.clock.now() + retryIn);
      this.options.onError?.(key, error, retryIn);
    }
  }
}
