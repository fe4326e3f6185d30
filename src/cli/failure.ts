/** What was asked for did not happen. The message is one sentence for the person who asked: what, where, how to mend. */
export class Failure extends Error {
  override name = 'Failure';
}

/** The command line itself is wrong: nothing was begun. */
export class UsageError extends Error {
  override name = 'UsageError';
}

/** Exit codes are part of the contract with scripts: they never change their meaning. */
export const EXIT = { done: 0, failed: 1, usage: 2 } as const;
