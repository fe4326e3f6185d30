import { placeWiki } from './deployment';
import { type Fault, FaultLab, NAMESPACE, ON_NODE_1, ON_NODE_2 } from './fault-lab';
import { unstage } from './on-node';
import { begin, type Stories } from './stories';

jest.setTimeout(180_000);

let lab: FaultLab;

/** A volume that no driver ever made: the claim is bound to it all the same. */
const volume = (name: string, source: object, volumeMode = 'Filesystem') => {
  const claim = `placement-${name}`;
  const common = {
    accessModes: ['ReadWriteOnce'],
    storageClassName: '',
    volumeMode,
  };
  return [
    {
      apiVersion: 'v1',
      kind: 'PersistentVolume',
      metadata: { name: claim },
      spec: {
        ...common,
        capacity: { storage: '1Mi' },
        claimRef: { namespace: NAMESPACE, name: claim },
        persistentVolumeReclaimPolicy: 'Retain',
        ...source,
      },
    },
    {
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: { name: claim, namespace: NAMESPACE },
      spec: { ...common, volumeName: claim, resources: { requests: { storage: '1Mi' } } },
    },
  ];
};
const csi = (driver: string) => ({ csi: { driver, volumeHandle: 'vol-nobody-made' } });

const FAULTS: (Fault & { claim: string })[] = [
  {
    name: 'unknown',
    claim: 'placement-unknown',
    reason: 'ClaimNotFound',
    says: ['no claim guestbook/placement-unknown', 'create it'],
  },
  {
    name: 'unbound',
    claim: 'placement-unbound',
    reason: 'ClaimNotBound',
    says: ['guestbook/placement-unbound is not bound', 'kubectl describe pvc placement-unbound -n guestbook'],
  },
  {
    name: 'block',
    claim: 'placement-block',
    reason: 'BlockVolume',
    says: ['guestbook/placement-block is a raw block device', 'take it out of the ServiceBackup'],
  },
  {
    name: 'host-path',
    claim: 'placement-host-path',
    reason: 'VolumeKindNotSupported',
    says: ['Volume placement-host-path of claim guestbook/placement-host-path', 'StorageClass'],
  },
  {
    name: 'not-staging',
    claim: 'placement-not-staging',
    reason: 'DriverNotStaged',
    says: ['CSI driver nfs.csi.k8s.io', 'drivers:'],
  },
  {
    name: 'detached',
    claim: 'placement-detached',
    reason: 'VolumeNotAttached',
    says: ['guestbook/placement-detached is attached to no node', 'Start the pod that uses it'],
  },
];

const STORIES: Stories = {
  'attached, but not staged: an empty directory, or none, is VolumeNotStaged; Success when it is mounted again':
    async () => {
      const [empty, missing]: Fault[] = [
        {
          name: 'empty',
          claim: ON_NODE_1,
          reason: 'VolumeNotStaged',
          says: ['uploads', /not mounted/, /restart the pod that uses/i],
        },
        {
          name: 'missing',
          claim: ON_NODE_2,
          config: (settings) => {
            settings.jobSpec = { startDeadlineSeconds: 10 };
          },
          reason: 'VolumeNotStaged',
          // The kubelet's own words.
          says: ['database', 'hostPath type check failed', /restart the pod that uses/i],
        },
      ];
      // A Job that has begun to start would find, or make, a directory.
      await lab.ended('together');
      const mount = [
        await unstage(lab.cluster, 'node-1', {
          namespace: NAMESPACE,
          claim: ON_NODE_1,
          leave: 'a directory',
        }),
        await unstage(lab.cluster, 'node-2', { namespace: NAMESPACE, claim: ON_NODE_2, leave: 'nothing' }),
      ];
      try {
        await lab.make([empty!, missing!]);
        await lab.told(empty!);
        await lab.told(missing!);
      } finally {
        for (const again of mount) await again();
      }
      const after = await Promise.all([lab.runAgain('empty'), lab.runAgain('missing')]);
      expect(after.map(({ state }) => state)).toEqual(['Success', 'Success']);
    },

  'a service that moves while its Job waits for the volume is read where it went': async () => {
    // On node-2 the Job's pod waits for a directory that is not there.
    await unstage(lab.cluster, 'node-2', { namespace: 'wiki', claim: 'pages', leave: 'nothing' });
    await lab.makeBuckets('moved');
    await lab.apply(
      lab.config('patient', (settings) => {
        settings.jobSpec = { startDeadlineSeconds: 60 };
      }),
      lab.declaration('moved', ['pages'], { backupConfig: 'placement-patient' }, 'wiki'),
    );
    expect(await lab.openJob('moved', 60, 'wiki')).toMatchObject({ node: 'node-2' });
    await placeWiki(lab.cluster, 'node-1');
    const status = await lab.ended('moved', 90, undefined, 'wiki');
    expect(status).toMatchObject({ state: 'Success' });
    expect(status.items).toMatchObject([{ state: 'Success', placement: { node: 'node-1' } }]);
    await placeWiki(lab.cluster, 'node-2');
  },
};

let begun: Record<string, Promise<void>> = {};
beforeAll(async () => {
  lab = await FaultLab.open('placement');
  await lab.apply(
    ...volume('block', csi('csi.testbed.local'), 'Block'),
    ...volume('host-path', { hostPath: { path: '/var/tmp' } }),
    ...volume('not-staging', csi('nfs.csi.k8s.io')),
    ...volume('detached', csi('csi.testbed.local')),
    {
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: { name: 'placement-unbound', namespace: NAMESPACE },
      spec: {
        accessModes: ['ReadWriteOnce'],
        storageClassName: 'no-such-class',
        resources: { requests: { storage: '1Mi' } },
      },
    },
  );
  await lab.cluster.kubectl([
    'wait',
    'pvc',
    '-n',
    NAMESPACE,
    ...['block', 'host-path', 'not-staging', 'detached'].map((name) => `placement-${name}`),
    '--for=jsonpath={.status.phase}=Bound',
    '--timeout=30s',
  ]);
  await lab.makeBuckets('together');
  const together = [...FAULTS.map(({ claim }) => claim), ON_NODE_2] as string[];
  await lab.apply(
    lab.config('together'),
    lab.declaration('together', together, { backupConfig: 'placement-together' }),
  );
  await lab.make(FAULTS);
  begun = begin(STORIES);
}, 60_000);
afterAll(() => lab?.close());

test.each(FAULTS)('$name: $reason', (fault) => lab.told(fault));

test('all of them in one service: each item has its own reason, and the one that can be read is backed up', async () => {
  const status = await lab.ended('together');
  expect(status).toMatchObject({ state: 'Failed', reason: 'ItemsFailed' });
  expect(status.items!.map(({ name, state, reason }) => [name, state, reason])).toEqual([
    ...FAULTS.map(({ claim, reason }) => [claim, 'Failed', reason]),
    [ON_NODE_2, 'Success', undefined],
  ]);
  for (const { claim } of FAULTS) expect(status.lastBackup!.message).toContain(claim);
});

test.each(Object.keys(STORIES))('%s', (name) => begun[name]);
