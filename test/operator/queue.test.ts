import { Queue } from '../../src/operator/queue';
import { until } from '../kube/api-server';

/** Handling that goes on when the test says so. */
class Hands {
  readonly begun: string[] = [];
  private readonly open: (() => void)[] = [];
  handle = (key: string): Promise<void> => {
    this.begun.push(key);
    return new Promise((resolve) => this.open.push(resolve));
  };
  finish(): void {
    for (const done of this.open.splice(0)) done();
  }
}

test('a key is at one worker at a time, and looked at again when it was named meanwhile', async () => {
  const hands = new Hands();
  const queue = new Queue({ handle: hands.handle });
  queue.start();
  queue.add('a');
  queue.add('a');
  queue.add('a');
  expect(hands.begun).toEqual(['a']);
  hands.finish();
  await until(() => hands.begun.length === 2);
  hands.finish();
  await queue.stop();
  expect(hands.begun).toEqual(['a', 'a']);
});

test('several keys are worked on at once, but not more than there are workers', () => {
  const hands = new Hands();
  const queue = new Queue({ handle: hands.handle, workers: 2 });
  queue.start();
  for (const key of ['a', 'b', 'c']) queue.add(key);
  expect(hands.begun).toEqual(['a', 'b']);
});

test('what is named before the start, or after a stop, waits for the next start', async () => {
  const hands = new Hands();
  const queue = new Queue({ handle: hands.handle });
  queue.add('a');
  expect(hands.begun).toEqual([]);
  // Nobody waits for it, so nothing must wait for that.
  expect(queue.isBusy).toBe(false);
  queue.start();
  expect(hands.begun).toEqual(['a']);
  hands.finish();
  await queue.stop();
  queue.add('b');
  expect(hands.begun).toEqual(['a']);
  queue.start();
  expect(hands.begun).toEqual(['a', 'b']);
});

test('a stop waits for what is at work', async () => {
  const hands = new Hands();
  const queue = new Queue({ handle: hands.handle });
  queue.start();
  queue.add('a');
  let stopped = false;
  const stop = queue.stop().then(() => {
    stopped = true;
  });
  await new Promise((resolve) => setImmediate(resolve));
  expect(stopped).toBe(false);
  hands.finish();
  await stop;
});

test('an error is tried again, later each time, and forgotten after a success', async () => {
  const delays: number[] = [];
  let calls = 0;
  const queue = new Queue({
    handle: async () => {
      calls += 1;
      if (calls !== 4 && calls < 6) throw new Error('no');
    },
    onError: (_, __, retryIn) => delays.push(retryIn),
    firstRetry: 2,
    longestRetry: 5,
  });
  queue.start();
  queue.add('a');
  await until(() => calls === 4);
  queue.add('a');
  await until(() => calls === 6);
  expect(delays).toEqual([2, 4, 5, 2]);
  await queue.stop();
});

test('of several instants the earliest holds', async () => {
  const hands = new Hands();
  const queue = new Queue({ handle: hands.handle });
  queue.start();
  queue.addAt('a', Date.now() + 5);
  queue.addAt('a', Date.now() + 60_000);
  await until(() => hands.begun.length === 1);
});

test('an instant months away is kept', () => {
  const queue = new Queue({ handle: async () => {} });
  queue.addAt('a', Date.now() + 200 * 24 * 3600 * 1000);
  queue.forget('a');
});

test('what is urgent goes before what was named earlier, and every second one is of the others all the same', async () => {
  const hands = new Hands();
  const queue = new Queue({ handle: hands.handle, workers: 1 });
  queue.start();
  for (const key of ['a', 'b', 'c']) queue.add(key);
  for (const key of ['x', 'y', 'c']) queue.add(key, { first: true });
  for (let count = 2; count <= 5; count += 1) {
    hands.finish();
    await until(() => hands.begun.length === count);
  }
  hands.finish();
  await queue.stop();
  expect(hands.begun).toEqual(['a', 'x', 'b', 'y', 'c']);
});

test('it is told when no key is due any more, though some are at work', async () => {
  const hands = new Hands();
  let quiet = 0;
  const queue = new Queue({ handle: hands.handle, workers: 1, onQuiet: () => quiet++ });
  queue.start();
  for (const key of ['a', 'b']) queue.add(key);
  expect(queue.isBusy).toBe(true);
  hands.finish();
  await until(() => hands.begun.length === 2);
  expect({ quiet, busy: queue.isBusy }).toEqual({ quiet: 1, busy: false });
});
