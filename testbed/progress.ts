/** Called when a step begins, and every second while it lasts, then with what it waits for. */
export type OnProgress = (step: string, waitingFor?: string) => void;

/** Tells which step is under way and, while it lasts, which of its works have not ended. */
export class Progress {
  private current = '';
  private hint = '';
  private readonly open = new Set<string>();
  private readonly timer: NodeJS.Timeout;

  constructor(private readonly onProgress: OnProgress = () => undefined) {
    this.timer = setInterval(() => {
      const waitingFor = this.open.size > 0 ? [...this.open].join(', ') : this.hint;
      if (waitingFor) this.onProgress(this.current, waitingFor);
    }, 1000);
  }

  step(name: string): void {
    this.current = name;
    this.hint = '';
    this.onProgress(name);
  }

  /** What a step that is one long work does at the moment. */
  waitFor(what: string): void {
    this.hint = what;
  }

  /** One of several works that go on side by side. */
  async track<T>(name: string, work: Promise<T>): Promise<T> {
    this.open.add(name);
    // A work that fails while others are awaited is reported by whoever awaits it in the end.
    work.catch(() => undefined);
    try {
      return await work;
    } finally {
      this.open.delete(name);
    }
  }

  end(): void {
    clearInterval(this.timer);
  }
}
