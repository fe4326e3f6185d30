import type { ServiceBackup } from '../../src/api/kinds';
import type { Job } from '../../src/kube/objects';
import { Mirrors } from '../../src/operator/mirrors';
import { reconcile } from '../../src/operator/reconcile';
import { Slots } from '../../src/operator/slots';
import { ClusterInMemory } from './cluster-in-memory';
import { backup, claim, config } from './fixtures';

const BACKUP = '/apis/servicebackup.io/v1alpha1/namespaces/wiki/servicebackups/backup';
const JOBS = '/apis/batch/v1/namespaces/service-backup-jobs/jobs';
const EVENTS = '/api/v1/namespaces/wiki/events';
const ATTACHMENT = '/apis/storage.k8s.io/v1/volumeattachments/csi-1';

const attachment = (nodeName: string) => ({
  metadata: { name: 'csi-1' },
  spec: { attacher: 'csi.example.net', nodeName, source: { persistentVolumeName: 'pv-data' } },
  status: { attached: true },
});
const ready = (name: string) => ({
  metadata: { name },
  status: { conditions: [{ type: 'Ready', status: 'True' }] },
});
const objects = (): [string, object][] => [
  [BACKUP, backup(['data'], { spec: { runNow: 'now' } })],
  ['/apis/servicebackup.io/v1alpha1/namespaces/service-backup/backupconfigs/default', config()],
  ['/api/v1/nodes/node-1', ready('node-1')],
  ['/api/v1/nodes/node-2', ready('node-2')],
  ['/api/v1/namespaces/wiki/persistentvolumeclaims/data', claim()],
  [
    '/api/v1/persistentvolumes/pv-data',
    { metadata: { name: 'pv-data' }, spec: { csi: { driver: 'csi.example.net', volumeHandle: 'h' } } },
  ],
  [ATTACHMENT, attachment('node-1')],
  [
    '/api/v1/namespaces/service-backup-jobs/podtemplates/service-backup-mover',
    {
      metadata: { name: 'service-backup-mover' },
      template: { spec: { containers: [{ name: 'mover', image: 'node' }] } },
    },
  ],
];

let cluster: ClusterInMemory;
let mirrors: Mirrors;
let around: Parameters<typeof reconcile>[0];
const lost: string[] = [];

beforeEach(async () => {
  cluster = await ClusterInMemory.open(objects());
  const nothing = () => {};
  mirrors = new Mirrors(
    cluster.wire.rest,
    { operator: 'service-backup', jobs: 'service-backup-jobs' },
    { backup: nothing, config: nothing, job: nothing, pod: nothing, node: nothing, trouble: nothing },
  );
  mirrors.start();
  await mirrors.synced();
  lost.length = 0;
  around = {
    kube: cluster.wire.rest,
    mirrors,
    at: {
      cluster: 'cluster-uid',
      jobNamespace: 'service-backup-jobs',
      operatorNamespace: 'service-backup',
    },
    slots: new Slots(mirrors),
    refusals: new Map(),
    instance: 'operator-1',
    onEventLost: (error) => lost.push((error as Error).message),
    onDecision: nothing,
  };
});
afterEach(async () => {
  await mirrors.stop();
  await cluster.wire.close();
});

const status = () => (cluster.objects.get(BACKUP) as ServiceBackup).status;
const jobs = () =>
  [...cluster.objects].filter(([path]) => path.startsWith(`${JOBS}/`)).map(([, job]) => job as Job);

test('the decision is in status before the Job is made, and the event comes last', async () => {
  await reconcile(around, 'wiki/backup');
  expect(cluster.writes).toEqual([`PUT ${BACKUP}/status`, `POST ${JOBS}`, `POST ${EVENTS}`]);
  expect(jobs().map(({ metadata }) => metadata.name)).toEqual([status()?.run?.groups[0]?.job]);
});

test('when somebody else wrote the status meanwhile, nothing is done, and all is looked at anew', async () => {
  cluster.refuse = (write) => (write.startsWith('PUT') ? [409, 'Conflict'] : undefined);
  const { wakeAt } = await reconcile(around, 'wiki/backup');
  expect(cluster.writes).toEqual([`PUT ${BACKUP}/status`]);
  expect(wakeAt!.getTime()).toBeLessThanOrEqual(Date.now());
  expect(around.slots.busy('another')).toEqual([]);
});

test('a Job that exists already is ours: its name says so', async () => {
  cluster.refuse = (write) => (write === `POST ${JOBS}` ? [409, 'AlreadyExists'] : undefined);
  await reconcile(around, 'wiki/backup');
  expect(status()?.run?.groups).toHaveLength(1);
});

test("a Job that is refused is tried again under its name, and then fails in the API server's words", async () => {
  cluster.refuse = (write) => (write === `POST ${JOBS}` ? [422, 'Invalid'] : undefined);
  await expect(reconcile(around, 'wiki/backup')).rejects.toThrow('Invalid by the test');
  const { job } = status()!.run!.groups[0]!;
  await reconcile(around, 'wiki/backup');
  expect(status()?.lastBackup).toMatchObject({
    state: 'Failed',
    reason: 'PodNotStarted',
    message: `The API server refused Job ${job}: Invalid by the test`,
  });
});

test('a volume that moved between decision and Job is not read where it was', async () => {
  // The mirror still says node-1: its watch has not been told.
  cluster.objects.set(ATTACHMENT, attachment('node-2'));
  await expect(reconcile(around, 'wiki/backup')).rejects.toThrow(
    'VolumeAttachment csi-1 of wiki/backup has just changed: placed again.',
  );
  expect(jobs()).toEqual([]);
});

test('two services on one node are read one after the other, though both are looked at together', async () => {
  const other = backup(['data'], { spec: { runNow: 'now', backupBucketName: 'other' }, name: 'other' });
  other.metadata.uid = 'uid-other';
  cluster.objects.set(BACKUP.replace(/backup$/, 'other'), other);
  const [first, second] = await Promise.all([
    reconcile(around, 'wiki/backup'),
    reconcile(around, 'wiki/other'),
  ]);
  expect(jobs()).toHaveLength(1);
  expect([first.waiting, second.waiting].sort()).toEqual([false, true]);
});

test('an event that cannot be written stops nothing', async () => {
  cluster.refuse = (write) => (write === `POST ${EVENTS}` ? [403, 'Forbidden'] : undefined);
  await reconcile(around, 'wiki/backup');
  expect(jobs()).toHaveLength(1);
  expect(lost).toEqual(['Forbidden by the test']);
});

test('without the PodTemplate there is a sentence, and no Job', async () => {
  cluster.objects.delete('/api/v1/namespaces/service-backup-jobs/podtemplates/service-backup-mover');
  await expect(reconcile(around, 'wiki/backup')).rejects.toThrow(
    'There is no PodTemplate service-backup-mover in namespace service-backup-jobs, from which Jobs are made: deploy BackupOperator.',
  );
});

test('a ServiceBackup that is gone is nobody to write to', async () => {
  cluster.objects.delete(BACKUP);
  expect(await reconcile(around, 'wiki/backup')).toEqual({ waiting: false, gone: true });
  expect(cluster.writes).toEqual([]);
});
