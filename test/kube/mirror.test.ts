import type { IncomingMessage, ServerResponse } from 'node:http';
import { Mirror } from '../../src/kube/mirror';
import type { Node } from '../../src/kube/objects';
import { RESOURCES } from '../../src/kube/resources';
import { json, until, Wire } from './api-server';

const node = (name: string, resourceVersion: string, labels = {}): Node => ({
  metadata: { name, resourceVersion, labels },
});

/** A collection of nodes: tests put objects in and decide what becomes of each watch. */
class Nodes {
  objects: Node[] = [];
  version = '1';
  watches: ServerResponse[] = [];
  lists = 0;
  answer = (request: IncomingMessage, response: ServerResponse): void => {
    const url = new URL(request.url!, 'http://x');
    if (url.searchParams.get('watch')) {
      response.writeHead(200).flushHeaders();
      this.watches.push(response);
      return;
    }
    this.lists += 1;
    const from = Number(url.searchParams.get('continue') ?? 0);
    const next = from + 2;
    json(response, 200, {
      items: this.objects.slice(from, next),
      metadata: {
        resourceVersion: this.version,
        ...(next < this.objects.length && { continue: String(next) }),
      },
    });
  };
  send(type: string, object: object): void {
    this.watches.at(-1)!.write(`${JSON.stringify({ type, object })}\n`);
  }
}

let nodes: Nodes;
let wire: Wire;
let changes: string[];
let troubles: string[];
let lives: number;
let mirror: Mirror<Node, string>;

const mirrored = (options: { silence?: number; watchOnly?: boolean } = {}) =>
  new Mirror<Node, string>(wire.rest, {
    resource: RESOURCES.nodes,
    select: (n) => {
      if (n.metadata.labels?.zone === 'unreadable') throw new Error('no zone');
      return n.metadata.labels?.zone ?? '';
    },
    onChange: (key, now, before) => {
      changes.push(`${key}: ${before} → ${now}`);
      if (now === 'bad') throw new Error('the handler failed');
    },
    onTrouble: (error) => troubles.push((error as Error).message),
    onLive: () => {
      lives += 1;
    },
    ...options,
  }).start();

beforeEach(async () => {
  nodes = new Nodes();
  changes = [];
  troubles = [];
  lives = 0;
  wire = await Wire.open((request, response) => nodes.answer(request, response));
});
afterEach(async () => {
  await mirror.stop();
  await wire.close();
});

test('a list of many pages is whole before the mirror counts as synced', async () => {
  nodes.objects = ['a', 'b', 'c', 'd', 'e'].map((name) => node(name, '1', { zone: name }));
  mirror = mirrored();
  await mirror.whenSynced;
  expect([...mirror.values()]).toEqual(['a', 'b', 'c', 'd', 'e']);
  expect(wire.requests.slice(0, 3)).toEqual([
    'GET /api/v1/nodes?limit=500',
    'GET /api/v1/nodes?limit=500&continue=2',
    'GET /api/v1/nodes?limit=500&continue=4',
  ]);
});

test('a change of what is not selected is told to nobody', async () => {
  nodes.objects = [node('a', '1', { zone: 'x' })];
  mirror = mirrored();
  await until(() => nodes.watches.length === 1);
  nodes.send('MODIFIED', node('a', '2', { zone: 'x', heartbeat: 'now' }));
  nodes.send('MODIFIED', node('a', '3', { zone: 'y' }));
  nodes.send('DELETED', node('a', '4', { zone: 'y' }));
  await until(() => changes.length === 3);
  expect(changes).toEqual(['a: undefined → x', 'a: x → y', 'a: y → undefined']);
});

test('a watch that the server ends is taken up where it ended, without a list', async () => {
  mirror = mirrored();
  await until(() => nodes.watches.length === 1);
  nodes.send('ADDED', node('a', '7'));
  nodes.send('BOOKMARK', node('', '9'));
  nodes.watches[0]!.end();
  await until(() => nodes.watches.length === 2);
  expect(wire.requests.at(-1)).toContain('resourceVersion=9');
  expect(nodes.lists).toBe(1);
  expect(troubles).toEqual([]);
});

test('after a reset of the socket everything is listed again, and what was missed is told', async () => {
  nodes.objects = [node('stays', '1'), node('goes', '1')];
  mirror = mirrored();
  await until(() => nodes.watches.length === 1);
  nodes.objects = [node('stays', '1'), node('came', '2')];
  nodes.watches[0]!.socket!.resetAndDestroy();
  await until(() => nodes.watches.length === 2);
  expect(changes.slice(2)).toEqual(['goes:  → undefined', 'came: undefined → ']);
  expect(troubles).toEqual(['The watch of nodes broke off: aborted.']);
  await until(() => mirror.live);
});

test('one without lists is told by its watch what is there, and after a reset of the socket once more', async () => {
  mirror = mirrored({ watchOnly: true });
  await mirror.whenSynced;
  await until(() => nodes.watches.length === 1);
  nodes.send('ADDED', node('stays', '3'));
  nodes.send('ADDED', node('goes', '2'));
  await until(() => mirror.size === 2);
  nodes.watches[0]!.socket!.resetAndDestroy();
  await until(() => nodes.watches.length === 2);
  nodes.send('ADDED', node('stays', '3'));
  await until(() => mirror.size === 1);
  expect(wire.requests.filter((line) => line.includes('resourceVersion'))).toEqual([]);
  expect(nodes.lists).toBe(0);
});

test('history that has expired is answered by a list', async () => {
  mirror = mirrored();
  await until(() => nodes.watches.length === 1);
  nodes.send('ERROR', {
    kind: 'Status',
    code: 410,
    reason: 'Expired',
    message: 'too old resource version: 1 (9)',
  });
  await until(() => nodes.watches.length === 2);
  expect(nodes.lists).toBe(2);
  expect(troubles).toEqual(['too old resource version: 1 (9)']);
});

test('of a kind that was taken away there is nothing, until it is back', async () => {
  nodes.objects = [node('a', '1', { zone: 'x' })];
  mirror = mirrored();
  await until(() => nodes.watches.length === 1);
  const { answer } = nodes;
  nodes.answer = (_, response) => response.writeHead(404).end('404 page not found\n');
  nodes.watches[0]!.end();
  await until(() => troubles.length > 0);
  expect([mirror.size, mirror.live, lives]).toEqual([0, false, 1]);
  expect(changes).toEqual(['a: undefined → x', 'a: x → undefined']);
  nodes.answer = answer;
  await until(() => mirror.live);
  expect([mirror.get('a'), lives]).toEqual(['x', 2]);
});

test('a silent connection counts as dead', async () => {
  mirror = mirrored({ silence: 100 });
  await until(() => nodes.watches.length === 2);
  expect(troubles[0]).toBe('The watch of nodes was silent for 0.1 s: its connection counts as dead.');
});

test('a handler that throws stops nothing', async () => {
  mirror = mirrored();
  await until(() => nodes.watches.length === 1);
  nodes.send('ADDED', node('a', '2', { zone: 'bad' }));
  nodes.send('ADDED', node('b', '3', { zone: 'good' }));
  await until(() => mirror.get('b') === 'good');
  expect(troubles).toEqual(['the handler failed']);
  expect(nodes.lists).toBe(1);
});

test('an object that cannot be read counts as not there, and keeps no other from being seen', async () => {
  nodes.objects = [node('bad', '1', { zone: 'unreadable' }), node('good', '1', { zone: 'x' })];
  mirror = mirrored();
  await until(() => nodes.watches.length === 1);
  nodes.send('MODIFIED', node('good', '2', { zone: 'unreadable' }));
  nodes.send('ADDED', node('last', '3', { zone: 'z' }));
  await until(() => changes.length === 3);
  expect(changes).toEqual(['good: undefined → x', 'good: x → undefined', 'last: undefined → z']);
  expect(troubles).toEqual(
    ['bad', 'good'].map((name) => `${name} cannot be read, and counts as not there: no zone`),
  );
});

test('objects are found by what stands in them, however that changes', async () => {
  nodes.objects = [node('a', '1', { zone: 'x' }), node('b', '1', { zone: 'x' }), node('c', '1')];
  const indexed = new Mirror<Node, { name: string; zone: string }, 'zone'>(wire.rest, {
    resource: RESOURCES.nodes,
    select: ({ metadata }) => ({ name: metadata.name, zone: metadata.labels?.zone ?? '' }),
    indexes: { zone: ({ zone }) => zone || undefined },
  });
  mirror = indexed.start() as unknown as typeof mirror;
  const zone = (value: string) => indexed.by('zone', value).map(({ name }) => name);
  await until(() => nodes.watches.length === 1);
  expect([zone('x'), zone(''), zone('y')]).toEqual([['a', 'b'], [], []]);
  nodes.send('MODIFIED', node('a', '2', { zone: 'y' }));
  nodes.send('DELETED', node('b', '3', { zone: 'x' }));
  nodes.send('ADDED', node('d', '4', { zone: 'y' }));
  await until(() => indexed.get('d') !== undefined);
  expect([zone('x'), zone('y')]).toEqual([[], ['a', 'd']]);
  nodes.objects = [node('a', '5', { zone: 'x' })];
  nodes.watches[0]!.socket!.resetAndDestroy();
  await until(() => nodes.watches.length === 2);
  expect([zone('x'), zone('y')]).toEqual([['a'], []]);
});
