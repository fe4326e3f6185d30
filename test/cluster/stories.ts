export type Stories = Record<string, () => Promise<void>>;

/**
 * Begins all stories at once: most of a story is waiting, for a node or a deadline. A test awaits the end of its own, which is kept
 * until then.
 */
export const begin = (stories: Stories): Record<string, Promise<void>> =>
  Object.fromEntries(
    Object.entries(stories).map(([name, story]) => {
      const end = story();
      end.catch(() => {});
      return [name, end];
    }),
  );
