/** Time, passed in: what lives a year in production does so in a test, too. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Calls once, after so many milliseconds; gives what takes it back. Keeps no process alive, and is for minutes, not for months. */
  after(milliseconds: number, call: () => void): () => void;
}

export const realClock: Clock = {
  now: () => Date.now(),
  after(milliseconds, call) {
    const timer = setTimeout(call, Math.max(milliseconds, 0)).unref();
    return () => clearTimeout(timer);
  },
};
