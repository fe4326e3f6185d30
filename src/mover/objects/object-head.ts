import type { IncomingHttpHeaders } from 'node:http';
import { timeOf } from './listing';
import { fromWire, toWire } from './wire-text';

/** What an object has beside its body. */
export interface ObjectHead {
  size: number;
  /** Without quotes. An MD5 of the body with some S3 systems, and for some objects only. */
  etag: string;
  /** ISO 8601, to the second. */
  modified: string;
  /** By names in lower case, e.g. `content-type`. */
  headers: Record<string, string>;
  /** What the user said of it, by names in lower case without `x-amz-meta-`. */
  metadata: Record<string, string>;
  tags: Record<string, string>;
  /** Encrypted in a way (KMS, or a key of the client's) with which the ETag is no MD5 of the body, though it may look like one. */
  encrypted?: true;
}

/** Headers that an S3 system keeps with an object, and gives back. */
const KEPT = [
  'cache-control',
  'content-disposition',
  'content-encoding',
  'content-language',
  'content-type',
  'expires',
  'x-amz-website-redirect-location',
];
const META = 'x-amz-meta-';

/** Of the answer to GET or HEAD; undefined: what it speaks of is no object. A listing, which some give for the key `..`, has no ETag. */
export function headOf(answer: IncomingHttpHeaders, tags: ObjectHead['tags']): ObjectHead | undefined {
  const { etag, 'content-length': length, 'last-modified': modified = '' } = answer;
  if (!etag || length === undefined) return undefined;
  const head: ObjectHead = {
    size: Number(length),
    etag: etag.replaceAll('"', ''),
    modified: timeOf(modified),
    headers: {},
    metadata: {},
    tags,
    ...(isEncrypted(answer) && { encrypted: true }),
  };
  for (const name of KEPT) {
    const value = answer[name];
    if (value !== undefined) head.headers[name] = fromWire(String(value));
  }
  const said = Object.keys(answer).filter((name) => name.startsWith(META));
  // Not one by one: `__proto__` is a name like others.
  if (said.length > 0)
    head.metadata = Object.fromEntries(
      said.map((name) => [name.slice(META.length), fromWire(String(answer[name]))]),
    );
  return head;
}

const isEncrypted = (answer: IncomingHttpHeaders): boolean =>
  'x-amz-server-side-encryption-customer-algorithm' in answer ||
  String(answer['x-amz-server-side-encryption']).startsWith('aws:');

/** The headers that give an object what it has beside its body. */
export function headersOf({ headers, metadata }: Pick<ObjectHead, 'headers' | 'metadata'>) {
  const all: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) all[name] = toWire(value);
  for (const [name, value] of Object.entries(metadata)) all[`${META}${name}`] = toWire(value);
  return all;
}
