import type { SnapshotLine } from '../api/report';
import { hostOf, type Owner } from '../api/task';
import type { Restic } from './restic';
import { faultOf } from './restic-fault';

/** A snapshot as `restic snapshots --json` prints it. */
interface ResticSnapshot {
  id: string;
  time: string;
  hostname: string;
  tags?: string[] | null;
  summary?: { total_files_processed: number; total_bytes_processed: number; data_added_packed?: number };
}

/**
 * The item that a snapshot is of. A repository has one service, but it may have been adopted under another namespace or
 * name; a host that does not look like ours is an item of its own.
 */
export function itemOf(hostname: string, owner: Pick<Owner, 'namespace' | 'name'>): string {
  const prefix = hostOf(owner, '');
  if (hostname.startsWith(prefix)) return hostname.slice(prefix.length);
  const parts = hostname.split('/');
  return parts.length === 3 ? (parts[2] ?? hostname) : hostname;
}

export function lineOf(snapshot: ResticSnapshot, owner: Pick<Owner, 'namespace' | 'name'>): SnapshotLine {
  const tags = snapshot.tags ?? [];
  const run = tags.find((tag) => tag.startsWith('run='))?.slice('run='.length);
  const { summary } = snapshot;
  return {
    type: 'snapshot',
    id: snapshot.id,
    item: itemOf(snapshot.hostname, owner),
    time: new Date(snapshot.time).toISOString(),
    ...(summary && {
      bytes: summary.total_bytes_processed,
      files: summary.total_files_processed,
      ...(summary.data_added_packed !== undefined && { bytesAdded: summary.data_added_packed }),
    }),
    ...(run !== undefined && { run }),
    tags,
  };
}

/** All snapshots of the repository, oldest first. Takes no lock: people look at them when things are broken. */
export async function readSnapshots(restic: Restic, owner: Owner): Promise<SnapshotLine[]> {
  const asked = await restic.ask<ResticSnapshot[]>(['snapshots', '--no-lock']);
  if (asked.code !== 0) throw faultOf(asked, 'listing the snapshots', 'RepositoryDamaged');
  return (asked.answer ?? [])
    .map((snapshot) => lineOf(snapshot, owner))
    .sort((a, b) => a.time.localeCompare(b.time));
}
