/** Keys of objects by something that stands in them. */
export class SecondaryIndex<S> {
  private readonly of: (view: S) => string | undefined;
  // Nearly always one of each: a string takes a tenth of what a Set does.
  private keys = new Map<string, string | Set<string>>();

  constructor(of: (view: S) => string | undefined) {
    this.of = of;
  }

  rebuild(objects: Iterable<[string, S]>): void {
    this.keys = new Map();
    for (const [key, view] of objects) this.add(this.of(view), key);
  }

  change(key: string, now: S | undefined, before: S | undefined): void {
    const [to, from] = [now && this.of(now), before && this.of(before)];
    if (to === from) return;
    this.remove(from, key);
    this.add(to, key);
  }

  get(value: string): Iterable<string> {
    const found = this.keys.get(value);
    return typeof found === 'string' ? [found] : (found ?? []);
  }

  private add(value: string | undefined, key: string): void {
    if (value === undefined) return;
    const known = this.keys.get(value);
    if (known === undefined) this.keys.set(value, key);
    else if (typeof known === 'string') this.keys.set(value, new Set([known, key]));
    else known.add(key);
  }

  private remove(value: string | undefined, key: string): void {
    if (value === undefined) return;
    const known = this.keys.get(value);
    if (typeof known === 'string' || (known?.size ?? 0) <= 1) this.keys.delete(value);
    else (known as Set<string>).delete(key);
  }
}
