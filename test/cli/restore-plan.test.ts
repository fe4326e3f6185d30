import type { ServiceBackup } from '../../src/api';
import { Failure, UsageError } from '../../src/cli/failure';
import {
  checkStorageClass,
  chooseItem,
  claimOf,
  type RestoreRequest,
  shapeOf,
} from '../../src/cli/restore-plan';
import type { PersistentVolumeClaim } from '../../src/kube/objects';

const service = (...items: string[]): ServiceBackup => ({
  apiVersion: 'servicebackup.io/v1alpha1',
  kind: 'ServiceBackup',
  metadata: { name: 'backup', namespace: 'wiki', uid: 'u', resourceVersion: '1' },
  spec: { backupBucketName: 'wiki', backups: items.map((name) => ({ type: 'pvc', name })) },
});

const request = (flags: Partial<RestoreRequest> = {}): RestoreRequest => ({
  select: { latest: true },
  toClaim: 'data-restored',
  ...flags,
});

const claim = (spec: PersistentVolumeClaim['spec'], capacity?: string): PersistentVolumeClaim => ({
  metadata: { name: 'data', namespace: 'wiki' },
  spec,
  ...(capacity && { status: { phase: 'Bound', capacity: { storage: capacity } } }),
});
const ordinary = claim({
  accessModes: ['ReadWriteOnce'],
  storageClassName: 'fast',
  resources: { requests: { storage: '10Gi' } },
});

describe('the item', () => {
  test('need not be named when there is only one', () => {
    expect(chooseItem(service('data'), undefined)).toBe('data');
  });

  test('must be named when there are several', () => {
    expect(() => chooseItem(service('data', 'config'), undefined)).toThrow(
      new UsageError('wiki/backup has 2 claims: choose one by --item (data, config).'),
    );
  });

  describe('of a service whose claims are selected by labels', () => {
    const selecting = (...found: string[]): ServiceBackup => ({
      ...service(),
      spec: { ...service().spec, backups: [{ type: 'pvc', selector: { matchLabels: { app: 'wiki' } } }] },
      status: { selected: found.map((name) => ({ name, by: 'app=wiki' })) },
    });

    test('is one of those that were found', () => {
      expect(chooseItem(selecting('data-0'), undefined)).toBe('data-0');
      expect(() => chooseItem(selecting('data-0', 'data-1'), undefined)).toThrow(
        'wiki/backup has 2 claims: choose one by --item (data-0, data-1).',
      );
    });

    test('must be named while none has been found', () => {
      expect(() => chooseItem(selecting(), undefined)).toThrow(
        "wiki/backup has selected no claim by its labels: say by --item which is meant ('service-backup snapshots wiki/backup' lists them).",
      );
    });
  });

  describe('that is a bucket', () => {
    const withBuckets = (...names: string[]): ServiceBackup => ({
      ...service(),
      spec: {
        ...service().spec,
        backups: [{ type: 'pvc', name: 'data' }, ...names.map((name) => ({ type: 's3' as const, name }))],
      },
    });

    test('need not be named when there is only one, whatever claims there are', () => {
      expect(chooseItem(withBuckets('files'), undefined, 'bucket')).toBe('s3:files');
    });

    test.each([
      [['files', 'media'], 'wiki/backup has 2 buckets: choose one by --item (s3:files, s3:media).'],
      [
        [],
        "wiki/backup declares no bucket: say by --item which is meant ('service-backup snapshots wiki/backup' lists what was backed up).",
      ],
    ])('must be named when there are %j', (names, message) => {
      expect(() => chooseItem(withBuckets(...names), undefined, 'bucket')).toThrow(new UsageError(message));
    });
  });

  test('may be one that is no longer declared: its snapshots are still there', () => {
    expect(chooseItem(service('data'), 'attachments')).toBe('attachments');
  });
});

describe('the shape of the new claim', () => {
  const shape = (original?: PersistentVolumeClaim, flags: Partial<RestoreRequest> = {}) =>
    shapeOf(request(flags), { name: 'wiki/data', claim: original });

  test("is that of the item's claim", () => {
    expect(shape(ordinary)).toEqual({ size: '10Gi', storageClass: 'fast', accessModes: ['ReadWriteOnce'] });
  });

  test('has the size the volume really has, if that is known', () => {
    expect(shape(claim(ordinary.spec, '12Gi')).size).toBe('12Gi');
  });

  test('is what the flags say, where they say something', () => {
    expect(shape(ordinary, { size: '20Gi', storageClass: 'slow' })).toEqual({
      size: '20Gi',
      storageClass: 'slow',
      accessModes: ['ReadWriteOnce'],
    });
  });

  test('can be written to, even if the original could only be read', () => {
    expect(shape(claim({ ...ordinary.spec, accessModes: ['ReadOnlyMany'] })).accessModes).toEqual([
      'ReadWriteOnce',
    ]);
  });

  test.each<[string, PersistentVolumeClaim | undefined, Partial<RestoreRequest>, string]>([
    [
      'the original is gone',
      undefined,
      { size: '20Gi' },
      'There is no claim wiki/data any more to take size and storage class from: say both by --size (e.g. 20Gi) and --storage-class.',
    ],
    [
      'the original is a block device',
      claim({ ...ordinary.spec, volumeMode: 'Block' }),
      {},
      'Claim wiki/data is a raw block device, which has no files: it cannot have been backed up.',
    ],
    [
      'the original has no size',
      claim({ storageClassName: 'fast' }),
      {},
      'Claim wiki/data does not say how large it is: say it by --size, e.g. 20Gi.',
    ],
    [
      'the original has no class',
      claim({ ...ordinary.spec, storageClassName: '' }),
      {},
      'Claim wiki/data has no storage class, so that no volume can be made like it: choose a class by --storage-class.',
    ],
  ])('is not known when %s', (_, original, flags, message) => {
    expect(() => shape(original, flags)).toThrow(new Failure(message));
  });

  test('is known without the original from the two flags', () => {
    expect(shape(undefined, { size: '20Gi', storageClass: 'slow' })).toEqual({
      size: '20Gi',
      storageClass: 'slow',
      accessModes: ['ReadWriteOnce'],
    });
  });
});

test.each([
  [
    undefined,
    "There is no storage class fast: choose another by --storage-class ('kubectl get storageclass' lists them).",
  ],
  [
    'kubernetes.io/no-provisioner',
    "Storage class fast does not make volumes by itself: choose another by --storage-class ('kubectl get storageclass' lists them).",
  ],
])('a storage class with provisioner %p is refused at once', (provisioner, message) => {
  const found = provisioner === undefined ? undefined : { metadata: { name: 'fast' }, provisioner };

  expect(() => checkStorageClass('fast', found)).toThrow(new Failure(message));
});

test('a claim without a class leaves the choice to the cluster', () => {
  expect(
    claimOf({ namespace: 'wiki', name: 'data-restored' }, { size: '1Gi', accessModes: ['ReadWriteOnce'] }),
  ).toEqual({
    metadata: { namespace: 'wiki', name: 'data-restored' },
    spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
  });
});
