import type { Reason } from './reasons';

/**
 * What a list or restore Job prints: one line of JSON each on stdout, read from the pod's log by the command line. A log
 * may be cut: only a list that ends with `end`, and a restore that ends with `result`, is whole.
 *
 * list:    snapshot* end                       (or: result, when the repository could not be read)
 * restore: snapshot progress* result           (or: result alone, when nothing was begun)
 *          of a bucket, `object` lines stand among the progress
 * key:     key                                 (or: result, when no key was added)
 */
export type ReportLine = SnapshotLine | EndLine | ProgressLine | ObjectLine | KeyLine | ResultLine;

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
  /** What is being done, when a restore is done in steps; absent of a volume. */
  step?: RestoreStep;
  /** 0 to 100. */
  percent: number;
  /** Restored so far, and in all. */
  bytes: number;
  totalBytes: number;
  files: number;
  totalFiles: number;
  /** Since this step began. */
  seconds: number;
}

/** A bucket's bodies are fetched from the repository, then written into the bucket. */
export type RestoreStep = 'fetching' | 'writing';

/** An object about which there is more to tell than that it was written. */
export interface ObjectLine {
  type: 'object';
  key: string;
  what: ObjectNews;
  /** A sentence. */
  message: string;
}

/**
 * `inTheWay`: another object of that key is in the bucket, and is left; `replaced`: it is written over; `failed`: it was not
 * restored, or not as it was; `stale`: restored, but the snapshot holds an older state than that of its time.
 */
export type ObjectNews = 'inTheWay' | 'replaced' | 'failed' | 'stale';

/** Objects that a restore of a bucket counted. In a dry run `written` and `replaced` are what would be. */
export interface ObjectCounts {
  /** Those asked for, in the snapshot. */
  wanted: number;
  /** Put where there was none. */
  written: number;
  /** Put over another. */
  replaced: number;
  /** Were in the bucket already, the same in body, headers, metadata and tags. */
  there: number;
  inTheWay: number;
  failed: number;
  stale: number;
  /** In the bucket and not in the snapshot: left as they are. */
  others: number;
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
  /** Restored; of a bucket: written, or in a dry run to be written. */
  files?: number;
  bytes?: number;
  /** Of a bucket. */
  objects?: ObjectCounts;
}

const TYPES: readonly string[] = [
  'snapshot',
  'end',
  'progress',
  'object',
  'key',
  'result',
] satisfies ReportLine['type'][];

/** A key as it may be shown to people: control characters would move the cursor of a terminal, or break a line. */
export const showKey = (key: string): string =>
  `'${key.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (c) => `\\u{${c.codePointAt(0)?.toString(16)}}`)}'`;

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
