import type { ServiceBackup } from '../../src/api/kinds';
import { encodeOutcome } from '../../src/api/outcome';
import type { ServiceBackupStatus } from '../../src/api/service-backup';
import type { Job, KubeObject, Pod, PodTemplate } from '../../src/kube/objects';
import { realClock } from '../../src/operator/clock';
import { Kept } from '../../src/operator/kept';
import { Mirrors } from '../../src/operator/mirrors';
import { reconcile } from '../../src/operator/reconcile';
import { Slots } from '../../src/operator/slots';
import { until } from '../kube/api-server';
import { ClusterInMemory } from './cluster-in-memory';
import { backup, claim, config, group, item, outcome, run, serviceS3, success } from './fixtures';

const BACKUP = '/apis/servicebackup.io/v1alpha1/namespaces/wiki/servicebackups/backup';
const JOBS = '/apis/batch/v1/namespaces/service-backup-jobs/jobs';
const EVENTS = '/api/v1/namespaces/wiki/events';
const JOB_EVENTS = '/api/v1/namespaces/service-backup-jobs/events';
const PODS = '/api/v1/namespaces/service-backup-jobs/pods';
const CONFIG = '/apis/servicebackup.io/v1alpha1/namespaces/service-backup/backupconfigs/default';
const ATTACHMENT = '/apis/storage.k8s.io/v1/volumeattachments/csi-1';

const TEMPLATE = '/api/v1/namespaces/service-backup-jobs/podtemplates/service-backup-mover';

/** As the mirror has it from the beginning. */
const template = (image: string): [string, PodTemplate] => [
  TEMPLATE,
  {
    metadata: { name: 'service-backup-mover', namespace: 'service-backup-jobs' },
    template: { spec: { containers: [{ name: 'mover', image }] } },
  },
];
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
  [CONFIG, config()],
  ['/api/v1/nodes/node-1', ready('node-1')],
  ['/api/v1/nodes/node-2', ready('node-2')],
  ['/api/v1/namespaces/wiki/persistentvolumeclaims/data', claim()],
  [
    '/api/v1/persistentvolumes/pv-data',
    { metadata: { name: 'pv-data' }, spec: { csi: { driver: 'csi.example.net', volumeHandle: 'h' } } },
  ],
  [ATTACHMENT, attachment('node-1')],
  ...['mover', 'maintenance', 'bucket'].map((role): [string, object] => [
    `/api/v1/namespaces/service-backup-jobs/podtemplates/service-backup-${role}`,
    {
      metadata: { name: `service-backup-${role}` },
      template: { spec: { containers: [{ name: 'mover', image: role }] } },
    },
  ]),
];

let cluster: ClusterInMemory;
let mirrors: Mirrors;
let around: Parameters<typeof reconcile>[0];
const lost: string[] = [];
const leftovers: string[] = [];
const chores: (() => Promise<void>)[] = [];
/** There is time for them now. */
const doChores = async () => {
  for (const chore of chores.splice(0)) await chore();
};
const nothing = () => {};

/** The operator's eyes on a cluster that holds these, too. */
async function open(...more: [path: string, object: object][]): Promise<void> {
  await close();
  cluster = await ClusterInMemory.open([...objects(), ...more]);
  mirrors = new Mirrors(
    cluster.wire.rest,
    { operator: 'service-backup', jobs: 'service-backup-jobs' },
    {
      backup: nothing,
      config: nothing,
      job: nothing,
      pod: nothing,
      node: nothing,
      trouble: nothing,
      live: nothing,
    },
  );
  mirrors.start();
  await mirrors.synced();
  for (const kept of [lost, leftovers, chores]) kept.length = 0;
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
    clock: realClock,
    kept: new Kept(),
    displacement: { displaced: () => [] },
    erased: { of: () => [] },
    deletedJobs: new Set(),
    instance: 'operator-1',
    patience: { timeout: 200, pauses: [1, 1] },
    onEventLost: (error) => lost.push((error as Error).message),
    later: (chore) => chores.push(chore),
    onLeftover: (error) => leftovers.push((error as Error).message),
    onDecision: nothing,
  };
}
async function close(): Promise<void> {
  await mirrors?.stop();
  await cluster?.wire.close();
}
beforeEach(() => open());
afterAll(close);

const status = () => (cluster.objects.get(BACKUP) as ServiceBackup).status;
const jobs = () =>
  [...cluster.objects].filter(([path]) => path.startsWith(`${JOBS}/`)).map(([, job]) => job as Job);

test('the decision is in status before the Job is made, and the event comes when there is time', async () => {
  await reconcile(around, 'wiki/backup');
  expect(cluster.writes).toEqual([`PUT ${BACKUP}/status`, `POST ${JOBS}`]);
  await doChores();
  expect(cluster.writes).toEqual([`PUT ${BACKUP}/status`, `POST ${JOBS}`, `POST ${EVENTS}`]);
  expect(jobs().map(({ metadata }) => metadata.name)).toEqual([status()?.run?.groups[0]?.job]);
});

test('when somebody else wrote the status meanwhile, nothing is done, and all is looked at anew', async () => {
  cluster.refuse = (write) => (write.startsWith('PUT') ? [409, 'Conflict'] : undefined);
  const { wakeAt } = await reconcile(around, 'wiki/backup');
  expect(cluster.writes).toEqual([`PUT ${BACKUP}/status`]);
  expect(wakeAt!.getTime()).toBeLessThanOrEqual(Date.now());
  expect(around.slots.turns.busy('another')).toEqual([]);
});

test('when no answer comes, the node stays claimed: the decision may have been written', async () => {
  cluster.refuse = (write) => (write.startsWith('PUT') ? [504, 'Timeout'] : undefined);
  await expect(reconcile(around, 'wiki/backup')).rejects.toThrow('Timeout by the test');
  expect(around.slots.turns.busy('another')).toEqual(['node-1']);
});

test('a Job of a ServiceBackup made anew is nobody else to sweep, whatever is kept of the old one', async () => {
  await reconcile(around, 'wiki/backup');
  const [{ metadata, ...rest }] = jobs() as [Job];
  const anew = backup(['data'], { status: { scheduledThrough: '2999-01-01T00:00:00Z' } });
  anew.metadata.uid = 'uid-anew';
  cluster.put(BACKUP, anew);
  const labels = { ...metadata.labels, 'servicebackup.io/service-backup': 'uid-anew' };
  cluster.put(`${JOBS}/anew`, { ...rest, metadata: { ...metadata, name: 'anew', uid: 'uid-job', labels } });
  await until(() => mirrors.jobNamed('anew') !== undefined);
  cluster.writes.length = 0;
  await reconcile(around, 'wiki/backup').catch(() => {});
  expect(cluster.writes[0]).toBe(`DELETE ${JOBS}/${metadata.name}`);
  expect(around.kept.get('wiki/backup')?.metadata.uid).not.toBe('uid-wiki');
});

test('a Job is not made again when somebody has just taken its end into status', async () => {
  await reconcile(around, 'wiki/backup');
  const { name } = jobs()[0]!.metadata;
  await until(() => mirrors.jobNamed(name) !== undefined);
  cluster.remove(`${JOBS}/${name}`);
  await until(() => mirrors.jobNamed(name) === undefined);
  cluster.writes.length = 0;
  cluster.refuse = (write) => (write.startsWith('PUT') ? [409, 'Conflict'] : undefined);
  await reconcile(around, 'wiki/backup');
  expect(cluster.writes).toEqual([`PUT ${BACKUP}/status`]);
});

test('a Job that was decided long ago is not made: it may have been made, read and deleted by another operator', async () => {
  const now = jest.spyOn(performance, 'now').mockReturnValueOnce(0).mockReturnValue(5001);
  await expect(reconcile(around, 'wiki/backup')).rejects.toThrow(
    /^Job sb-\S+ is not made: since it was decided more than 5 s have gone by, and it is decided anew\.$/,
  );
  now.mockRestore();
  expect(jobs()).toEqual([]);
  await reconcile(around, 'wiki/backup');
  expect(jobs()).toHaveLength(1);
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

test('a Job of a template that is older than the fence is refused, and made a moment later of the new one: nothing fails', async () => {
  await open(template('old'));
  // As the fence does: the template has just changed, and the operator has not seen it.
  cluster.refuse = (write) => (write === `POST ${JOBS}` ? [403, 'Forbidden'] : undefined);
  await expect(reconcile(around, 'wiki/backup')).rejects.toThrow('Forbidden by the test');
  const decided = status()!.run!.groups;

  cluster.refuse = () => undefined;
  cluster.put(...template('new'));
  const imageOf = (of?: { template: PodTemplate['template'] }) => of?.template.spec.containers[0]?.image;
  await until(() => imageOf(mirrors.templates.get('service-backup-jobs/service-backup-mover')) === 'new');
  await reconcile(around, 'wiki/backup');
  expect(jobs().map(({ spec }) => imageOf(spec))).toEqual(['new']);
  expect(status()!.run).toMatchObject({ groups: decided, done: [] });
  expect(status()!.run).not.toHaveProperty('retries');
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
  expect([first.turn, second.turn].filter(Boolean)).toMatchObject([{ nodes: ['node-1'] }]);
});

describe('buckets', () => {
  const named = (name: string) => {
    const made = backup([`s3:${name}`], { spec: { runNow: 'now', backupBucketName: name }, name });
    made.metadata.uid = `uid-${name}`;
    return made;
  };
  const scratchVol = { claimName: 'copies' };

  beforeEach(() => open([CONFIG, config({ s3ServiceConfig: serviceS3, scratchVol })]));

  test('are read by a Job of their own template, and no claim of the service is looked at', async () => {
    cluster.objects.set(BACKUP, backup(['s3:files'], { spec: { runNow: 'now' } }));
    const asked: string[] = [];
    cluster.refuse = (request) => void asked.push(request);
    await reconcile(around, 'wiki/backup');
    expect(jobs()).toMatchObject([
      {
        metadata: { labels: { 'servicebackup.io/task': 'bucket' } },
        spec: { template: { spec: { containers: [{ image: 'bucket' }] } } },
      },
    ]);
    expect(asked.filter((request) => request.includes('/namespaces/wiki/p'))).toEqual([]);
    const followed = encodeURIComponent('servicebackup.io/task in (backup,bucket,maintain)');
    expect(cluster.wire.requests.filter((request) => request.includes(followed)).length).toBeGreaterThan(1);
  });

  test('of two services are copied to one claim one after the other, whichever is seen first', async () => {
    for (const name of ['one', 'two']) cluster.objects.set(BACKUP.replace(/backup$/, name), named(name));
    const [first] = await Promise.all([reconcile(around, 'wiki/one'), reconcile(around, 'wiki/two')]);
    expect(jobs()).toHaveLength(1);
    const waits = first.turn ? 'wiki/one' : 'wiki/two';
    // Its decision and its Job come by watches of their own, and both take the same place.
    await until(() => mirrors.jobs.size === 1);
    around.slots = new Slots(mirrors);
    expect((await reconcile(around, waits)).turn).toMatchObject({ nodes: ['scratch/copies'] });
    expect(jobs()).toHaveLength(1);
  });
});

test('an event that cannot be written stops nothing', async () => {
  cluster.refuse = (write) => (write === `POST ${EVENTS}` ? [403, 'Forbidden'] : undefined);
  await reconcile(around, 'wiki/backup');
  expect(jobs()).toHaveLength(1);
  await doChores();
  expect(lost).toEqual(['Forbidden by the test']);
});

test('without the PodTemplate there is a sentence, and no Job', async () => {
  cluster.objects.delete(TEMPLATE);
  await expect(reconcile(around, 'wiki/backup')).rejects.toThrow(
    'There is no PodTemplate service-backup-mover in namespace service-backup-jobs, from which Jobs are made: deploy BackupOperator.',
  );
});

describe('selectors', () => {
  const CLAIMS = '/api/v1/namespaces/wiki/persistentvolumeclaims';
  const selecting = () =>
    backup([], {
      spec: {
        runNow: 'now',
        backups: [
          { type: 'pvc', name: 'named' },
          { type: 'pvc', selector: { matchLabels: { app: 'wiki' } } },
        ],
      },
    });
  const labelled = (name: string, labels?: Record<string, string>): [string, object] => [
    `${CLAIMS}/${name}`,
    claim(name, { metadata: { name, namespace: 'wiki', ...(labels && { labels }) } }),
  ];

  test('find claims by their labels; what others of the namespace cover is not called uncovered', async () => {
    const other = backup(['theirs'], { name: 'other', spec: { backupBucketName: 'other' } });
    other.metadata.uid = 'uid-other';
    await open(
      [BACKUP, selecting()],
      [BACKUP.replace(/backup$/, 'other'), other],
      labelled('data', { app: 'wiki' }),
      labelled('theirs'),
      labelled('cache'),
    );
    await reconcile(around, 'wiki/backup');
    expect(status()).toMatchObject({
      run: {
        selected: [{ name: 'data', by: 'app=wiki' }],
        groups: [{ items: ['data'] }],
      },
      uncovered: ['cache'],
    });
    // What was listed and is not there needs no GET.
    expect(cluster.wire.requests.filter((line) => line.includes(`${CLAIMS}/`))).toEqual([]);
  });

  test('that may not list claims say which right is missing, when the RoleBinding has been waited for', async () => {
    const running = { ...run(), startedAt: new Date(Date.now() - 20_000).toISOString() };
    await open([BACKUP, { ...selecting(), status: { run: running } }]);
    cluster.refuse = (request) => (request === `GET ${CLAIMS}` ? [403, 'Forbidden'] : undefined);
    await reconcile(around, 'wiki/backup');
    expect(status()?.run).toBeUndefined();
    expect(status()?.items).toMatchObject([
      { name: 'named', reason: 'ClaimNotFound' },
      {
        name: 'app=wiki',
        reason: 'NotPermitted',
        message: expect.stringMatching(/^The operator may not read claims and pods of namespace wiki/),
      },
    ]);
  });

  test('whose claims cannot be listed for another cause decide nothing', async () => {
    await open([BACKUP, selecting()]);
    cluster.refuse = (request) => (request === `GET ${CLAIMS}` ? [500, 'InternalError'] : undefined);
    await expect(reconcile(around, 'wiki/backup')).rejects.toThrow('InternalError by the test');
    expect(cluster.writes).toEqual([]);
  });
});

test('a ServiceBackup that is gone is nobody to write to', async () => {
  cluster.objects.delete(BACKUP);
  expect(await reconcile(around, 'wiki/backup')).toEqual({ gone: true });
  expect(cluster.writes).toEqual([]);
});

describe('with Jobs', () => {
  const AGO = '2026-11-20T01:30:00Z';
  const jobOf = (name: string, run: string): [string, object] => [
    `${JOBS}/${name}`,
    {
      metadata: {
        name,
        namespace: 'service-backup-jobs',
        uid: `uid-${name}`,
        creationTimestamp: AGO,
        labels: {
          'servicebackup.io/service-backup': 'uid-wiki',
          'servicebackup.io/run': run,
          'servicebackup.io/task': 'backup',
        },
        annotations: {
          'servicebackup.io/service-backup-name': 'wiki/backup',
          'servicebackup.io/node': 'node-1',
        },
      },
    },
  ];
  const podOf = (job: string, status: Pod['status']): [string, object] => [
    `${PODS}/${job}-abcde`,
    {
      metadata: {
        name: `${job}-abcde`,
        labels: { 'batch.kubernetes.io/job-name': job, 'servicebackup.io/service-backup': 'uid-wiki' },
        annotations: { 'servicebackup.io/service-backup-name': 'wiki/backup' },
      },
      spec: { nodeName: 'node-1' },
      status,
    },
  ];
  const stuck: Pod['status'] = {
    phase: 'Pending',
    conditions: [{ type: 'PodReadyToStartContainers', status: 'False' }],
    containerStatuses: [{ name: 'mover', state: { waiting: { reason: 'ContainerCreating' } } }],
  };
  const running = ({
    run: underWay = run([group('j1', 'node-1', ['data'])]),
    ...changes
  }: ServiceBackupStatus = {}): [string, object] => [
    BACKUP,
    backup(['data'], {
      status: {
        scheduledThrough: '2999-01-01T00:00:00Z',
        ...changes,
        // These tests live now: a run of long ago would be past its deadline.
        ...(underWay && { run: { ...underWay, startedAt: new Date().toISOString() } }),
      },
    }),
  ];
  const idle = (changes: ServiceBackupStatus = {}): [string, object] => [
    BACKUP,
    backup(['data'], { status: { scheduledThrough: '2999-01-01T00:00:00Z', ...changes } }),
  ];
  const ended = (exitCode: number, message: string): Pod['status'] => ({
    phase: exitCode ? 'Failed' : 'Succeeded',
    containerStatuses: [{ name: 'mover', state: { terminated: { exitCode, message, reason: 'Error' } } }],
  });
  const failedMount = (message: string): [string, object] => [
    `${JOB_EVENTS}/j1-abcde.1`,
    { metadata: { name: 'j1-abcde.1' }, reason: 'FailedMount', message },
  ];
  // The Job was made this moment: its start deadline is not over.
  const now = (entry: [string, object]): [string, object] => {
    Object.assign((entry[1] as Job).metadata, {
      creationTimestamp: new Date(Date.now() - 20_000).toISOString(),
    });
    return entry;
  };

  test('a Job that does not say whose it is, as a former version may have left it, is ended', async () => {
    const [path, job] = jobOf('stray', 'r');
    Object.assign((job as Job).metadata, { annotations: {} });
    await open([path, job]);
    const { ownerKey } = [...mirrors.jobs.values()][0]!;
    expect(await reconcile(around, ownerKey)).toEqual({ gone: true });
    expect(cluster.writes).toEqual([`DELETE ${JOBS}/stray`]);
  });

  test('where something failed, what must be alone begins only when the API server itself knows of no other mover', async () => {
    const done = [item('data', { state: 'Warning', reason: 'UnreadableFiles', lastSuccess: AGO })];
    const ago = { timestamp: '2026-01-01T00:00:00Z', state: 'Success' as const };
    const repository = { id: 'repo', check: { ...ago, part: 1, parts: 13 }, prune: ago };
    const [path, declared] = running({ repository, run: run([], done) });
    await open([path, declared]);
    cluster.objects.set(...(podOf('j0', { phase: 'Running' }) as [string, never]));
    await expect(reconcile(around, 'wiki/backup')).rejects.toThrow(
      /^The mover of pod j0-abcde on node-1 may still be at work/,
    );
    expect(jobs()).toEqual([]);
    cluster.objects.delete(`${PODS}/j0-abcde`);
    await reconcile(around, 'wiki/backup');
    expect(jobs()).toHaveLength(1);
  });

  test('a Job that looks like a leftover is not deleted when somebody has just written', async () => {
    await open(idle());
    await reconcile(around, 'wiki/backup');
    await open([BACKUP, cluster.objects.get(BACKUP)!], jobOf('j1', 'r'));
    cluster.refuse = (write) => (write.startsWith('PUT') ? [409, 'Conflict'] : undefined);
    await reconcile(around, 'wiki/backup');
    expect(cluster.writes).toEqual([`PUT ${BACKUP}/status`]);
  });

  test('a Job at work that nobody asks for is told to end at once', async () => {
    await open(idle(), jobOf('j1', 'r'), podOf('j1', { phase: 'Running' }));
    await reconcile(around, 'wiki/backup');
    expect(cluster.writes).toContain(`DELETE ${JOBS}/j1`);
  });

  test('a Job that is over is cleared away when there is time, and is nothing to look at meanwhile', async () => {
    await open(idle(), jobOf('j1', 'r'), podOf('j1', ended(0, '')));
    await reconcile(around, 'wiki/backup');
    await reconcile(around, 'wiki/backup');
    expect(cluster.writes).toEqual([`PUT ${BACKUP}/status`]);
    await doChores();
    expect(cluster.writes).toContain(`DELETE ${JOBS}/j1`);
  });

  test('a Job that could not be cleared away is swept again', async () => {
    await open(idle(), jobOf('j1', 'r'), podOf('j1', ended(0, '')));
    cluster.refuse = (write) => (write.startsWith('DELETE') ? [403, 'Forbidden'] : undefined);
    await reconcile(around, 'wiki/backup');
    await doChores();
    expect(leftovers).toEqual(['Forbidden by the test']);
    cluster.refuse = () => undefined;
    await reconcile(around, 'wiki/backup');
    await doChores();
    expect(jobs()).toEqual([]);
  });

  test('a volume that the kubelet cannot mount is told in its own words, which are read from its events', async () => {
    const words =
      'MountVolume.SetUp failed for volume "volume-0" : hostPath type check failed: /x is not a directory';
    await open(running(), now(jobOf('j1', 'r')), podOf('j1', stuck), failedMount(words));
    await reconcile(around, 'wiki/backup');
    expect(status()).toMatchObject({ reason: 'VolumeNotStaged', message: expect.stringContaining(words) });
    expect(cluster.wire.requests).toContain(
      `GET ${JOB_EVENTS}?limit=500&fieldSelector=${encodeURIComponent('involvedObject.kind=Pod,involvedObject.name=j1-abcde,reason=FailedMount')}`,
    );
  });

  test('what buckets are copied to, and cannot be attached, is told in the words of who does that', async () => {
    const words = 'Multi-Attach error for volume "pvc-1" Volume is already used by pod(s) j0-abcde';
    const [path, made] = now(jobOf('j1', 'r'));
    const { metadata } = made as Job;
    Object.assign(metadata, {
      labels: { ...metadata.labels, 'servicebackup.io/task': 'bucket' },
      annotations: { 'servicebackup.io/service-backup-name': 'wiki/backup' },
    });
    const event = { metadata: { name: 'j1-abcde.2' }, reason: 'FailedAttachVolume', message: words };
    const reading = running({ run: run([group('j1', '', ['s3:files'])]) });
    await open(reading, [path, made], podOf('j1', stuck), [`${JOB_EVENTS}/j1-abcde.2`, event]);
    await reconcile(around, 'wiki/backup');
    expect(status()).toMatchObject({ reason: 'PodNotStarted', message: expect.stringContaining(words) });
    expect(cluster.wire.requests.filter((request) => request.includes('reason%3DFailed'))).toHaveLength(2);
  });

  test.each([
    ['volumes are read, nobody must wait for them unseen', 'node-1', 'data', { moving: { job: 'j1' } }],
    ['buckets are read, nobody can wait for them', '', 's3:files', { moving: undefined }],
  ])('while %s', async (_, on, name, seen) => {
    const atWork: Pod['status'] = {
      phase: 'Running',
      containerStatuses: [{ name: 'mover', state: { running: {} } }],
    };
    await open(running({ run: run([group('j1', on, [name])]) }), now(jobOf('j1', 'r')), podOf('j1', atWork));
    const { moving } = await reconcile(around, 'wiki/backup');
    expect({ moving }).toMatchObject(seen);
  });

  test('a Job that waits for a program of a former version goes, and another is made of the template as it is', async () => {
    const words = 'MountVolume.SetUp failed for volume "bundle" : configmap "program-1" not found';
    await open(running(), now(jobOf('j1', 'r')), podOf('j1', stuck), failedMount(words), template('new'));
    await reconcile(around, 'wiki/backup');
    await doChores();
    expect(jobs()).toEqual([]);
    expect(status()?.run).toMatchObject({
      groups: [{ job: 'j1', finishedAt: expect.any(String) }],
      done: [],
    });

    cluster.remove(`${PODS}/j1-abcde`);
    await until(() => mirrors.jobs.size + mirrors.pods.size === 0);
    await reconcile(around, 'wiki/backup');
    expect(jobs().map(({ metadata }) => metadata.name)).toEqual([expect.stringMatching(/-2$/)]);
  });

  test('that a reason is told already is no trouble: the name of its event says so', async () => {
    await open(
      running(),
      now(jobOf('j1', 'r')),
      podOf('j1', {
        ...stuck,
        containerStatuses: [{ name: 'mover', state: { waiting: { reason: 'ErrImagePull' } } }],
      }),
    );
    cluster.refuse = (write) => (write === `POST ${EVENTS}` ? [409, 'AlreadyExists'] : undefined);
    await reconcile(around, 'wiki/backup');
    expect(status()?.reason).toBe('ImageNotPullable');
    expect(lost).toEqual([]);
  });

  test('a new Job is made before an old one goes, and told that its pod is dead', async () => {
    const failed = { items: [item('data', { state: 'Failed', reason: 'MoverKilled', job: 'j0' })] };
    const [path, declared] = idle(failed);
    (declared as ServiceBackup).spec.runNow = 'now';
    await open([path, declared], jobOf('j0', 'r0'), podOf('j0', ended(137, '')));
    await reconcile(around, 'wiki/backup');
    await doChores();
    expect(cluster.writes.slice(1, 3)).toEqual([`POST ${JOBS}`, `DELETE ${JOBS}/j0`]);
    const [made] = jobs();
    const task = made!.spec!.template.spec.containers[0]!.env!.find(
      ({ name }) => name === 'SERVICE_BACKUP_TASK',
    );
    expect(JSON.parse(task!.value!).repository.deadPods).toEqual(['j0-abcde']);
  });

  test('what looks after the repository is made from its own template, and bound to no node', async () => {
    await open(running(), jobOf('j1', '0tovstcs'), podOf('j1', ended(1, 'Segmentation fault')));
    await reconcile(around, 'wiki/backup');
    const made = jobs().find(({ metadata }) => metadata.labels?.['servicebackup.io/task'] === 'maintain')!;
    expect(made.metadata.labels).toEqual({
      'servicebackup.io/task': 'maintain',
      'servicebackup.io/service-backup': 'uid-wiki',
      'servicebackup.io/run': '0tovstcs',
    });
    const { containers, affinity, volumes } = made.spec!.template.spec;
    expect({ image: containers[0]!.image, affinity, volumes }).toEqual({ image: 'maintenance' });
  });

  test('events are told though a Job is refused', async () => {
    cluster.refuse = (write) => (write === `POST ${JOBS}` ? [403, 'Forbidden'] : undefined);
    await expect(reconcile(around, 'wiki/backup')).rejects.toThrow('Forbidden by the test');
    await doChores();
    expect(cluster.writes).toContain(`POST ${EVENTS}`);
  });

  test('a heartbeat that nobody takes holds up nothing, and becomes an event without the secret', async () => {
    await open(
      running(),
      jobOf('j1', '0tovstcs'),
      podOf('j1', ended(0, encodeOutcome(outcome([success()])))),
      [
        CONFIG,
        // Whatever day it is: nothing else is due, and the run ends.
        config({
          notify: { success: 'http://127.0.0.1:9/s3cr3t' },
          check: { suspend: true },
          prune: { suspend: true },
        }),
      ],
    );
    await reconcile(around, 'wiki/backup');
    expect(status()?.lastBackup).toMatchObject({ state: 'Success', notified: true });
    const told = () =>
      [...cluster.objects.values()]
        .map((object) => object as KubeObject & { reason?: string; message?: string })
        .find(({ reason }) => reason === 'NotifyFailed');
    await until(() => told() !== undefined);
    expect(told()?.message).toMatch(/^127\.0\.0\.1:9 could not be told/);
    expect(told()?.message).not.toMatch(/s3cr3t/);
  });
});
