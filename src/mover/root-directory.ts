import * as fs from 'node:fs/promises';

/**
 * The volume's own root directory. Backed up from inside (`backup .`), a snapshot holds everything in the volume and not
 * the directory itself, so its mode, owner and time travel as a tag: `root=0750:33:33:1763712000.123456789`.
 */
export interface RootDirectory {
  /** Permission bits, with setuid, setgid and sticky. */
  mode: number;
  uid: number;
  gid: number;
  /** Seconds since 1970, with nanoseconds, as text: a number would round them. */
  mtime: string;
}

const TAG = /^root=([0-7]{4}):(\d+):(\d+):(-?\d+\.\d{9})$/;

export async function readRoot(path: string): Promise<RootDirectory> {
  const { mode, uid, gid, mtimeNs } = await fs.lstat(path, { bigint: true });
  const nanos = 1_000_000_000n;
  const rest = ((mtimeNs % nanos) + nanos) % nanos;
  return {
    mode: Number(mode & 0o7777n),
    uid: Number(uid),
    gid: Number(gid),
    mtime: `${(mtimeNs - rest) / nanos}.${String(rest).padStart(9, '0')}`,
  };
}

export const rootTag = (root: RootDirectory): string =>
  `root=${root.mode.toString(8).padStart(4, '0')}:${root.uid}:${root.gid}:${root.mtime}`;

/** Of a snapshot's tags; undefined for snapshots that others made. */
export function rootFromTags(tags: readonly string[]): RootDirectory | undefined {
  for (const tag of tags) {
    const [, mode, uid, gid, mtime] = TAG.exec(tag) ?? [];
    if (mode !== undefined && mtime !== undefined) {
      return { mode: Number.parseInt(mode, 8), uid: Number(uid), gid: Number(gid), mtime };
    }
  }
  return undefined;
}

/** The last step of a restore: everything written into the directory before would change its time again. */
export async function applyRoot(path: string, root: RootDirectory): Promise<void> {
  await fs.chown(path, root.uid, root.gid);
  await fs.chmod(path, root.mode);
  await fs.utimes(path, root.mtime, root.mtime);
}
