import { setTimeout as pause } from 'node:timers/promises';

export interface Deadline {
  /** Names the condition in the error and in the progress: "kube-apiserver to be ready". */
  readonly what: string;
  readonly seconds: number;
  /** @default - 100 */
  readonly everyMilliseconds?: number;
  /** Where to look when it never comes true. */
  readonly hint?: string;
  /** Whether it can still come true; there is no sense in waiting for a process that has ended. */
  readonly possible?: () => boolean;
}

/** Waits until the condition gives a value; what it throws on the way counts as "not yet" and is told at the end. */
export async function until<T>(
  deadline: Deadline,
  condition: () => Promise<T | undefined | false>,
): Promise<T> {
  const start = Date.now();
  const end = start + deadline.seconds * 1000;
  const seconds = () => Math.round((Date.now() - start) / 1000);
  let last = '';
  for (;;) {
    try {
      const value = await condition();
      if (value !== undefined && value !== false) return value;
    } catch (error) {
      last = (error as Error).message;
    }
    const impossible = deadline.possible?.() === false;
    if (impossible || Date.now() > end) {
      const why = [impossible ? 'it has ended' : last, deadline.hint].filter(Boolean).join('; ');
      throw new Error(`Waited ${seconds()} s in vain for ${deadline.what}${why ? `: ${why}` : '.'}`);
    }
    await pause(deadline.everyMilliseconds ?? 100);
  }
}
