import type { Turn } from '../../src/operator/turn';
import { Turns } from '../../src/operator/turns';
import { FakeClock } from './fake-clock';

let clock: FakeClock;
let turns: Turns;
let woken: string[];
let away: Set<string>;
beforeEach(() => {
  clock = new FakeClock();
  woken = [];
  away = new Set();
  turns = new Turns({ isReady: (node) => !away.has(node), wake: (key) => woken.push(key), clock });
});

const wait = (key: string, nodes: string[], { seconds = 0, limit = 10 }: Partial<Turn> = {}) =>
  turns.end(key, { owner: `uid-${key}`, turn: { nodes, seconds, limit } });
const take = (job: string, node: string) => turns.take(job, { node, owner: `other-${job}` });
/** What a key that was woken does when it uses its place. */
const use = (key: string, node: string) => {
  turns.begin(key);
  turns.claim(`job-of-${key}`, { node, owner: `uid-${key}` });
  turns.take(`job-of-${key}`, { node, owner: `uid-${key}` });
  turns.end(key);
};

test('when a node gets free, one of those who wait for it is woken, and no other', () => {
  take('j1', 'a');
  take('j2', 'b');
  for (const key of ['k1', 'k2', 'k3']) wait(key, ['a']);
  wait('k4', ['b']);
  expect(woken).toEqual([]);
  turns.free('j1');
  expect(woken).toEqual(['k1']);
});

test('who registers when there is a place already is woken at once: nothing that happened before is missed', () => {
  take('j1', 'a');
  turns.begin('k1');
  turns.free('j1');
  wait('k1', ['a']);
  expect(woken).toEqual(['k1']);
});

test('the place is kept for who is woken, and for nobody else', () => {
  take('j1', 'a');
  wait('k1', ['a']);
  turns.free('j1');
  expect(turns.busy('uid-k1')).toEqual([]);
  expect(turns.busy('uid-k2')).toEqual(['a']);
  wait('k2', ['a']);
  expect(woken).toEqual(['k1']);
});

test('a place that is not used goes to the next', () => {
  take('j1', 'a');
  wait('k1', ['a']);
  wait('k2', ['a']);
  turns.free('j1');
  turns.begin('k1');
  turns.end('k1');
  expect(woken).toEqual(['k1', 'k2']);
});

test('who leaves a place unused and waits on is not asked again and again', () => {
  take('j1', 'a');
  wait('k1', ['a']);
  wait('k2', ['a']);
  turns.free('j1');
  for (const key of ['k1', 'k2']) {
    turns.begin(key);
    wait(key, ['a']);
  }
  expect(woken).toEqual(['k1', 'k2']);
  take('j2', 'b');
  turns.free('j2');
  expect(woken).toEqual(['k1', 'k2', 'k1']);
});

test('what got free while the woken one was looked at counts for it', () => {
  take('j1', 'a');
  take('j2', 'b');
  wait('k1', ['a', 'b']);
  turns.free('j1');
  turns.begin('k1');
  // Its plan found a taken again; then b got free.
  take('j3', 'a');
  turns.free('j2');
  wait('k1', ['a', 'b']);
  expect(woken).toEqual(['k1', 'k1']);
});

test('who takes another place than the one that was kept for it leaves that to others', () => {
  take('j1', 'a');
  wait('k1', ['a', 'b']);
  expect(woken).toEqual(['k1']);
  wait('k2', ['b'], { limit: 3 });
  expect(woken).toEqual(['k1']);
  turns.free('j1');
  use('k1', 'a');
  expect(woken).toEqual(['k1', 'k2']);
});

test('over all nodes no more run than may', () => {
  take('j1', 'a');
  wait('k1', ['b'], { limit: 1 });
  wait('k2', ['c'], { limit: 1 });
  expect(woken).toEqual([]);
  turns.free('j1');
  expect(woken).toEqual(['k1']);
  use('k1', 'b');
  expect(woken).toEqual(['k1']);
});

test('a limit is that of the one who waits', () => {
  take('j1', 'a');
  wait('small', ['b'], { limit: 1, seconds: 100 });
  wait('big', ['b'], { limit: 2 });
  expect(woken).toEqual(['big']);
});

test('what reads no volume needs a free place, and no node', () => {
  take('j1', 'a');
  wait('k1', [], { limit: 1 });
  turns.free('j1');
  expect(woken).toEqual(['k1']);
  expect(turns.busy('other')).toEqual(['']);
});

test('the longest expected goes first; of equals, who came first', () => {
  take('j1', 'a');
  wait('short', ['a'], { seconds: 1 });
  wait('long', ['a'], { seconds: 9 });
  wait('as long', ['a'], { seconds: 9 });
  turns.free('j1');
  use('long', 'a');
  turns.free('job-of-long');
  use('as long', 'a');
  turns.free('job-of-as long');
  expect(woken).toEqual(['long', 'as long', 'short']);
});

test('of several nodes the one goes first for which most is left to do', () => {
  take('j1', 'x');
  wait('alone', ['a'], { seconds: 5, limit: 1 });
  for (const key of ['k1', 'k2', 'k3']) wait(key, ['b'], { seconds: 3, limit: 1 });
  turns.free('j1');
  expect(woken).toEqual(['k1']);
});

test('a node that is not ready takes no Job, and none away', () => {
  take('j1', 'a');
  away.add('a').add('b');
  turns.somethingFree();
  wait('k1', ['b'], { limit: 1 });
  expect(woken).toEqual([]);
  away.delete('b');
  turns.somethingFree();
  expect(woken).toEqual(['k1']);
});

test('who waits for a node that is no longer ready is looked at: it may be lost', () => {
  take('j1', 'a');
  take('j2', 'b');
  for (const key of ['k1', 'k2']) wait(key, ['a']);
  wait('k3', ['b']);
  away.add('a');
  turns.away('a');
  expect(woken).toEqual(['k1', 'k2']);
});

test('Jobs of its own that are left hold nobody up', () => {
  turns.take('mine', { node: 'a', owner: 'uid-k1' });
  take('j1', 'b');
  take('j2', 'c');
  wait('k1', ['a'], { limit: 2 });
  expect(woken).toEqual([]);
  turns.free('j1');
  expect(woken).toEqual(['k1']);
});

describe('a claim', () => {
  test('of what never becomes a decision frees its place after a minute, and wakes who waits', () => {
    turns.claim('j1', { node: 'a', owner: 'dead' });
    wait('k1', ['a']);
    clock.advance(59_000);
    expect(woken).toEqual([]);
    clock.advance(1000);
    expect(woken).toEqual(['k1']);
  });

  test('that is taken back frees its place', () => {
    turns.claim('j1', { node: 'a', owner: 'x' });
    wait('k1', ['a']);
    turns.release('j1');
    expect(woken).toEqual(['k1']);
  });

  test('of what is seen is no second one, and does not outlive it', () => {
    take('j1', 'a');
    turns.claim('j1', { node: 'a', owner: 'other-j1' });
    expect(turns.busy('me')).toEqual(['a']);
    turns.unseen('j1');
    expect(turns.busy('me')).toEqual([]);
  });

  test('is not lost when its step is not in the mirror yet', () => {
    turns.claim('j1', { node: 'a', owner: 'x' });
    turns.unseen('j1');
    expect(turns.busy('me')).toEqual(['a']);
  });
});

test('a place that is kept for one who never comes is others after a minute', () => {
  take('j1', 'a');
  wait('k1', ['a']);
  wait('k2', ['a']);
  turns.free('j1');
  clock.advance(60_000);
  expect(woken).toEqual(['k1', 'k2']);
});

test('nothing is left of those who are gone', () => {
  take('j1', 'a');
  for (const key of ['k1', 'k2']) wait(key, ['a', 'b', 'a']);
  use('k1', 'b');
  turns.begin('k2');
  turns.end('k2');
  turns.free('j1');
  turns.free('job-of-k1');
  clock.advance(120_000);
  expect(turns.size).toEqual({ taken: 0, claimed: 0, kept: 0, waiting: 0, lines: 0 });
  expect(clock.next).toBe(Number.POSITIVE_INFINITY);
});
