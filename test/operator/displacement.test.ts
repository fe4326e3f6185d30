import type { Pod } from '../../src/kube/objects';
import { Displacement, userView } from '../../src/operator/displacement';
import { until } from '../kube/api-server';
import { ClusterInMemory } from './cluster-in-memory';
import { FakeClock } from './fake-clock';
import { group, user, volume } from './fixtures';

const PODS = '/api/v1/namespaces/wiki/pods';
const pending = (name: string, on: string, claim = 'data', changes: Partial<Pod> = {}): Pod =>
  user(name, on, claim, { status: { phase: 'Pending' }, ...changes });
const begun = (state: object): Partial<Pod> => ({
  status: { phase: 'Pending', initContainerStatuses: [{ name: 'init', state }] },
});

describe('a pod waits', () => {
  test('from when it is scheduled until a container has begun', () => {
    expect(userView(pending('app', 'node-2'))).toEqual({
      name: 'app',
      node: 'node-2',
      claims: ['data'],
      waits: true,
    });
  });

  test.each([
    ['is not scheduled', pending('app', '')],
    ['is told to end', pending('app', 'n', 'data', { metadata: { name: 'app', deletionTimestamp: 'now' } })],
    ['has ended', pending('app', 'n', 'data', { status: { phase: 'Failed' } })],
    ['runs its init container', pending('app', 'n', 'data', begun({ running: {} }))],
    ['ran its init container', pending('app', 'n', 'data', begun({ terminated: { exitCode: 0 } }))],
    [
      'crashed and starts again',
      pending('app', 'n', 'data', {
        status: { phase: 'Running', containerStatuses: [{ name: 'app', restartCount: 3, state: {} }] },
      }),
    ],
  ])('not when it %s', (_, pod) => {
    expect(userView(pod).waits).toBe(false);
  });
});

describe('while a group is read', () => {
  let cluster: ClusterInMemory;
  let clock: FakeClock;
  let displacement: Displacement;
  let woken: string[];
  let shared: string[];
  beforeEach(async () => {
    cluster = await ClusterInMemory.open([]);
    clock = new FakeClock();
    woken = [];
    shared = [];
    const volumes = {
      by: (_: string, claim: string) => (shared.includes(claim) ? [volume('pv', { shared: true })] : []),
    };
    displacement = new Displacement(cluster.wire.rest, { volumes } as never, {
      clock,
      onChange: (key) => woken.push(key),
      onTrouble: () => {},
    });
  });
  afterEach(async () => {
    await displacement.stop();
    await cluster.wire.close();
  });
  const asked = (what: string) => cluster.wire.requests.filter((line) => line.includes(what)).length;
  const read = (job: string, ...items: string[]) => {
    displacement.follow('wiki/backup', group(job, 'node-1', items));
    clock.advance(10_000);
  };

  test('for less than ten seconds, nothing is asked', async () => {
    displacement.follow('wiki/backup', group('j1', 'node-1', ['data']));
    clock.advance(9999);
    displacement.follow('wiki/backup', undefined);
    clock.advance(60_000);
    expect(cluster.wire.requests).toEqual([]);
    expect(clock.next).toBe(Number.POSITIVE_INFINITY);
  });

  test('for longer, a pod that must start on another node is seen at once, and no longer when it has gone', async () => {
    read('j1', 'data');
    await until(() => asked('watch=true') === 1);
    expect(displacement.displaced('wiki/backup')).toEqual([]);
    cluster.put(`${PODS}/app`, pending('app', 'node-2'));
    await until(() => woken.length === 1);
    expect(displacement.displaced('wiki/backup')).toEqual([{ item: 'data', pod: 'app', node: 'node-2' }]);
    cluster.remove(`${PODS}/app`);
    await until(() => woken.length === 2);
    expect(displacement.displaced('wiki/backup')).toEqual([]);
    expect(cluster.wire.requests).toHaveLength(1);
    expect(cluster.wire.requests[0]).toContain('fieldSelector=status.phase%3DPending');
  });

  test('a pod that waited before is seen, too: an operator that starts again follows anew', async () => {
    cluster.put(`${PODS}/app`, pending('app', 'node-2'));
    read('j1', 'data');
    await until(() => woken.length === 1);
    expect(displacement.displaced('wiki/backup')).toHaveLength(1);
  });

  test.each([
    ['on the same node', pending('app', 'node-1')],
    ['that uses another volume', pending('app', 'node-2', 'other')],
    ['that has begun', user('app', 'node-2', 'data', begun({ running: {} }))],
  ])('a pod %s waits for nobody', async (_, pod) => {
    cluster.put(`${PODS}/app`, pod);
    cluster.put(`${PODS}/last`, pending('last', 'node-3'));
    read('j1', 'data');
    await until(() => displacement.displaced('wiki/backup').length > 0);
    expect(displacement.displaced('wiki/backup').map((found) => found.pod)).toEqual(['last']);
  });

  test('a volume that many nodes may use holds up nobody', async () => {
    shared.push('wiki/data');
    cluster.put(`${PODS}/app`, pending('app', 'node-2'));
    cluster.put(`${PODS}/other`, pending('other', 'node-2', 'more'));
    read('j1', 'data', 'more');
    await until(() => displacement.displaced('wiki/backup').length > 0);
    expect(displacement.displaced('wiki/backup').map(({ item }) => item)).toEqual(['more']);
  });

  test('a volume of another namespace is waited for by the pods there, and by none of the same claim name here', async () => {
    cluster.put(`${PODS}/app`, pending('app', 'node-2'));
    cluster.put('/api/v1/namespaces/blog/pods/blog', {
      ...pending('blog', 'node-3'),
      metadata: { name: 'blog', namespace: 'blog' },
    });
    read('j1', 'blog/data');
    await until(() => woken.length === 1);
    expect(displacement.displaced('wiki/backup')).toEqual([
      { item: 'blog/data', pod: 'blog', node: 'node-3' },
    ]);
    read('j2', 'more', 'blog/data');
    await until(() => asked('watch=true') === 3);
    displacement.follow('wiki/backup', undefined);
    expect(displacement.size).toEqual({ followed: 0, namespaces: 0 });
  });

  test('two ServiceBackups of one namespace follow it once, for as long as one of them reads', async () => {
    read('j1', 'data');
    displacement.follow('wiki/second', group('j2', 'node-1', ['more']));
    clock.advance(10_000);
    await until(() => asked('watch=true') === 1);
    displacement.follow('wiki/backup', undefined);
    expect(displacement.size).toEqual({ followed: 1, namespaces: 1 });
    cluster.put(`${PODS}/app`, pending('app', 'node-2', 'more'));
    await until(() => woken.length === 1);
    expect(woken).toEqual(['wiki/second']);
    displacement.follow('wiki/second', undefined);
    expect(displacement.size).toEqual({ followed: 0, namespaces: 0 });
  });
});
