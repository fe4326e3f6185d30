/** A record of what is known by names that others gave: 'constructor', too, is a node's or a claim's name, and no more. */
export const byName = <T>(entries: Iterable<readonly [string, T]> = []): Record<string, T> =>
  Object.setPrototypeOf(Object.fromEntries(entries), null);
