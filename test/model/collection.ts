/** So far behind the API server a watch may be, in changes and in time: then it is made anew. */
export const MOST_LAG = 6;
export const LONGEST_LAG = 60_000;

/** Objects of one kind, with the versions that a watch which lags may still show. */
export class Collection<V> {
  private readonly objects = new Map<string, V>();
  private readonly versions: { at: number; list: readonly V[] }[] = [{ at: 0, list: [] }];
  private readonly clock: { now: number };
  private readonly listeners: ((name: string, now: V | undefined) => void)[] = [];
  /** Counts every change. */
  version = 0;

  constructor(clock: { now: number }) {
    this.clock = clock;
  }

  onChange(listener: (name: string, now: V | undefined) => void): void {
    this.listeners.push(listener);
  }

  get(name: string): V | undefined {
    return this.objects.get(name);
  }

  list(): readonly V[] {
    return this.versions.at(-1)!.list;
  }

  /** As it stood at a version, as far as a watch may be behind. */
  asOf(version: number): readonly V[] {
    let place = Math.max(0, this.versions.length - 1 - Math.max(0, this.version - version));
    // What it shows must have held within the time allowed.
    while (place + 1 < this.versions.length && this.versions[place + 1]!.at < this.clock.now - LONGEST_LAG)
      place += 1;
    return this.versions[place]!.list;
  }

  /** What is there now was always there. */
  forgetThePast(): void {
    this.versions.splice(0, this.versions.length - 1);
  }

  set(name: string, object: V): void {
    this.objects.set(name, object);
    this.changed(name, object);
  }

  /** Changes some fields of an object that is there. */
  patch(name: string, fields: Partial<V>): void {
    const before = this.objects.get(name);
    if (before) this.set(name, { ...before, ...fields });
  }

  delete(name: string): void {
    if (this.objects.delete(name)) this.changed(name, undefined);
  }

  private changed(name: string, now: V | undefined): void {
    this.version += 1;
    this.versions.push({ at: this.clock.now, list: [...this.objects.values()] });
    if (this.versions.length > MOST_LAG + 1) this.versions.shift();
    for (const listener of this.listeners) listener(name, now);
  }
}
