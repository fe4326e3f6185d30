import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { ReportLine } from '../../api/report';
import type { RestoreBucketTask } from '../../api/task';
import { Fault } from '../fault';
import type { Locks } from '../locks';
import { progressFrom } from '../progress';
import { faultOf } from '../restic-fault';
import { type Entry, type Header, MANIFEST, readManifest } from './manifest';
import { mebibytes, roomOf } from './scratch';

/** Where things are fetched from, and how. */
export interface Fetching {
  task: Pick<RestoreBucketTask, 'item' | 'prefix'>;
  /** Id of the snapshot. */
  snapshot: string;
  /** A directory of this restore alone; it takes what the snapshot has at its root. */
  directory: string;
  locks: Locks;
  print(line: ReportLine): void;
}

/** What of a snapshot is wanted. */
export interface Wanted {
  objects: number;
  bytes: number;
  /** What the paths of all these bodies begin with. */
  common: string;
}

/** The objects that are asked for, as the manifest has them, one in memory at a time. */
export async function* wantedEntries({ directory, task: { prefix = '' } }: Fetching): AsyncGenerator<Entry> {
  const { entries } = await readManifest(join(directory, MANIFEST));
  for await (const entry of entries) if (entry.key.startsWith(prefix)) yield entry;
}

/** Fetches the manifest, and counts what is asked for. */
export async function fetchManifest(fetching: Fetching): Promise<{ header: Header; wanted: Wanted }> {
  await restore(fetching, fetching.snapshot, fetching.directory, [`/${MANIFEST}`]);
  const path = join(fetching.directory, MANIFEST);
  const { header } = await readManifest(path).catch((error) => {
    if (error instanceof Fault) throw error;
    throw new Fault(
      'RestoreFailed',
      `Snapshot ${fetching.snapshot.slice(0, 8)} has no ${MANIFEST}, and so is not of a bucket: nothing was written.`,
    );
  });
  const wanted: Wanted = { objects: 0, bytes: 0, common: '' };
  for await (const { file, size } of wantedEntries(fetching)) {
    wanted.common = wanted.objects === 0 ? file : commonStart(wanted.common, file);
    wanted.objects++;
    wanted.bytes += size;
  }
  return { header, wanted };
}

/** A file's last block, and its inode. */
const BYTES_A_FILE = 8 * 1024;

/**
 * Fetches the bodies that are asked for, and few others.
 *
 * @throws ScratchFull before anything is fetched, if there is no room
 */
export async function fetchBodies(fetching: Fetching, wanted: Wanted): Promise<void> {
  const { snapshot, directory } = fetching;
  const free = await roomOf(directory);
  const needed = wanted.bytes + wanted.objects * BYTES_A_FILE;
  if (free.bytes < needed)
    throw new Fault(
      'ScratchFull',
      `The scratch volume has ${mebibytes(free.bytes)} MiB free, and ${mebibytes(needed)} MiB are needed: nothing was written. Restore with a larger one: --size.`,
    );
  const { below, pattern } = selectionOf(wanted.common);
  const target = join(directory, below);
  await mkdir(target, { recursive: true });
  await restore(fetching, `${snapshot}:/${below}`, target, pattern === undefined ? [] : [pattern]);
}

/**
 * As restic is told it: the directory that all are in, and how the names in there begin. Naming each file would cost restic a
 * comparison of every file with every name.
 */
export function selectionOf(common: string): { below: string; pattern?: string } {
  const slash = common.lastIndexOf('/');
  const begin = common.slice(slash + 1);
  return {
    below: common.slice(0, slash),
    ...(begin && { pattern: `/${begin.replace(/[\\*?[]/g, '\\$&')}*` }),
  };
}

/** The longest text that both begin with, in whole characters. */
export function commonStart(a: string, b: string): string {
  let end = 0;
  while (end < a.length && a[end] === b[end]) end++;
  const isHalf = end > 0 && /[\ud800-\udbff]/.test(a[end - 1] ?? '');
  return a.slice(0, isHalf ? end - 1 : end);
}

async function restore(
  { task, locks, print }: Fetching,
  source: string,
  target: string,
  patterns: string[],
): Promise<void> {
  const ended = await locks.share({
    args: ['restore', source, '--target', target, ...patterns.flatMap((one) => ['--include', one])],
    statusPerSecond: 1,
    onLine: (line) => {
      const progress = progressFrom(line);
      if (progress) print({ ...progress, step: 'fetching' });
    },
  });
  const { errors, errorMessage = '' } = ended.said;
  // Files that could not be fetched are told object by object: the others can be restored.
  if (ended.code === 0 || (errors > 0 && !ended.stopped && !/no space left/.test(errorMessage))) return;
  const fault = faultOf(ended, `fetching item ${task.item}`, 'RestoreFailed');
  if (fault.reason !== 'DiskFull' && !/no space left/.test(errorMessage)) throw fault;
  throw new Fault(
    'ScratchFull',
    'The scratch volume is full: nothing was written. Restore with a larger one: --size.',
  );
}
