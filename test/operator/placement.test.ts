import { createHash } from 'node:crypto';
import { placementOf, type Whereabouts } from '../../src/operator/placement';
import { claim, node, user, volume } from './fixtures';

const attachment = (on: string, changes = {}) => ({
  name: `csi-${on}`,
  volume: 'pv-data',
  node: on,
  attached: true,
  deleting: false,
  ...changes,
});

const place = (changes: Partial<Whereabouts> = {}) =>
  placementOf({
    key: 'wiki/data',
    claim: claim(),
    volume: volume(),
    attachments: [],
    pods: [],
    nodes: [node('node-1'), node('node-2')],
    attachRequired: true,
    drivers: [],
    ...changes,
  });

const digest = createHash('sha256').update('handle-of-pv-data').digest('hex');

test('a volume that is bound to another claim is not read, whatever this claim says of itself', () => {
  const attachments = [attachment('node-1')];
  const of = (claim: NonNullable<ReturnType<typeof volume>['claim']>) =>
    place({ attachments, volume: volume('pv-data', { claim }) });
  expect(of({ namespace: 'wiki', name: 'data' })).toMatchObject({ node: 'node-1' });
  expect(of({ namespace: 'blog', name: 'data' })).toEqual({
    reason: 'ClaimNotBound',
    message:
      "Claim wiki/data names volume pv-data, which is bound to another claim: nothing of it is read; see 'kubectl describe pv pv-data'.",
  });
});

describe('node', () => {
  test('a VolumeAttachment tells, before any pod does', () => {
    expect(place({ attachments: [attachment('node-2')], pods: [user('a', 'node-1')] })).toMatchObject({
      node: 'node-2',
      because: 'VolumeAttachment csi-node-2',
      attachment: 'csi-node-2',
    });
  });

  test.each([
    ['not attached yet', { attached: false }, 'its VolumeAttachment csi-node-1 to node-1 is not complete'],
    ['being deleted', { deleting: true }, 'its VolumeAttachment csi-node-1 to node-1 is being deleted'],
  ])('a VolumeAttachment that is %s tells nothing', (_, changes, why) => {
    expect(place({ attachments: [attachment('node-1', changes)] })).toEqual({
      reason: 'VolumeNotAttached',
      message: `The volume of claim wiki/data is attached to no node (${why}): nothing can be read. Start the pod that uses it, or take the claim out of the ServiceBackup.`,
    });
  });

  test('of several VolumeAttachments the first ready node by name is taken, whatever their order', () => {
    const attachments = [attachment('node-3'), attachment('node-2'), attachment('node-1')];
    const nodes = [node('node-1', { ready: false }), node('node-2'), node('node-3')];
    expect(place({ attachments, nodes })).toMatchObject({ node: 'node-2' });
  });

  test('when none of them is ready the placement still stands: the group is put last', () => {
    const nodes = [node('node-1', { ready: false })];
    expect(place({ attachments: [attachment('node-1')], nodes })).toMatchObject({ node: 'node-1' });
  });

  test('without a VolumeAttachment a running pod that mounts the claim tells', () => {
    const pods = [user('other', 'node-2', 'another'), user('app', 'node-1')];
    expect(place({ pods, attachRequired: false })).toMatchObject({ node: 'node-1', because: 'Pod app' });
  });

  test.each([
    ['is not running', { status: { phase: 'Pending' } }],
    ['is going', { metadata: { name: 'app', namespace: 'wiki', deletionTimestamp: 'now' } }],
    [
      'does not mount it in any container',
      {
        spec: {
          nodeName: 'node-1',
          containers: [{ name: 'app' }],
          volumes: [{ name: 'v', persistentVolumeClaim: { claimName: 'data' } }],
        },
      },
    ],
  ])('a pod that %s tells nothing', (_, changes) => {
    expect(place({ pods: [user('app', 'node-1', 'data', changes)], attachRequired: false })).toMatchObject({
      reason: 'VolumeNotAttached',
    });
  });

  const local = (...values: string[]) =>
    volume('pv-data', {
      affinity: [{ matchExpressions: [{ key: 'kubernetes.io/hostname', operator: 'In', values }] }],
    });

  test('a volume that belongs to one node is there, when its driver attaches nothing', () => {
    expect(place({ volume: local('node-2'), attachRequired: false })).toMatchObject({
      node: 'node-2',
      because: 'node affinity of PersistentVolume pv-data',
    });
  });

  test('an affinity to several nodes does not tell where the volume is', () => {
    expect(place({ volume: local('node-1', 'node-2'), attachRequired: false })).toMatchObject({
      reason: 'VolumeNotAttached',
    });
  });

  test('a volume that must be attached is not where its affinity says until it is', () => {
    expect(place({ volume: local('node-2') })).toMatchObject({ reason: 'VolumeNotAttached' });
  });

  test('used by nobody: says so, with the mend', () => {
    expect(place()).toEqual({
      reason: 'VolumeNotAttached',
      message:
        'The volume of claim wiki/data is attached to no node (no running pod uses it): nothing can be read. Start the pod that uses it, or take the claim out of the ServiceBackup.',
    });
  });
});

describe('mount', () => {
  const attachments = [attachment('node-1')];

  test("is the driver's staging directory", () => {
    expect(place({ attachments })).toMatchObject({
      path: `/var/lib/kubelet/plugins/kubernetes.io/csi/csi.example.net/${digest}/globalmount`,
    });
  });

  test.each(['rbd.csi.ceph.com', 'rook-ceph.rbd.csi.ceph.com'])(
    'of %s is named by the volume handle',
    (driver) => {
      const ceph = volume('pv-data', { csi: { driver, handle: 'handle-of-pv-data' } });
      expect(place({ attachments, volume: ceph, kubelet: '/k' })).toMatchObject({
        path: `/k/plugins/kubernetes.io/csi/${driver}/${digest}/globalmount/handle-of-pv-data`,
      });
    },
  );

  test('what the config says of a driver wins', () => {
    const drivers = [{ name: 'csi.example.net', staging: 'handle' as const }];
    expect(place({ attachments, drivers })).toMatchObject({
      path: expect.stringMatching(/globalmount\/handle-of-pv-data$/),
    });
  });

  test.each(['..', '.', 'a/b'])('a handle %j is no name of a directory', (handle) => {
    const odd = volume('pv-data', { csi: { driver: 'rbd.csi.ceph.com', handle } });
    expect(place({ attachments, volume: odd })).toEqual({
      reason: 'DriverNotStaged',
      message: `The volume handle '${handle}' of claim wiki/data cannot be a directory's name, but driver rbd.csi.ceph.com has staging 'handle': correct 'drivers' in BackupConfig.`,
    });
  });
});

test.each([
  [
    'ClaimNotFound',
    { claim: undefined },
    'There is no claim wiki/data: correct its name in the ServiceBackup, or create it.',
  ],
  [
    'ClaimNotBound',
    { claim: claim('data', { spec: {}, status: { phase: 'Pending' } }), volume: undefined },
    "Claim wiki/data is not bound to a volume (phase Pending): start a pod that uses it, or see 'kubectl describe pvc data -n wiki'.",
  ],
  [
    'BlockVolume',
    { volume: volume('pv-data', { block: true }) },
    'Claim wiki/data is a raw block device (volumeMode Block), which has no files to back up: take it out of the ServiceBackup.',
  ],
  [
    'VolumeKindNotSupported',
    { volume: volume('pv-data', { csi: undefined }) },
    'Volume pv-data of claim wiki/data is not provided by a CSI driver: move the data to a claim whose StorageClass is.',
  ],
  [
    'DriverNotStaged',
    { volume: volume('pv-data', { csi: { driver: 'nfs.csi.k8s.io', handle: 'x' } }) },
    'CSI driver nfs.csi.k8s.io of claim wiki/data mounts volumes straight into pods, so that no directory of the node can be read. If it does stage, say so in BackupConfig: drivers: [{name: nfs.csi.k8s.io, staging: plain}].',
  ],
])('%s says what is wrong and how to mend it', (reason, changes, message) => {
  expect(place(changes)).toEqual({ reason, message });
});
