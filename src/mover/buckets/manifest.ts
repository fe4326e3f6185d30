import { Fault } from '../fault';
import { readLines } from './lines';

/** Where the manifest is, from the root of the snapshot. */
export const MANIFEST = 'manifest.jsonl';
/** Where the bodies are. */
export const OBJECTS = 'objects';

/** The first line: what the file is, and of how many objects and bytes of bodies it tells. Blanks at its end mean nothing. */
export interface Header {
  format: typeof FORMAT;
  bucket: string;
  endpoint: string;
  objects: number;
  bytes: number;
}

/** Each other line: an object. They are in the order of the bytes of the keys. */
export interface Entry {
  key: string;
  /** Path of the body from the root of the snapshot. */
  file: string;
  size: number;
  etag: string;
  /** ISO 8601. */
  modified: string;
  /** Of the body, in hex. */
  sha256: string;
  headers?: Record<string, string>;
  metadata?: Record<string, string>;
  tags?: Record<string, string>;
  /** This is an earlier state of the object; the one there was could not be read, for this reason. */
  stale?: string;
}

const FORMAT = 'service-backup bucket 1';

/** The header takes as much room as if there were endless objects: they are counted when all others stand. */
export function headerLine(about: Pick<Header, 'bucket' | 'endpoint'>, count?: Measure): string {
  const most = Number.MAX_SAFE_INTEGER;
  const { bucket, endpoint } = about;
  const line = ({ objects, bytes }: Measure) =>
    JSON.stringify({ format: FORMAT, bucket, endpoint, objects, bytes } satisfies Header);
  const longest = line({ objects: most, bytes: most });
  return count ? line(count).padEnd(longest.length) : longest;
}
type Measure = Pick<Header, 'objects' | 'bytes'>;

/** Reads a manifest as it is needed: first its header, then one object after the other. */
export async function readManifest(
  path: string,
): Promise<{ header: Header; entries: AsyncGenerator<Entry> }> {
  const lines = readLines(path);
  const { value } = await lines.next();
  let header: Partial<Header> = {};
  try {
    header = JSON.parse(value ?? '');
  } catch {
    // Told below.
  }
  if (header?.format !== FORMAT)
    throw new Fault(
      'RestoreFailed',
      `The snapshot's manifest is none of this version ("${FORMAT}"): restore with the version that made it.`,
    );
  async function* entries(): AsyncGenerator<Entry> {
    for await (const line of lines) yield JSON.parse(line) as Entry;
  }
  return { header: header as Header, entries: entries() };
}
