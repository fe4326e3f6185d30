/** A promise that was broken. */
export class Violation extends Error {
  override readonly name = 'Violation';
}

export function must(kept: boolean, promise: () => string): asserts kept {
  if (!kept) throw new Violation(promise());
}
