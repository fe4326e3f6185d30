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
    return this.first?.at ?? Number.POSITIVE_INFINITY;
  }

  /** Every timer on the way fires at its own instant. */
  advanceTo(instant: Date | number): void {
    const end = Number(instant);
    for (let timer = this.first; timer && timer.at <= end; timer = this.first) {
      this.timers.delete(timer);
      this.at = Math.max(this.at, timer.at);
      timer.call();
    }
    this.at = end;
  }

  private get first(): { at: number; call: () => void } | undefined {
    let first: { at: number; call: () => void } | undefined;
    for (const timer of this.timers) if (!first || timer.at < first.at) first = timer;
    return first;
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
