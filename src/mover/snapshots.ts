import type { Reason } from '../api/reasons';
import type { SnapshotLine } from '../api/report';
import { hostOf, type Owner } from '../api/task';
import type { Restic } from './restic';
import { faultOf } from './restic-fault';
import type { Measure } from './shrink';

/** A snapshot as `restic snapshots --json` prints it. */
export interface ResticSnapshot {
  id: string;
  time: string;
  hostname: string;
  paths: string[];
  tags?: string[] | null;
  /** Since restic 0.17. */
  summary?: {
    backup_start: string;
    backup_end: string;
    files_new: number;
    files_changed: number;
    files_unmodified: number;
    data_added_packed?: number;
    total_files_processed: number;
    total_bytes_processed: number;
  };
}

/** What a repository holds. */
export interface Snapshots {
  /** Oldest first. */
  found: ResticSnapshot[];
  /** restic passes over those that it cannot read, with exit code 0: its words about the first of them. */
  unreadable?: string;
}

/** K8up backs up each claim as `/data/<claim>`, under the namespace's name. */
const K8UP_PATH = /^\/data\/([^/]+)$/;

/**
 * The item that a snapshot is of: the last of `namespace/name/item`, which has a slash if the claim is of another namespace. A repository has one service, but it may have been adopted under another namespace or
 * name, or from another tool; a host that says nothing to us is an item of its own (`volsync`, for VolSync).
 */
export function itemOf(
  { hostname, paths }: Pick<ResticSnapshot, 'hostname' | 'paths'>,
  owner: Pick<Owner, 'namespace' | 'name'>,
): string {
  const prefix = hostOf(owner, '');
  if (hostname.startsWith(prefix)) return hostname.slice(prefix.length);
  const [, , claim, ...more] = hostname.split('/');
  if (claim !== undefined && more.length <= 1) return [claim, ...more].join('/');
  const [path = '', ...others] = paths;
  return (others.length === 0 && K8UP_PATH.exec(path)?.[1]) || hostname;
}

/** The tag by which all that a run made is found again. */
export const runTag = (run: string): string => `run=${run}`;

/** A bucket's snapshot holds its manifest, too: this tag says what the objects alone measure. */
export const objectsTag = ({ objects, bytes }: { objects: number; bytes: number }): string =>
  `objects=${objects}:${bytes}`;
const OBJECTS_TAG = /^objects=(\d{1,15}):(\d{1,15})$/;

/** What the item measured, if that is known. */
export function measureOf({ tags, summary }: Pick<ResticSnapshot, 'tags' | 'summary'>): Measure | undefined {
  for (const tag of tags ?? []) {
    const [, files, bytes] = OBJECTS_TAG.exec(tag) ?? [];
    if (files !== undefined) return { files: Number(files), bytes: Number(bytes) };
  }
  return summary && { files: summary.total_files_processed, bytes: summary.total_bytes_processed };
}

export function lineOf(snapshot: ResticSnapshot, owner: Pick<Owner, 'namespace' | 'name'>): SnapshotLine {
  const tags = snapshot.tags ?? [];
  const run = tags.find((tag) => tag.startsWith(runTag('')))?.slice(runTag('').length);
  const { summary } = snapshot;
  return {
    type: 'snapshot',
    id: snapshot.id,
    item: itemOf(snapshot, owner),
    time: new Date(snapshot.time).toISOString(),
    ...(summary && {
      ...measureOf(snapshot),
      ...(summary.data_added_packed !== undefined && { bytesAdded: summary.data_added_packed }),
    }),
    ...(run !== undefined && { run }),
    tags,
  };
}

/** All snapshots of the repository. Takes no lock: people look at them when things are broken. */
export async function readSnapshots(restic: Restic, otherwise: Reason): Promise<Snapshots> {
  const asked = await restic.ask<ResticSnapshot[]>(['snapshots', '--no-lock']);
  if (asked.code !== 0) throw faultOf(asked, 'listing the snapshots', otherwise);
  const found = asked.answer ?? [];
  const [unreadable] = asked.said.text;
  return {
    found: found.sort((a, b) => Date.parse(a.time) - Date.parse(b.time)),
    ...(unreadable && { unreadable }),
  };
}
