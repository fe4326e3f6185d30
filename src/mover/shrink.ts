/** What an item measures. */
export interface Measure {
  bytes: number;
  files: number;
}

/** Below one block of a disk a size says nothing: a settings file may well halve. */
const TINY_BYTES = 4096;

/**
 * Whether an item has lost more than half of what it was, in files or in bytes, or all of its files: which is what an emptied
 * or half-mounted volume looks like. An item that was tiny is judged by its files alone.
 */
export function shrank(before: Measure, now: Measure): boolean {
  if (now.files === 0) return before.files > 0;
  const half = (what: keyof Measure) => now[what] * 2 < before[what];
  return half('files') || (before.bytes >= TINY_BYTES && half('bytes'));
}

export const inFigures = ({ bytes, files }: Measure): string =>
  `${bytes} bytes in ${files} ${files === 1 ? 'file' : 'files'}`;
