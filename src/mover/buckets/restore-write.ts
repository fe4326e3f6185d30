import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { isDeepStrictEqual } from 'node:util';
import type { Reason } from '../../api/reasons';
import type { RestoreBucketTask } from '../../api/task';
import { Fault } from '../fault';
import type { Listed, ObjectHead, ObjectStore } from '../objects/object-store';
import { joined } from './join';
import { readListing, writeListing } from './listing';
import type { Entry } from './manifest';
import type { RestoreReport } from './restore-report';

/** What writes need. */
export interface Writing {
  task: Pick<RestoreBucketTask, 'prefix' | 'overwrite' | 'dryRun'>;
  store: ObjectStore;
  /** Holds what was fetched from the snapshot, and takes listings. */
  directory: string;
  /** The objects that are asked for, anew at each call, in the order of their keys. */
  entries(): AsyncGenerator<Entry>;
  report: RestoreReport;
  signal: AbortSignal;
}

/** So many requests at a time. */
const AT_ONCE = 8;
/** So many failures in a row are no matter of one object. */
const MOST_IN_A_ROW = 20;

/**
 * Puts the objects that are not there. Of each the body's checksum is verified before it is sent, and what the S3 system holds
 * afterwards; what one object fails by is told, and the others go on.
 *
 * @returns the keys that are not in the bucket as the snapshot has them
 * @throws what the S3 system may be at fault with, if it is no matter of one object
 */
export async function writeObjects(writing: Writing): Promise<ReadonlySet<string>> {
  const { store, task, entries, report, signal } = writing;
  const listing = join(writing.directory, 'before');
  await writeListing(store.list(task.prefix), listing);
  const pairs = joined(entries(), keyOf, readListing(listing), keyOf);
  const notThere = new Set<string>();
  let inARow = 0;
  let fatal: unknown;
  const next = async (entry: Entry, there: Listed | undefined) => {
    try {
      if (await settle(entry, there, writing)) notThere.add(entry.key);
      inARow = 0;
    } catch (error) {
      if (signal.aborted) throw new Fault('Cancelled', 'Stopped from outside.');
      const why = ofThisObject(error);
      if (why === undefined) throw error;
      report.failed(entry, why);
      notThere.add(entry.key);
      if (++inARow >= MOST_IN_A_ROW) throw error;
    }
  };
  const work = async () => {
    for (let one = await pairs.next(); !one.done && fatal === undefined; one = await pairs.next()) {
      const [entry, there] = one.value;
      if (entry) await next(entry, there);
      else report.counts.others++;
    }
  };
  // All come to an end before anything is told.
  await Promise.all(
    Array.from({ length: AT_ONCE }, () =>
      work().catch((error) => {
        fatal ??= error;
      }),
    ),
  );
  if (fatal !== undefined) throw fatal;
  return notThere;
}

const keyOf = ({ key }: { key: string }): string => key;

/** Why one object failed, when others need not; undefined: it is no matter of one object. */
function ofThisObject(error: unknown): string | undefined {
  if (error instanceof Fault) return OF_ONE.includes(error.reason) ? error.message : undefined;
  const isMissing = (error as NodeJS.ErrnoException).code === 'ENOENT';
  return isMissing ? 'Its body could not be fetched from the repository.' : undefined;
}

/** What is refused may be so by a rule for some keys. */
const OF_ONE: readonly Reason[] = [
  'UnreadableObjects',
  'UnwritableObjects',
  'SourceRefused',
  'RestoreFailed',
];

/** @returns whether another object is in the way */
async function settle(
  entry: Entry,
  there: Listed | undefined,
  { store, task, directory, report }: Writing,
): Promise<boolean> {
  const difference = there && (await differenceOf(entry, there, store));
  if (there && !difference) {
    report.good(entry, 'there');
    return false;
  }
  if (difference && !task.overwrite) {
    report.inTheWay(entry, difference);
    return true;
  }
  if (!task.dryRun) {
    const path = join(directory, entry.file);
    const meanwhile = await put(entry, path, { store, replaces: there !== undefined });
    if (meanwhile) {
      report.inTheWay(entry, meanwhile);
      return true;
    }
  }
  report.good(entry, there ? 'replaced' : 'written');
  return false;
}

const MD5 = /^[0-9a-f]{32}$/;

/** In what an object of the bucket differs from the snapshot's; undefined: in nothing. */
async function differenceOf(
  entry: Entry,
  there: Pick<Listed, 'size' | 'etag'>,
  store: ObjectStore,
): Promise<string | undefined> {
  if (there.size !== entry.size) return `of ${there.size} bytes instead of ${entry.size}`;
  let head: ObjectHead | undefined;
  if (MD5.test(there.etag) && there.etag === entry.etag) {
    head = await store.head(entry.key);
  } else {
    const got = await store.get(entry.key);
    if (got && (await digestsOf(got.body)).sha256 !== entry.sha256) return 'with another body';
    head = got?.head;
  }
  if (!head) return 'deleted at this moment';
  for (const name of ['headers', 'metadata', 'tags'] as const)
    if (!isDeepStrictEqual({ ...head[name] }, { ...entry[name] })) return `with other ${name}`;
  return undefined;
}

/** @returns in what an object differs that came there in the meantime, and was left */
async function put(
  entry: Entry,
  path: string,
  { store, replaces }: { store: ObjectStore; replaces: boolean },
): Promise<string | undefined> {
  const { key, size, sha256, headers = {}, metadata = {}, tags = {} } = entry;
  const body = await digestsOf(createReadStream(path));
  if (body.sha256 !== sha256)
    throw new Fault(
      'RestoreFailed',
      `Its body in the snapshot is not the one that was backed up (${body.size} bytes with SHA-256 ${body.sha256}): it was not written.`,
    );
  const how = { onlyIfAbsent: !replaces };
  const done = await store.put(key, { headers, metadata, tags }, { path, size, sha256 }, how);
  // It may be our own: a request whose answer was lost is sent again.
  if (done === 'exists') {
    const head = await store.head(key);
    if (head) return differenceOf(entry, head, store);
    throw new Fault(
      'UnwritableObjects',
      'The S3 system says that it is there when it is written, and that it is not when it is read.',
    );
  }
  if (done.etag === body.md5) return undefined;
  const got = await store.get(key);
  if (!got || (await digestsOf(got.body)).sha256 !== sha256)
    throw new Fault('RestoreFailed', 'It was written, and is not what was sent when it is read.');
  return undefined;
}

async function digestsOf(body: Readable): Promise<{ sha256: string; md5: string; size: number }> {
  const [sha256, md5] = [createHash('sha256'), createHash('md5')];
  let size = 0;
  await pipeline(body, async (chunks: AsyncIterable<Buffer>) => {
    for await (const chunk of chunks) {
      sha256.update(chunk);
      md5.update(chunk);
      size += chunk.length;
    }
  });
  return { sha256: sha256.digest('hex'), md5: md5.digest('hex'), size };
}

/** Looks whether the bucket lists all that was written, and was there, and of which size. */
export async function verifyObjects(
  { store, task, directory, entries, report }: Writing,
  notThere: ReadonlySet<string>,
): Promise<void> {
  const listing = join(directory, 'after');
  await writeListing(store.list(task.prefix), listing);
  for await (const [entry, there] of joined(entries(), keyOf, readListing(listing), keyOf)) {
    if (!entry || notThere.has(entry.key)) continue;
    const lack = lackOf(entry, there);
    if (lack) report.lost(entry, lack);
  }
}

/** What is wrong with an object that was written, by what the bucket lists afterwards. */
export function lackOf(
  { size }: Pick<Entry, 'size'>,
  there: Pick<Listed, 'size'> | undefined,
): string | undefined {
  if (!there) return 'It was written, and the bucket does not list it.';
  if (there.size === size) return undefined;
  return `It was written, and the bucket lists it with ${there.size} bytes instead of ${size}.`;
}
