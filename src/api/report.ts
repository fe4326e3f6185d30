import type { Reason } from './reasons';

/**
 * What a list or restore Job prints: one line of JSON each on stdout, read from the pod's log by the command line. A log
 * may be cut: only a list that ends with `end`, and a restore that ends with `result`, is whole.
 *
 * list:    snapshot* end                       (or: result, when the repository could not be read)
 * restore: snapshot progress* result           (or: result alone, when nothing was begun)
 * key:     key                                 (or: result, when no key was added)
 */
export type ReportLine = SnapshotLine | EndLine | ProgressLine | KeyLine | ResultLine;

/** A snapshot: every one of the service in a list, oldest first; in a restore the one that was selected. */
export interface SnapshotLine {
  type: 'snapshot';
  /** 64 hexadecimal digits. */
  id: string;
  /** Name of the item. */
  item: string;
  /** When it was taken; RFC 3339, UTC. */
  time: string;
  /** Size of all its files, in bytes, and how many there are; absent if whoever made the snapshot did not note it. */
  bytes?: number;
  files?: number;
  /** What the repository grew by when it was taken, in bytes. */
  bytesAdded?: number;
  /** The run that took it; absent when it was not taken by a run of this product. */
  run?: string;
  /** All tags, as restic has them. */
  tags: string[];
}

/** The list is whole. */
export interface EndLine {
  type: 'end';
  count: number;
  /** There are snapshots that cannot be read, and are not in the list: restic's words about the first of them. */
  unreadable?: string;
}

/** How far a restore is; at most one a second. */
export interface ProgressLine {
  type: 'progress';
  /** 0 to 100. */
  percent: number;
  /** Restored so far, and in all. */
  bytes: number;
  totalBytes: number;
  files: number;
  totalFiles: number;
  /** Since restic began. */
  seconds: number;
}

/** A recovery key was added, and opens the repository. */
export interface KeyLine {
  type: 'key';
  /** Its id in the repository, 64 hexadecimal digits. */
  id: string;
}

/** The last line of a restore, and of a list that failed. */
export interface ResultLine {
  type: 'result';
  state: 'Success' | 'Failed';
  reason?: Reason;
  message?: string;
  /** Id of the snapshot that was restored. */
  snapshot?: string;
  files?: number;
  bytes?: number;
}

const TYPES: readonly string[] = [
  'snapshot',
  'end',
  'progress',
  'key',
  'result',
] satisfies ReportLine['type'][];

export const encodeReportLine = (line: ReportLine): string => `${JSON.stringify(line)}\n`;

/** Reads one line of the log; anything else that a program may print there gives `undefined`. */
export function decodeReportLine(line: string): ReportLine | undefined {
  if (!line.startsWith('{')) return undefined;
  try {
    const value = JSON.parse(line) as { type?: unknown };
    return typeof value.type === 'string' && TYPES.includes(value.type) ? (value as ReportLine) : undefined;
  } catch {
    return undefined;
  }
}
