export type { Failure } from '../api/outcome';

/** What status takes of a message. */
const LONGEST = 1024;

/** Cuts a text to so many characters, showing that it was cut; never through the middle of one. */
export const shortened = (text: string, length: number): string =>
  text.length <= length
    ? text
    : length < 1
      ? ''
      : `${text.slice(0, length - 1).replace(/[\ud800-\udbff]$/, '')}…`;

/** A sentence that fits into status. */
export const sentence = (text: string): string => shortened(text, LONGEST);
