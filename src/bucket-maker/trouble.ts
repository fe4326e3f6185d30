/** Why the bucket is not as asked, in a sentence for people: what, where, how to mend. */
export class Trouble extends Error {
  /** It does not pass by itself, so that another try is of no use. */
  readonly hopeless: boolean;

  constructor(message: string, { hopeless }: { hopeless: boolean }) {
    super(message);
    this.hopeless = hopeless;
  }
}

/** Nothing is done until somebody has mended it. */
export const refusal = (message: string): Trouble => new Trouble(message, { hopeless: true });
/** The next try may find it otherwise. */
export const setback = (message: string): Trouble => new Trouble(message, { hopeless: false });
