import { createHash } from 'node:crypto';
import {
  type BigIntStats,
  closeSync,
  lstatSync,
  openSync,
  readdirSync,
  readlinkSync,
  readSync,
} from 'node:fs';
import path from 'node:path';

export interface Comparison {
  files: number;
  bytes: number;
  /** The first 20, in words. */
  differences: string[];
  differenceCount: number;
}

interface Entry {
  stat: BigIntStats;
  /** Paths of the tree that are hard links of this one, itself included. */
  links: string;
}

/** What mkfs puts into the root of an ext4 volume; not the service's. */
const IGNORED = new Set(['lost+found']);

/** Compares two directory trees, everything but access and change times. */
export function compareTrees(original: string, restored: string): Comparison {
  const [left, right] = [treeOf(original), treeOf(restored)];
  const differences: string[] = [];
  let files = 0;
  let bytes = 0;
  for (const name of new Set([...left.keys(), ...right.keys()])) {
    const [a, b] = [left.get(name), right.get(name)];
    if (!a || !b) {
      differences.push(`${name}: only in the ${a ? 'original' : 'restored copy'}`);
      continue;
    }
    if (a.stat.isFile()) {
      files += 1;
      bytes += Number(a.stat.size);
    }
    const wrong = differenceOf(a, b, path.join(original, name), path.join(restored, name), name === '.');
    if (wrong) differences.push(`${name}: ${wrong}`);
  }
  return { files, bytes, differences: differences.slice(0, 20), differenceCount: differences.length };
}

function differenceOf(a: Entry, b: Entry, pathA: string, pathB: string, isRoot: boolean): string | undefined {
  // The time of the root is set by the mover, as a number of seconds (238 ns), which Node.js cuts to microseconds; restic sets all others to the nanosecond.
  const off = b.stat.mtimeNs - a.stat.mtimeNs;
  const isSameTime = isRoot && off > -2000n && off < 2000n;
  const pairs: [string, unknown, unknown][] = [
    ['mode', a.stat.mode.toString(8), b.stat.mode.toString(8)],
    ['owner', `${a.stat.uid}:${a.stat.gid}`, `${b.stat.uid}:${b.stat.gid}`],
    ['mtime', a.stat.mtimeNs, isSameTime ? a.stat.mtimeNs : b.stat.mtimeNs],
    ['hard links', a.links, b.links],
  ];
  if (a.stat.isSymbolicLink() && b.stat.isSymbolicLink())
    pairs.push(['target', readlinkSync(pathA), readlinkSync(pathB)]);
  if (a.stat.isFile() && b.stat.isFile()) {
    pairs.push(['size', a.stat.size, b.stat.size]);
    if (a.stat.size === b.stat.size) pairs.push(['content (sha256)', digest(pathA), digest(pathB)]);
  }
  const wrong = pairs.find(([, x, y]) => x !== y);
  return wrong && `${wrong[0]} is ${wrong[2]}, was ${wrong[1]}`;
}

function treeOf(root: string): Map<string, Entry> {
  const stats = new Map<string, BigIntStats>();
  const walk = (name: string) => {
    const stat = lstatSync(path.join(root, name), { bigint: true });
    stats.set(name, stat);
    if (!stat.isDirectory()) return;
    for (const child of readdirSync(path.join(root, name)).sort()) {
      if (name !== '.' || !IGNORED.has(child)) walk(path.join(name, child));
    }
  };
  walk('.');
  const byInode = new Map<bigint, string[]>();
  for (const [name, stat] of stats) {
    if (!stat.isDirectory()) byInode.set(stat.ino, [...(byInode.get(stat.ino) ?? []), name]);
  }
  return new Map(
    [...stats].map(([name, stat]) => [name, { stat, links: (byInode.get(stat.ino) ?? []).join(', ') }]),
  );
}

function digest(file: string): string {
  const hash = createHash('sha256');
  const buffer = Buffer.alloc(1 << 20);
  const fd = openSync(file, 'r');
  try {
    for (let read = readSync(fd, buffer); read > 0; read = readSync(fd, buffer))
      hash.update(buffer.subarray(0, read));
  } finally {
    closeSync(fd);
  }
  return hash.digest('hex');
}

/** `node -e <this> ORIGINAL RESTORED`: prints the comparison as JSON; exit code 1 if they differ. */
export function main(): void {
  const [original, restored] = process.argv.slice(1) as [string, string];
  const comparison = compareTrees(original, restored);
  console.log(JSON.stringify(comparison));
  process.exitCode = comparison.differenceCount === 0 ? 0 : 1;
}
