import { Chores } from '../../src/operator/chores';
import { FakeClock } from './fake-clock';

/** A chore that is over when the test says so. */
class Hands {
  readonly begun: string[] = [];
  private readonly open: (() => void)[] = [];
  chore = (name: string) => () => {
    this.begun.push(name);
    return new Promise<void>((resolve) => this.open.push(resolve));
  };
  async finish(): Promise<void> {
    for (const done of this.open.splice(0)) done();
    await new Promise((resolve) => setImmediate(resolve));
  }
}

let isBusy: boolean;
let hands: Hands;
let clock: FakeClock;
let chores: Chores;
beforeEach(() => {
  isBusy = false;
  hands = new Hands();
  clock = new FakeClock();
  chores = new Chores({ isBusy: () => isBusy, clock, workers: 2, patience: 1000 });
});

test('a chore is done at once when nothing else is to do', () => {
  chores.add(hands.chore('a'));
  expect(hands.begun).toEqual(['a']);
});

test('chores wait for what is more urgent, and are then done in their order', () => {
  isBusy = true;
  for (const name of ['a', 'b']) chores.add(hands.chore(name));
  expect(hands.begun).toEqual([]);
  isBusy = false;
  chores.pump();
  expect(hands.begun).toEqual(['a', 'b']);
});

test('not more are done at once than may, and the next begins when one is over', async () => {
  for (const name of ['a', 'b', 'c']) chores.add(hands.chore(name));
  expect(hands.begun).toEqual(['a', 'b']);
  await hands.finish();
  expect(hands.begun).toEqual(['a', 'b', 'c']);
});

test('what has waited too long is done one by one, however busy it is', async () => {
  isBusy = true;
  for (const name of ['a', 'b']) chores.add(hands.chore(name));
  clock.advance(999);
  expect(hands.begun).toEqual([]);
  clock.advance(1);
  expect(hands.begun).toEqual(['a']);
  await hands.finish();
  expect(hands.begun).toEqual(['a', 'b']);
});

test('what is dropped is not done, and what is at work is waited for', async () => {
  for (const name of ['a', 'b', 'c']) chores.add(hands.chore(name));
  let dropped = false;
  const over = chores.drop().then(() => {
    dropped = true;
  });
  await new Promise((resolve) => setImmediate(resolve));
  expect(dropped).toBe(false);
  await hands.finish();
  await over;
  expect(hands.begun).toEqual(['a', 'b']);
});
