export const SECOND = 1000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;

/** What happens by itself, each at its time. True time: clocks that people see are another matter. */
export class Agenda {
  now: number;
  private readonly entries: { at: number; what: () => void }[] = [];

  constructor(now: number) {
    this.now = now;
  }

  /** Those at one instant happen in the order in which they were entered. */
  after(delay: number, what: () => void): void {
    const at = this.now + delay;
    let place = this.entries.length;
    while (place > 0 && this.entries[place - 1]!.at > at) place -= 1;
    this.entries.splice(place, 0, { at, what });
  }

  get next(): number {
    return this.entries[0]?.at ?? Number.POSITIVE_INFINITY;
  }

  passTo(instant: number): void {
    while (this.next <= instant) {
      const { at, what } = this.entries.shift()!;
      this.now = at;
      what();
    }
    this.now = Math.max(this.now, instant);
  }
}
