import { bucketOf } from '../api/contract';

/** An item in the words of messages: `claim data`, `bucket files`. */
export function inWords(item: string): string {
  const bucket = bucketOf(item);
  return bucket === undefined ? `claim ${item}` : `bucket ${bucket}`;
}

/** At the beginning of a sentence. */
export const inWordsFirst = (item: string): string =>
  inWords(item).replace(/^./, (letter) => letter.toUpperCase());
