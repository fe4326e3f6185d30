import { hash } from 'node:crypto';
import { renameSync, utimesSync, writeFileSync } from 'node:fs';
import { mkdir, open, rename, rm, rmdir, utimes, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import { Fault } from '../fault';
import type { Listed, ObjectHead, ObjectStore } from '../objects/object-store';
import type { BodySums } from './body-sums';
import { markOf } from './file-mark';
import { fileOf, type Known } from './index-file';
import type { Entry } from './manifest';
import type { Scratch } from './scratch';

/** A body may break off, or come wrong; what else may pass the client has tried over. */
const TRIES = 3;
/** A body of up to so many bytes is in memory as a whole: streams cost more than all else that is done for it. */
const SMALL = 128 * 1024;

/** The body does not come as the S3 system says it is. */
export class BrokenBody extends Error {}

/** What objects are fetched with. */
export interface Fetching {
  store: ObjectStore;
  scratch: Scratch;
  /** Of which full pass this is. */
  pass: number;
  sums: BodySums;
}

/**
 * Reads one object into the copy: into a file of its own, which takes its place when size and checksum are right.
 *
 * @returns undefined: it is gone
 */
export async function fetchObject(
  { store, scratch, pass, sums }: Fetching,
  listed: Listed,
  number: number,
): Promise<Known | undefined> {
  const file = fileOf(listed.key);
  const path = join(scratch.copy, file);
  const temporary = scratch.path('tmp', String(number));
  for (let attempt = 1; ; attempt++) {
    const got = await store.get(listed.key);
    if (!got) return undefined;
    try {
      const sha256 =
        got.head.size <= SMALL
          ? await saveSmall(got.body, got.head, temporary, scratch)
          : await saveLarge(got.body, got.head, temporary, sums);
      const entry = entryOf(listed, got.head, file, sha256);
      // Some S3 systems tell no time of some objects.
      const time = new Date(entry.modified || Date.now());
      await scratch.pace.act(
        () => utimesSync(temporary, time, time),
        () => utimes(temporary, time, time),
      );
      scratch.hold();
      await moveTo(temporary, path, scratch);
      return { entry, pass, mark: markOf(path) ?? '' };
    } catch (error) {
      await rm(temporary, { force: true });
      if (!(error instanceof BrokenBody) || attempt === TRIES) throw error;
    }
  }
}

async function saveSmall(body: Readable, head: ObjectHead, path: string, { pace }: Scratch): Promise<string> {
  const bytes = await bytesOf(body).catch(broken);
  mustBe(head, bytes.length, () => hash('md5', bytes));
  await pace.act(
    () => writeFileSync(path, bytes, { mode: 0o600 }),
    () => writeFile(path, bytes, { mode: 0o600 }),
  );
  return hash('sha256', bytes);
}

/** What comes until it ends, wherever that is. */
const bytesOf = (body: Readable): Promise<Buffer> =>
  new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    const end = () => resolve(Buffer.concat(chunks));
    body.on('data', (chunk: Buffer) => chunks.push(chunk));
    body.on('error', reject).on('end', end).on('close', end);
    // It may have broken off before anybody listened.
    if (body.errored) reject(body.errored);
    else if (body.closed) end();
  });

async function saveLarge(body: Readable, head: ObjectHead, path: string, sums: BodySums): Promise<string> {
  const file = await open(path, 'w', 0o600);
  try {
    const read = await sums.read(body, (bytes) => file.writeFile(bytes)).catch(broken);
    mustBe(head, read.size, () => read.md5);
    return read.sha256;
  } finally {
    await file.close();
  }
}

function broken(error: unknown): never {
  const ofSource = error instanceof Fault && error.reason !== 'Cancelled';
  throw ofSource ? new BrokenBody(error.message) : error;
}

/** @throws BrokenBody */
function mustBe(head: ObjectHead, size: number, md5: () => string): void {
  if (size !== head.size) throw new BrokenBody(`${size} bytes came of ${head.size}`);
  const sum = mayBeMd5(head) ? md5() : head.etag;
  if (sum !== head.etag) throw new BrokenBody(`the body has the MD5 ${sum}, and the ETag is ${head.etag}`);
}

/** Of an object in parts, or encrypted with a key that is not the S3 system's own, the ETag is something else. */
const mayBeMd5 = ({ etag, encrypted }: ObjectHead): boolean => /^[0-9a-f]{32}$/.test(etag) && !encrypted;

function entryOf(listed: Listed, head: ObjectHead, file: string, sha256: string): Entry {
  const { size, etag, headers, metadata, tags } = head;
  const filled = (values: Record<string, string>) => Object.keys(values).length > 0;
  // It may have changed since it was listed. If not, the next listing has the same time as this one, however an S3 system rounds it.
  const same = etag === listed.etag && size === listed.size;
  return {
    key: listed.key,
    file,
    size,
    etag,
    modified: same ? listed.modified : head.modified,
    sha256,
    ...(filled(headers) && { headers }),
    ...(filled(metadata) && { metadata }),
    ...(filled(tags) && { tags }),
  };
}

/** Directories come when they are needed; one may go in the same moment, since nothing else is left in it. */
async function moveTo(from: string, to: string, { pace }: Scratch): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await pace.act(
        () => renameSync(from, to),
        () => rename(from, to),
      );
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || attempt === 5) throw error;
      await mkdir(dirname(to), { recursive: true });
    }
  }
}

/** Removes an object's file, and the directories that are empty then. */
export async function removeFile(copy: string, file: string): Promise<void> {
  await rm(join(copy, file), { force: true });
  try {
    for (let above = dirname(file); above.includes('/'); above = dirname(above))
      await rmdir(join(copy, above));
  } catch {
    // Something else is in it.
  }
}
