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

/** Go, in which restic is written, has these bits elsewhere (package io/fs). */
const GO_BITS: [go: number, unix: number][] = [
  [1 << 23, 0o4000],
  [1 << 22, 0o2000],
  [1 << 20, 0o1000],
];

/** Of a directory in a snapshot, as `restic ls --json` prints it. */
export function rootFromNode(node: {
  mode?: number;
  uid?: number;
  gid?: number;
  mtime?: string;
}): RootDirectory | undefined {
  const { mode, uid, gid, mtime = '' } = node;
  const [, nanos = ''] = /\.(\d{1,9})(?=Z|[+-])/.exec(mtime) ?? [];
  const seconds = Math.floor(Date.parse(mtime.replace(/\.\d+/, '')) / 1000);
  if (mode === undefined || uid === undefined || gid === undefined || Number.isNaN(seconds)) return undefined;
  const special = GO_BITS.reduce((bits, [go, unix]) => bits | (mode & go ? unix : 0), 0);
  return { mode: (mode & 0o777) | special, uid, gid, mtime: `${seconds}.${nanos.padEnd(9, '0')}` };
}

/** The last step of a restore: everything written into the directory before would change its time again. */
export async function applyRoot(path: string, root: RootDirectory): Promise<void> {
  await fs.chown(path, root.uid, root.gid);
  await fs.chmod(path, root.mode);
  await fs.utimes(path, root.mtime, root.mtime);
}
