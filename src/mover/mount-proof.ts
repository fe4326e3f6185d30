import { Fault } from './fault';

interface Mount {
  /** The directory of the filesystem that is shown: `/` for a whole filesystem. */
  root: string;
  point: string;
  options: string[];
  type: string;
  source: string;
}

/** The kernel writes space, tab, newline and backslash of a path as three octal digits (proc(5)). */
const decode = (field: string): string =>
  field.replace(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)));

function mountOf(line: string): Mount | undefined {
  // 36 35 98:0 /root /point ro,noatime master:1 - ext4 /dev/sda1 rw,errors=continue
  const [before, after] = line.split(' - ', 2);
  const [, , , root, point, options] = before?.split(' ') ?? [];
  const [type, source] = after?.split(' ') ?? [];
  if (root === undefined || point === undefined || options === undefined) return undefined;
  return {
    root: decode(root),
    point: decode(point),
    // The options of this mount, not of the superblock behind the dash, which stays `rw` for the service.
    options: options.split(','),
    type: type ?? '?',
    source: decode(source ?? '?'),
  };
}

/**
 * Proves that what is seen at a path is a volume, and cannot be written. That a volume is attached to the node is no
 * proof: after an unmount that failed half-way its directory is there, empty, and a directory of the node's own disk.
 *
 * @param mountinfo the text of /proc/self/mountinfo
 * @param path where the Job mounts the volume
 * @param claim the claim's name, for the message
 * @throws VolumeNotStaged if it is anything but one read-only mount of a filesystem's root
 */
export function proveMount(mountinfo: string, path: string, claim: string): void {
  const mounts = mountinfo
    .split('\n')
    .map(mountOf)
    .filter((mount) => mount?.point === path) as Mount[];
  const refused = (seen: string) =>
    new Fault('VolumeNotStaged', `The volume of claim ${claim} was not read: ${seen}`);

  const [mount, ...others] = mounts;
  if (!mount) throw refused(`nothing is mounted on ${path} in the Job's container.`);
  if (others.length > 0) {
    throw refused(`${mounts.length} mounts lie over one another on ${path}; exactly one can be proven.`);
  }
  if (mount.root !== '/') {
    throw refused(
      `the node has not mounted it. The Job sees the directory ${mount.root} of ${mount.source} (${mount.type}) instead, ` +
        "which is the node's own disk. If the driver's last unmount did not finish (see the kubelet's log), restart the " +
        'pod that uses the volume; if the driver mounts elsewhere, name its staging style under drivers in the BackupConfig.',
    );
  }
  if (!mount.options.includes('ro')) {
    throw refused(`${path} is mounted writable, and a backup reads only through read-only mounts.`);
  }
}
