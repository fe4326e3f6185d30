interface Entry {
  key: string;
  at: number;
}

/** Keys and their instants, the earliest first. A key has one instant at most. */
export class Agenda {
  private readonly heap: Entry[] = [];
  private readonly current = new Map<string, number>();

  get size(): number {
    return this.current.size;
  }

  get(key: string): number | undefined {
    return this.current.get(key);
  }

  /** In place of what was set before. */
  set(key: string, at: number): void {
    this.current.set(key, at);
    if (this.heap.length > 2 * this.current.size + 100) this.rebuild();
    else this.push({ key, at });
  }

  delete(key: string): void {
    this.current.delete(key);
  }

  /** The earliest instant. */
  get next(): number | undefined {
    this.dropStale();
    return this.heap[0]?.at;
  }

  /** Takes the earliest whose instant has come. */
  take(now: number): string | undefined {
    this.dropStale();
    const [first] = this.heap;
    if (!first || first.at > now) return undefined;
    this.pop();
    this.current.delete(first.key);
    return first.key;
  }

  private rebuild(): void {
    this.heap.length = 0;
    for (const [key, at] of this.current) this.push({ key, at });
  }

  private push(entry: Entry): void {
    this.heap.push(entry);
    this.up(this.heap.length - 1);
  }

  /** What was set anew or deleted is still in the heap, until its instant is the earliest. */
  private dropStale(): void {
    while (this.heap[0] && this.current.get(this.heap[0].key) !== this.heap[0].at) this.pop();
  }

  private pop(): void {
    const last = this.heap.pop()!;
    if (this.heap.length === 0) return;
    this.heap[0] = last;
    this.down(0);
  }

  private up(from: number): void {
    for (let n = from; n > 0; ) {
      const parent = (n - 1) >> 1;
      if (this.heap[parent]!.at <= this.heap[n]!.at) return;
      this.swap(n, parent);
      n = parent;
    }
  }

  private down(from: number): void {
    for (let n = from; ; ) {
      const [left, right] = [2 * n + 1, 2 * n + 2];
      let least = n;
      for (const child of [left, right])
        if (child < this.heap.length && this.heap[child]!.at < this.heap[least]!.at) least = child;
      if (least === n) return;
      this.swap(n, least);
      n = least;
    }
  }

  private swap(a: number, b: number): void {
    [this.heap[a], this.heap[b]] = [this.heap[b]!, this.heap[a]!];
  }
}
