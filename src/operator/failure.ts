import type { Reason } from '../api/reasons';

/** Why something cannot be: a word for machines, a sentence for people. */
export interface Failure {
  reason: Reason;
  message: string;
}

/** What status takes of a message. */
const LONGEST = 1024;

/** A sentence that fits into status. */
export const sentence = (text: string): string =>
  text.length <= LONGEST ? text : `${text.slice(0, LONGEST - 1)}…`;
