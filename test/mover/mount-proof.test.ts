import { proveMount } from '../../src/mover/mount-proof';

const CONTAINER = `
2270 2113 0:245 / / ro,relatime master:871 - overlay overlay rw,lowerdir=/l/A:/l/B,upperdir=/d,workdir=/w
2271 2270 0:247 / /proc rw,nosuid,nodev,noexec,relatime - proc proc rw
2280 2270 254:1 /var/lib/kubelet/pods/3f/etc-hosts /etc/hosts rw,relatime - ext4 /dev/vda1 rw
2281 2270 254:1 /var/lib/kubelet/pods/3f/volumes/kubernetes.io~empty-dir/cache /cache rw,relatime - ext4 /dev/vda1 rw`;

const seeing = (...lines: string[]) => `${CONTAINER}\n${lines.join('\n')}\n`;
const prove =
  (mountinfo: string, path = '/volumes/0') =>
  () =>
    proveMount(mountinfo, path, 'data');

describe('what is a volume, and may be read', () => {
  test.each([
    ['ext4 on a block device', '2282 2270 7:0 / /volumes/0 ro,relatime - ext4 /dev/loop0 rw'],
    [
      'ceph RBD, staged below the volume handle',
      '2282 2270 252:16 / /volumes/0 ro,relatime - ext4 /dev/rbd1 rw,discard,stripe=16',
    ],
    [
      'XFS, with propagation fields',
      '2282 2270 252:0 / /volumes/0 ro,nosuid,relatime master:12 propagate_from:2 - xfs /dev/rbd0 rw,attr2',
    ],
    [
      'CephFS, whose source has colons and slashes',
      '2282 2270 0:301 / /volumes/0 ro,relatime - ceph 10.0.0.1:6789,10.0.0.2:6789:/volumes/csi/csi-vol-3f rw,name=csi',
    ],
    ['a source with a space in it', '2282 2270 0:301 / /volumes/0 ro,relatime - cifs //nas/my\\040share rw'],
  ])('%s', (_, line) => {
    expect(prove(seeing(line))).not.toThrow();
  });

  test('a path with a space and a backslash, which the kernel writes as octal digits', () => {
    const line = '2282 2270 7:0 / /volumes/my\\040data\\134x ro,relatime - ext4 /dev/loop0 rw';
    expect(prove(seeing(line), '/volumes/my data\\x')).not.toThrow();
  });

  test('another item, and mounts below the volume, do not matter', () => {
    const mountinfo = seeing(
      '2282 2270 7:0 / /volumes/0 ro,relatime - ext4 /dev/loop0 rw',
      '2283 2270 7:1 / /volumes/01 rw,relatime - ext4 /dev/loop1 rw',
      '2284 2282 7:2 / /volumes/0/below rw,relatime - ext4 /dev/loop2 rw',
    );
    expect(prove(mountinfo)).not.toThrow();
  });
});

describe('what is not, and is refused with VolumeNotStaged', () => {
  test('attached but not mounted: the node shows its own, empty directory', () => {
    const line =
      '2282 2270 254:1 /var/lib/kubelet/plugins/kubernetes.io/csi/rbd/0a/globalmount /volumes/0 ro,relatime - ext4 /dev/vda1 rw';
    expect(prove(seeing(line))).toThrow(
      expect.objectContaining({
        reason: 'VolumeNotStaged',
        message:
          'The volume of claim data was not read: the node has not mounted it. The Job sees the directory ' +
          '/var/lib/kubelet/plugins/kubernetes.io/csi/rbd/0a/globalmount of /dev/vda1 (ext4) instead, which is the ' +
          "node's own disk. If the driver's last unmount did not finish (see the kubelet's log), restart the pod that uses " +
          'the volume; if the driver mounts elsewhere, name its staging style under drivers in the BackupConfig.',
      }),
    );
  });

  test('nothing is mounted there', () => {
    expect(prove(CONTAINER)).toThrow(
      "The volume of claim data was not read: nothing is mounted on /volumes/0 in the Job's container.",
    );
    expect(prove('')).toThrow(/nothing is mounted/);
  });

  test('two mounts lie over one another', () => {
    const line = '2282 2270 7:0 / /volumes/0 ro,relatime - ext4 /dev/loop0 rw';
    expect(prove(seeing(line, line.replace('2282', '2299')))).toThrow(
      'The volume of claim data was not read: 2 mounts lie over one another on /volumes/0; exactly one can be proven.',
    );
  });

  test('the mount is writable, though its superblock says ro', () => {
    expect(prove(seeing('2282 2270 7:0 / /volumes/0 rw,relatime - ext4 /dev/loop0 ro'))).toThrow(
      'The volume of claim data was not read: /volumes/0 is mounted writable, and a backup reads only through read-only mounts.',
    );
  });

  test('an option that only begins with ro', () => {
    expect(prove(seeing('2282 2270 7:0 / /volumes/0 rw,rootcontext=x - ext4 /dev/loop0 rw'))).toThrow(
      /writable/,
    );
  });
});
