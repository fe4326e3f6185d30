import pino from 'pino';
import type { ServiceBackup } from '../../src/api/kinds';
import { encodeOutcome } from '../../src/api/outcome';
import type { Job } from '../../src/kube/objects';
import { Operator } from '../../src/operator/operator';
import { until } from '../kube/api-server';
import { ClusterInMemory } from './cluster-in-memory';
import { backup, claim, config, outcome, success } from './fixtures';

const NAMESPACE = '/apis/servicebackup.io/v1alpha1/namespaces/wiki/servicebackups';
const BACKUP = `${NAMESPACE}/backup`;
const JOBS = '/apis/batch/v1/namespaces/service-backup-jobs/jobs';
const PODS = '/api/v1/namespaces/service-backup-jobs/pods';

const objects = (): [string, object][] => [
  ['/api/v1/namespaces/kube-system', { metadata: { name: 'kube-system', uid: 'cluster-uid' } }],
  ['/apis/servicebackup.io/v1alpha1/namespaces/service-backup/backupconfigs/default', config()],
  [
    '/api/v1/nodes/node-1',
    { metadata: { name: 'node-1' }, status: { conditions: [{ type: 'Ready', status: 'True' }] } },
  ],
  ['/api/v1/namespaces/wiki/persistentvolumeclaims/data', claim()],
  [
    '/api/v1/persistentvolumes/pv-data',
    { metadata: { name: 'pv-data' }, spec: { csi: { driver: 'csi.example.net', volumeHandle: 'h' } } },
  ],
  [
    '/apis/storage.k8s.io/v1/volumeattachments/csi-1',
    {
      metadata: { name: 'csi-1' },
      spec: { attacher: 'csi.example.net', nodeName: 'node-1', source: { persistentVolumeName: 'pv-data' } },
      status: { attached: true },
    },
  ],
  ...['mover', 'maintenance'].map((role): [string, object] => [
    `/api/v1/namespaces/service-backup-jobs/podtemplates/service-backup-${role}`,
    {
      metadata: { name: `service-backup-${role}`, namespace: 'service-backup-jobs' },
      template: { spec: { containers: [{ name: 'mover', image: role }] } },
    },
  ]),
];

const upkeep = { timestamp: '2999-01-01T00:00:00Z', state: 'Success' as const };
/** A tick of long ago is due, and the repository has been looked after. */
const due = () => ({
  scheduledThrough: '2026-11-01T00:00:00Z',
  repository: { id: 'repo-id', recoveryKey: true, check: { ...upkeep, part: 1, parts: 1 }, prune: upkeep },
});

let cluster: ClusterInMemory;
let operator: Operator;
async function start(...more: [string, object][]): Promise<void> {
  cluster = await ClusterInMemory.open([...objects(), ...more]);
  operator = newOperator();
  await operator.start();
  await until(() => operator.waitsFor().length === 0);
}
const newOperator = () =>
  new Operator({
    kube: cluster.wire.rest,
    log: pino({ level: 'silent' }),
    operatorNamespace: 'service-backup',
    jobNamespace: 'service-backup-jobs',
    kubeletDirectory: '/var/lib/k0s/kubelet',
    instance: 'operator-1',
  });
afterEach(async () => {
  await operator.stop();
  await cluster.wire.close();
});

const status = () => (cluster.objects.get(BACKUP) as ServiceBackup).status;
const jobs = () => [...cluster.objects.keys()].filter((path) => path.startsWith(`${JOBS}/`));

/** Requests about ServiceBackups and what is theirs, each in words; its own upkeep (mirrors, Lease) is apart. */
const asked = (): string[] =>
  cluster.wire.requests
    .filter((line) => !/watch=true|limit=500|leases|kube-system/.test(line))
    .map((line) => {
      const [verb, path] = line.split(' ') as [string, string];
      const status = path.endsWith('/status') ? '/status' : '';
      const plural = path.replace(/\/namespaces\/[^/]+/, '').split('/')[path.startsWith('/apis/') ? 4 : 3];
      return `${verb} ${plural}${status}`;
    });
const quiet = async () => {
  for (let before = -1; before !== cluster.wire.requests.length; ) {
    before = cluster.wire.requests.length;
    for (let turn = 0; turn < 50; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  }
};

/** What the kubelet and the Job controller write while a Job's pod lives. */
async function live(path: string): Promise<void> {
  const job = cluster.objects.get(path) as Job;
  const pod = `${PODS}/${job.metadata.name}-abcde`;
  const { labels, annotations } = job.spec!.template.metadata!;
  const base = {
    metadata: {
      name: `${job.metadata.name}-abcde`,
      labels: { ...labels, 'batch.kubernetes.io/job-name': job.metadata.name },
      annotations,
    },
  };
  const write = async (object: object) => {
    cluster.put(pod, { ...base, ...object });
    await quiet();
  };
  const spec = { nodeName: 'node-1' };
  const state = (mover: object) => [{ name: 'mover', state: mover }];
  await write({ status: { phase: 'Pending' } });
  await write({ spec, status: { phase: 'Pending' } });
  await write({ spec, status: { phase: 'Running', containerStatuses: state({ running: {} }) } });
  const message = encodeOutcome(outcome([success()]));
  const terminated = { exitCode: 0, reason: 'Completed', message };
  cluster.put(pod, {
    ...base,
    spec,
    status: { phase: 'Succeeded', containerStatuses: state({ terminated }) },
  });
  cluster.put(path, { ...job, status: { conditions: [{ type: 'Complete', status: 'True' }] } });
  await until(() => !cluster.objects.has(path));
  cluster.remove(pod);
  await quiet();
}

test('a backup of one group takes eight requests, five of them writes', async () => {
  await start([BACKUP, backup(['data'], { status: due() })]);
  await until(() => jobs().length === 1);
  await quiet();
  await live(jobs()[0]!);
  await until(() => status()?.lastBackup !== undefined);
  await quiet();
  expect(status()?.lastBackup?.state).toBe('Success');
  expect(asked()).toEqual([
    'GET servicebackups',
    'GET persistentvolumeclaims',
    'PUT servicebackups/status',
    'GET volumeattachments',
    'POST jobs',
    'PUT servicebackups/status',
    'DELETE jobs',
    'POST events',
  ]);
  const inside = operator as unknown as Record<'kept' | 'queue' | 'displacement', { size: object }> & {
    slots: { turns: { size: object } };
    refusals: Map<string, unknown>;
  };
  expect([inside.kept.size, inside.slots.turns.size, inside.queue.size, inside.displacement.size]).toEqual([
    { objects: 0, echoes: 0, writing: 0 },
    { taken: 0, claimed: 0, kept: 0, waiting: 0, lines: 0 },
    { due: 0, working: 0, planned: 1, failing: 0 },
    { followed: 0, namespaces: 0 },
  ]);
  expect(inside.refusals.size).toBe(0);
});

test('a Job reads where the kubelets of this cluster stage volumes', async () => {
  await start([BACKUP, backup(['data'], { status: due() })]);
  await until(() => jobs().length === 1);
  const { volumes } = (cluster.objects.get(jobs()[0]!) as Job).spec!.template.spec;
  expect(JSON.stringify(volumes)).toMatch(
    /"path":"\/var\/lib\/k0s\/kubelet\/plugins\/kubernetes\.io\/csi\/csi\.example\.net\/[0-9a-f]{64}\/globalmount"/,
  );
});

test('selectors cost one list of claims a backup, in place of a GET for each, one of ServiceBackups, and no write', async () => {
  const labels = { app: 'wiki' };
  const selecting = backup([], {
    spec: { backups: [{ type: 'pvc', selector: { matchLabels: labels } }] },
    status: due(),
  });
  const metadata = { name: 'data', namespace: 'wiki', labels };
  await start(
    [BACKUP, selecting],
    ['/api/v1/namespaces/wiki/persistentvolumeclaims/data', claim('data', { metadata })],
  );
  await until(() => jobs().length === 1);
  await quiet();
  await live(jobs()[0]!);
  await until(() => status()?.lastBackup !== undefined);
  await quiet();
  expect(status()).toMatchObject({
    lastBackup: { state: 'Success' },
    selected: [{ name: 'data', by: 'app=wiki' }],
  });
  expect(
    cluster.wire.requests.filter((line) => /persistentvolumeclaims|wiki\/servicebackups\?/.test(line)),
  ).toEqual([
    'GET /api/v1/namespaces/wiki/persistentvolumeclaims?limit=500',
    'GET /apis/servicebackup.io/v1alpha1/namespaces/wiki/servicebackups?limit=500',
  ]);
  // Beside these two.
  expect(asked()).toHaveLength(7);
  expect(asked().filter((line) => !line.startsWith('GET'))).toHaveLength(5);
});

test('a new declaration takes two', async () => {
  await start();
  cluster.put(BACKUP, {
    ...backup(),
    metadata: { ...backup().metadata, creationTimestamp: new Date().toISOString() },
  });
  await until(() => status()?.nextBackup !== undefined);
  await quiet();
  expect(asked()).toEqual(['GET servicebackups', 'PUT servicebackups/status']);
});

test('an operator that starts again reads each declaration at most once, and writes none that has not changed', async () => {
  const names = ['a', 'b', 'c'];
  await start(
    ...names.map((name): [string, object] => {
      const declared = backup(['data'], { name, spec: { backupBucketName: `${name}-backup` } });
      declared.metadata.uid = `uid-${name}`;
      declared.metadata.creationTimestamp = new Date().toISOString();
      return [`${NAMESPACE}/${name}`, declared];
    }),
  );
  const written = () =>
    names.every((name) => (cluster.objects.get(`${NAMESPACE}/${name}`) as ServiceBackup).status);
  await until(written);
  await quiet();
  await operator.stop();
  cluster.wire.requests.length = 0;
  operator = newOperator();
  await operator.start();
  await until(() => operator.waitsFor().length === 0);
  await quiet();
  expect(asked().filter((line) => !line.startsWith('GET'))).toEqual([]);
  expect(asked().length).toBeLessThanOrEqual(names.length);
});

test("what somebody else changes while a run is under way is seen, though the run's steps read nothing", async () => {
  await start([BACKUP, backup(['data'], { status: due() })]);
  await until(() => jobs().length === 1);
  await quiet();
  const now = cluster.objects.get(BACKUP) as ServiceBackup;
  cluster.put(BACKUP, { ...now, spec: { ...now.spec, runNow: 'again' } });
  await quiet();
  await live(jobs()[0]!);
  await until(() => status()?.run?.trigger === 'RunNow');
  expect(status()?.seenRunNow).toEqual(['again']);
});

test('a Job of a ServiceBackup that is deleted while it runs is told to end', async () => {
  await start([BACKUP, backup(['data'], { status: due() })]);
  await until(() => jobs().length === 1);
  await quiet();
  cluster.remove(BACKUP);
  await until(() => jobs().length === 0);
});

test('a Job that is left of a ServiceBackup made anew is told to end', async () => {
  await start([BACKUP, backup(['data'], { status: due() })]);
  await until(() => jobs().length === 1);
  await quiet();
  const anew = backup(['data'], { status: { scheduledThrough: '2999-01-01T00:00:00Z' } });
  anew.metadata.uid = 'uid-anew';
  cluster.put(BACKUP, anew);
  await until(() => jobs().length === 0);
});
