/** What is wrong with a number that must be whole and within bounds. */
export const outside = (
  property: string,
  value: number | undefined,
  least: number,
  most: number,
): string[] =>
  value === undefined || (Number.isInteger(value) && value >= least && value <= most)
    ? []
    : [`${property} is ${value}: use a whole number from ${least} to ${most}.`];

/** What is wrong with a text that may have so many characters; `mend` says what would do. */
export const tooLong = (property: string, value: string | undefined, most: number, mend: string): string[] =>
  value === undefined || value.length <= most
    ? []
    : [`${property} has ${value.length} characters: use at most ${most}, ${mend}.`];

/** What is wrong with a word that must be one of a few. TypeScript says so, too, but not to who runs it unchecked. */
export const noneOf = (property: string, value: string | undefined, words: readonly string[]): string[] =>
  value === undefined || words.includes(value) ? [] : [`${property} is '${value}': use ${listed(words)}.`];

/** "'a', 'b' or 'c'". */
export const listed = (words: readonly string[]): string =>
  words
    .map((word) => `'${word}'`)
    .join(', ')
    .replace(/, ([^,]*)$/, ' or $1');

/** The same function, which works each answer out once: a thousand services share a few time zones and times of day. */
export function remembered<T>(answer: (text: string) => T): (text: string) => T {
  const answers = new Map<string, T>();
  return (text) => {
    const known = answers.get(text);
    if (known !== undefined) return known;
    const found = answer(text);
    answers.set(text, found);
    return found;
  };
}
