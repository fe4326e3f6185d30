import { compareKeys } from './key-path';

/** Pairs two sequences in the order of their keys: each key comes once, with what either has of it. */
export async function* joined<A, B>(
  left: AsyncIterator<A>,
  keyOfLeft: (one: A) => string,
  right: AsyncIterator<B>,
  keyOfRight: (one: B) => string,
): AsyncGenerator<[A, B | undefined] | [undefined, B]> {
  let [a, b] = [await left.next(), await right.next()];
  for (;;) {
    if (a.done && b.done) return;
    const order = a.done ? 1 : b.done ? -1 : compareKeys(keyOfLeft(a.value), keyOfRight(b.value));
    if (order > 0) {
      yield [undefined, b.value as B];
      b = await right.next();
      continue;
    }
    yield [a.value as A, order === 0 ? (b.value as B) : undefined];
    a = await left.next();
    if (order === 0) b = await right.next();
  }
}
