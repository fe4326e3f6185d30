import { JOB_NAMESPACE } from '../../demo/deploy';
import { until } from '../../demo/steps';
import { podTemplateName, type ServiceBackupSpec } from '../../src/api';
import { keysOf } from './bucket-tree';
import { type Fault, FaultLab, ON_NODE_1, ON_NODE_2, UNKNOWN_SECRET } from './fault-lab';
import { killContainer, runningMover } from './on-node';
import { type Behaviour, isData, pass } from './s3-fault';
import { begin, type Stories } from './stories';

jest.setTimeout(180_000);

let lab: FaultLab;

const TEMPLATE = ['podtemplate', podTemplateName('mover'), '-n', JOB_NAMESPACE];
const inMover = (field: string, value: unknown) => ({
  op: 'add',
  path: `/template/spec/containers/0/${field}`,
  value,
});

/** Faults that the Jobs' template makes. The patch holds until the Job is there. */
type Templated = Fault & { patch: object };
const OF_TEMPLATE: Templated[] = [
  {
    name: 'room',
    patch: inMover('resources', { requests: { cpu: '1000' } }),
    config: (settings) => {
      settings.jobSpec = { startDeadlineSeconds: 8 };
    },
    reason: 'PodNotScheduled',
    says: ['node-1', 'Insufficient cpu', /make room/i],
  },
  {
    name: 'image',
    claim: ON_NODE_2,
    patch: {
      op: 'replace',
      path: '/template/spec/initContainers/0/image',
      value: 'registry.invalid/restic:1',
    },
    config: (settings) => {
      settings.jobSpec = { startDeadlineSeconds: 8 };
    },
    reason: 'ImageNotPullable',
    says: ['node-2', 'registry.invalid/restic', /registry/],
  },
  {
    name: 'memory',
    patch: inMover('resources', { limits: { memory: '16Mi' } }),
    reason: 'OutOfMemory',
    says: ['node-1', 'PodTemplate service-backup-mover'],
  },
  {
    name: 'disk',
    claim: ON_NODE_2,
    // Without what it would need the disk for, at first.
    spec: { backups: [{ type: 'pvc', name: ON_NODE_2, exclude: ['pgdata/base'] }] },
    // Volume 3 is /tmp, where restic makes its packs.
    patch: {
      op: 'replace',
      path: '/template/spec/volumes/3/emptyDir',
      value: { medium: 'Memory', sizeLimit: '1Mi' },
    },
    config: (settings) => {
      settings.jobSpec = { stallSeconds: 20 };
    },
    reason: 'DiskFull',
    says: [/no space left/i, 'database'],
  },
];

/** Patches the template until the Job that `start` starts is there. */
async function patched({ name, patch }: Templated, start: () => Promise<unknown>): Promise<void> {
  const { metadata, ...original } = JSON.parse(await lab.cluster.kubectl(['get', ...TEMPLATE, '-o', 'json']));
  await lab.cluster.kubectl(['patch', ...TEMPLATE, '--type=json', '-p', JSON.stringify([patch])]);
  try {
    await start();
    const { job } = await lab.openJob(name);
    await lab.cluster.kubectl(['wait', 'job', job, '-n', JOB_NAMESPACE, '--for=create', '--timeout=20s']);
  } finally {
    const { name: template, namespace, labels, annotations } = metadata;
    const restored = { metadata: { name: template, namespace, labels, annotations }, ...original };
    await lab.cluster.kubectl(['replace', '-f', '-'], JSON.stringify(restored));
  }
}

/** A kubelet says only at its second try, ten seconds later, why it makes no container. */
const NO_CONTAINER = { startDeadlineSeconds: 20 };

const OF_CONFIG: Fault[] = [
  {
    name: 'no-secret',
    config: (settings) => {
      settings.s3BackupConfig.s3Credentials.secretName = 'absent';
      settings.jobSpec = NO_CONTAINER;
    },
    reason: 'SecretMissing',
    says: ['secret "absent" not found', JOB_NAMESPACE, /Create the Secret/],
  },
  {
    name: 'unknown-secret',
    config: (settings) => {
      settings.s3BackupConfig.s3Credentials.secretName = UNKNOWN_SECRET;
      settings.jobSpec = { startDeadlineSeconds: 5 };
    },
    reason: 'NotPermitted',
    says: ['The API server refused Job', 'the annotation servicebackup.io/secrets', UNKNOWN_SECRET],
  },
  {
    name: 'no-key',
    claim: ON_NODE_2,
    config: (settings) => {
      settings.resticPasswordSecret.secretKey = 'passwort';
      settings.jobSpec = NO_CONTAINER;
    },
    reason: 'SecretMissing',
    says: ['passwort', 'restic-pw', JOB_NAMESPACE],
  },
];

/** An S3 system that takes no data: a backup hangs in its middle, and yet ends at once when it is told to. */
const hanging: Behaviour = (asked) => (isData(asked) ? 'silence' : 'pass');

/** Makes a ServiceBackup whose S3 system behaves so. */
async function at(behaviour: Behaviour, fault: Fault) {
  const front = await lab.s3(behaviour);
  const config: Fault['config'] = (settings) => {
    fault.config?.(settings);
    settings.s3BackupConfig.s3Host = front.url;
  };
  await lab.make([{ ...fault, config }]);
  return front;
}
async function inTheMiddle(name: string, front: Awaited<ReturnType<typeof at>>) {
  const { job } = await lab.openJob(name, 120);
  const mover = await runningMover(lab.cluster, job);
  await until(`data of ${name}`, 60, async () => front.asked.find(isData));
  return { job, ...mover };
}

const STORIES: Stories = {
  'the Job does not end in time: DeadlineExceeded': async () => {
    const late: Fault = {
      name: 'late',
      claim: ON_NODE_2,
      config: (settings) => {
        settings.jobSpec = { deadlineSeconds: 10 };
      },
      reason: 'DeadlineExceeded',
      says: ['after 10 s', 'jobSpec.deadlineSeconds'],
    };
    await at(hanging, late);
    await lab.told(late);
  },

  'the mover is killed in mid-backup: MoverKilled; its lock is removed when it is in the way': async () => {
    const killed: Fault = {
      name: 'killed',
      spec: { resticRetentionPolicy: { last: 1 } },
      reason: 'MoverKilled',
      says: ['node-1', 'was killed', 'the next run starts anew'],
    };
    const front = await at(hanging, killed);
    const { container, pod } = await inTheMiddle('killed', front);
    await killContainer('node-1', container);
    await lab.told(killed);
    expect(keysOf(lab.bucket('killed'), 'locks/')).toHaveLength(1);
    front.behaviour = pass;
    // The second of them has something to forget.
    for (let run = 1; run <= 2; run++) expect((await lab.runAgain('killed')).state).toBe('Success');
    expect(keysOf(lab.bucket('killed'), 'locks/')).toEqual([]);
    const said = lab.witness.events(lab.service('killed')).map(({ message }) => message);
    expect(said).toContainEqual(expect.stringContaining(`Removed the lock of pod ${pod}`));
  },

  'the pod is deleted in mid-backup: Cancelled': async () => {
    const cancelled: Fault = {
      name: 'cancelled',
      claim: ON_NODE_2,
      reason: 'Cancelled',
      says: [/stopped from outside/i],
    };
    const { pod } = await inTheMiddle('cancelled', await at(hanging, cancelled));
    await lab.cluster.kubectl(['delete', 'pod', pod, '-n', JOB_NAMESPACE]);
    await lab.told(cancelled);
  },

  'the Job is deleted in mid-backup: it is tried again in the same run, and nothing is lost': async () => {
    const gone: Fault = {
      name: 'gone',
      claim: ON_NODE_1,
      config: (settings) => {
        settings.jobSpec = { backoffLimit: 1 };
      },
      reason: 'Cancelled',
      says: [],
    };
    const front = await at(hanging, gone);
    const { job } = await inTheMiddle('gone', front);
    front.behaviour = pass;
    await lab.cluster.kubectl(['delete', 'job', job, '-n', JOB_NAMESPACE]);
    expect((await lab.ended('gone')).lastBackup).toMatchObject({ state: 'Success' });
    expect(keysOf(lab.bucket('gone'), 'snapshots/')).toHaveLength(1);
  },

  'the pod is erased when the snapshot was just made: what it made is read back, and is a Warning':
    async () => {
      const erased: Fault = { name: 'erased', claim: ON_NODE_2, reason: 'OutcomeLost', says: [] };
      // The snapshot is made when its object is there; the mover still hangs in the removal of its lock.
      let made = false;
      const front = await at(({ method, path }) => {
        const held = made && method === 'DELETE';
        made ||= method === 'PUT' && path.includes('/snapshots/');
        return held ? 'silence' : 'pass';
      }, erased);
      const { job } = await lab.openJob('erased', 120);
      const { pod } = await runningMover(lab.cluster, job);
      await until('the snapshot', 60, async () => made || undefined);
      await lab.cluster.kubectl(['delete', 'pod', pod, '-n', JOB_NAMESPACE, '--force', '--grace-period=0']);
      front.behaviour = pass;
      const status = await lab.ended('erased');
      const [snapshot] = keysOf(lab.bucket('erased'), 'snapshots/');
      expect(status).toMatchObject({ state: 'Warning', reason: 'OutcomeLost' });
      expect(status.items).toMatchObject([{ state: 'Warning', reason: 'OutcomeLost' }]);
      expect(snapshot).toContain(status.items![0]!.snapshot);
      const history = lab.witness.history(lab.service('erased'));
      expect(history.flatMap(({ status }) => status?.run?.done.map(({ state }) => state) ?? [])).toContain(
        'Unknown',
      );
    },
};

let begun: Record<string, Promise<void>> = {};
beforeAll(async () => {
  lab = await FaultLab.open('job');
  const [room, image, memory, disk] = OF_TEMPLATE as [Templated, Templated, Templated, Templated];
  // A repository first: a mover that is killed while it makes one bars the way of the next for ten minutes.
  await lab.make([memory, disk]);
  const [first] = await Promise.all([lab.ended('memory'), lab.ended('disk')]);
  expect(first).toMatchObject({ state: 'Success' });
  // Each time both nodes are free: else the Job would be made when the template is as always.
  await patched(room, () => lab.make([room]));
  await patched(image, () => lab.make([image]));
  await Promise.all([lab.ended('room'), lab.ended('image')]);
  await patched(memory, () => lab.runNow('memory', 'second'));
  const backups: ServiceBackupSpec['backups'] = [{ type: 'pvc', name: ON_NODE_2 }];
  await patched(disk, () => lab.change('disk', { backups, runNow: 'second' }));
  await lab.make(OF_CONFIG);
  begun = begin(STORIES);
}, 90_000);
afterAll(() => lab?.close());

test.each(OF_TEMPLATE)('$name: $reason', (fault) => lab.told(fault));
test.each(OF_CONFIG)('$name: $reason', (fault) => lab.told(fault));
test.each(Object.keys(STORIES))('%s', (name) => begun[name]);
test('with enough memory and disk the next run is a Success', async () => {
  const after = await Promise.all([lab.runAgain('memory'), lab.runAgain('disk')]);
  expect(after.map(({ state }) => state)).toEqual(['Success', 'Success']);
});
