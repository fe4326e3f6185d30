import { type Clock, realClock } from './clock';

export interface ChoresOptions {
  /** More urgent work is waiting. */
  isBusy(): boolean;
  clock?: Clock;
  /** At once. @default 8 */
  workers?: number;
  /** What has waited so long is done one by one, however busy it is. Milliseconds. @default 60000 */
  patience?: number;
}

interface Chore {
  since: number;
  work(): Promise<void>;
}

/**
 * Small work that nobody's data waits for: an ended Job is cleared away, a success is told. While backups are due it waits for them. It
 * is done though the Lease may be lost meanwhile: it only finishes what stands in status. A chore reports its own trouble.
 */
export class Chores {
  private readonly options: ChoresOptions;
  private readonly clock: Clock;
  private readonly waiting: Chore[] = [];
  private readonly working = new Set<Promise<void>>();
  private timer?: () => void;

  constructor(options: ChoresOptions) {
    this.options = options;
    this.clock = options.clock ?? realClock;
  }

  add(work: () => Promise<void>): void {
    this.waiting.push({ since: this.clock.now(), work });
    this.pump();
  }

  /** There may be time for them now. */
  pump(): void {
    const { isBusy, workers = 8, patience = 60_000 } = this.options;
    for (let [first] = this.waiting; first; [first] = this.waiting) {
      const left = first.since + patience - this.clock.now();
      const room = !isBusy() ? workers : left <= 0 ? 1 : 0;
      if (this.working.size >= room) {
        if (room === 0) this.lookAgainIn(left);
        return;
      }
      this.waiting.shift();
      const work = first.work().finally(() => {
        this.working.delete(work);
        this.pump();
      });
      this.working.add(work);
    }
  }

  /** Gives up what waits, which the next operator finds in the cluster; fulfilled when what is at work is done. */
  async drop(): Promise<void> {
    this.waiting.length = 0;
    this.timer?.();
    this.timer = undefined;
    await Promise.allSettled(this.working);
  }

  private lookAgainIn(milliseconds: number): void {
    this.timer ??= this.clock.after(milliseconds, () => {
      this.timer = undefined;
      this.pump();
    });
  }
}
