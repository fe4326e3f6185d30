import type { Failure } from '../api/outcome';
import type { Reason } from '../api/reasons';

/** A failure with a reason for machines and a sentence for people: what, where, how to mend. */
export class Fault extends Error {
  readonly reason: Reason;

  constructor(reason: Reason, message: string) {
    super(message);
    this.reason = reason;
  }
}

/** Anything thrown, as a failure. What nobody foresaw is told as it is, under the reason of whoever was at work. */
export function failureFrom(error: unknown, otherwise: Reason): Failure {
  if (error instanceof Fault) return { reason: error.reason, message: error.message };
  if (isDiskFull(error)) return diskFull(error.message);
  return { reason: otherwise, message: error instanceof Error ? error.message : String(error) };
}

export const isDiskFull = (error: unknown): error is NodeJS.ErrnoException =>
  error instanceof Error && ['ENOSPC', 'EDQUOT'].includes((error as NodeJS.ErrnoException).code ?? '');

/** Of the mover's own disk: the cache and the temporary files are there. */
export const diskFull = (words: string): Failure => ({
  reason: 'DiskFull',
  message: `The disk of the node, on which the mover works, is full: ${words}. Free space there; the mover's cache and temporary files lie in its emptyDir volumes.`,
});
