import type { Clock } from '../../src/operator/clock';

/** Time that passes when the test says so. */
export class FakeClock implements Clock {
  private at: number;
  private readonly timers = new Set<{ at: number; call: () => void }>();

  constructor(at: Date | number = 0) {
    this.at = Number(at);
  }

  now(): number {
    return this.at;
  }

  after(milliseconds: number, call: () => void): () => void {
    const timer = { at: this.at + milliseconds, call };
    this.timers.add(timer);
    return () => this.timers.delete(timer);
  }

  /** The instant of the next timer. */
  get next(): number {
    return Math.min(...[...this.timers].map(({ at }) => at));
  }

  /** Every timer on the way fires at its own instant. */
  advanceTo(instant: Date | number): void {
    for (let next = this.next; next <= Number(instant); next = this.next) {
      const [timer] = [...this.timers].filter(({ at }) => at === next);
      this.timers.delete(timer!);
      this.at = Math.max(this.at, next);
      timer!.call();
    }
    this.at = Number(instant);
  }

  advance(milliseconds: number): void {
    this.advanceTo(this.at + milliseconds);
  }

  /** As an administrator sets it: no timer fires. */
  set(instant: Date | number): void {
    const by = Number(instant) - this.at;
    this.at += by;
    for (const timer of this.timers) timer.at += by;
  }
}
