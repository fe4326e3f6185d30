import type { ServiceBackup } from '../../src/api/kinds';
import { backupView } from '../../src/operator/backup-view';
import { lookUp } from '../../src/operator/look-up';
import type { Surroundings } from '../../src/operator/observe';
import { volumeView } from '../../src/operator/views';
import { ClusterInMemory } from './cluster-in-memory';
import { backup, claim, config, item, node, observed, run } from './fixtures';

const BLOG = '/api/v1/namespaces/blog';
const CLAIM = `${BLOG}/persistentvolumeclaims/data`;
const open = { 'servicebackup.io/allow-backups-from': 'wiki' };

let cluster: ClusterInMemory;
beforeEach(async () => {
  cluster = await ClusterInMemory.open([]);
});
afterEach(() => cluster.wire.close());

const consent = (annotations: Record<string, string>) =>
  cluster.put(BLOG, { metadata: { name: 'blog', annotations } });
const declared = (...backups: ServiceBackup['spec']['backups']) =>
  backup([], { spec: { backups }, status: { run: run() } });
const fromBlog = { type: 'pvc' as const, name: 'data', namespace: 'blog' };

function look(of: ServiceBackup, others: ServiceBackup[] = []) {
  const pv = {
    metadata: { name: 'pv-data' },
    spec: { csi: { driver: 'csi.example.net', volumeHandle: 'h' } },
  };
  const attachment = { name: 'csi-1', volume: 'pv-data', node: 'node-1', attached: true, deleting: false };
  const mirrors = {
    backups: new Map(others.map((other) => [other.metadata.uid, backupView(other)])),
    volumes: { get: () => volumeView(pv as never) },
    attachments: { by: () => [attachment] },
    nodes: new Map([['node-1', node('node-1')]]),
    drivers: new Map(),
  };
  const at = { kubeletDirectory: '/var/lib/kubelet' };
  const around = { kube: cluster.wire.rest, mirrors, at } as unknown as Surroundings;
  return lookUp(around, observed(of, { config: config() }));
}
const reasonsOf = ({ places = {} }: Awaited<ReturnType<typeof look>>) =>
  Object.entries(places).map(([name, place]) => [name, 'reason' in place ? place.reason : place.node]);

test('of another namespace nothing but its consent is read, while it has not given it', async () => {
  consent({ 'servicebackup.io/allow-backups-from': 'shop' });
  cluster.put(CLAIM, claim());
  expect(reasonsOf(await look(declared(fromBlog)))).toEqual([['blog/data', 'NamespaceNotConsenting']]);
  expect(cluster.wire.requests).toEqual([`GET ${BLOG}`]);
});

test('with its consent, its claim is found; another claim of the same name here is another item', async () => {
  consent(open);
  cluster.put(CLAIM, claim());
  expect(reasonsOf(await look(declared({ type: 'pvc', name: 'data' }, fromBlog)))).toEqual([
    ['data', 'ClaimNotFound'],
    ['blog/data', 'node-1'],
  ]);
});

test('where the operator is not bound, that namespace alone is told of it', async () => {
  cluster.put('/api/v1/namespaces/wiki/persistentvolumeclaims/data', claim());
  cluster.refuse = (request) => (request === `GET ${BLOG}` ? [403, 'Forbidden'] : undefined);
  const found = await look(declared(fromBlog, { type: 'pvc', name: 'data' }));
  expect(reasonsOf(found)).toEqual([
    ['blog/data', 'NotPermitted'],
    ['data', 'node-1'],
  ]);
  expect(found.places?.['blog/data']).toMatchObject({
    message: expect.stringContaining('of namespace blog'),
  });
});

test('what is done is not looked for again', async () => {
  const done = declared(fromBlog);
  done.status!.run!.done = [item('blog/data')];
  expect(await look(done)).toEqual({ places: {} });
  expect(cluster.wire.requests).toEqual([]);
});

test('a bucket is nowhere in the cluster: it is not looked for', async () => {
  expect(await look(declared({ type: 's3', name: 'files' }))).toEqual({ places: {} });
  expect(cluster.wire.requests).toEqual([]);
});

test('a claim that a ServiceBackup of another namespace names is covered, if that may', async () => {
  const wiki = { ...declared(fromBlog), metadata: { ...declared().metadata, uid: 'other' } };
  const selector = { matchLabels: { app: 'blog' } };
  const blog = declared({ type: 'pvc', selector });
  blog.metadata.namespace = 'blog';
  cluster.put(CLAIM, claim());
  const covered = async () => (await look(blog, [wiki])).claims;
  consent({});
  expect(await covered()).toMatchObject([{ name: 'data', covered: false }]);
  consent(open);
  expect(await covered()).toMatchObject([{ name: 'data', covered: true }]);
});
