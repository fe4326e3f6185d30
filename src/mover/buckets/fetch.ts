import { hash } from 'node:crypto';
import { closeSync, futimesSync, openSync, renameSync, writeFileSync } from 'node:fs';
import { mkdir, open, rename, rm, rmdir } from 'node:fs/promises';
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
export const SMALL = 128 * 1024;
const MODE = 0o600;

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
 * Reads one object into the copy. What is there of it already gives way when what came is whole, and right; where nothing is, a small
 * one is written at once.
 *
 * @param number no other object's that is fetched at the same time
 * @returns undefined: it is gone
 */
export async function fetchObject(
  { store, scratch, pass, sums }: Fetching,
  listed: Listed,
  known: Known | undefined,
  number: number,
): Promise<Known | undefined> {
  const file = fileOf(listed.key);
  const path = join(scratch.copy, file);
  const temporary = scratch.path('tmp', String(number));
  for (let attempt = 1; ; attempt++) {
    const got = await store.get(listed.key);
    if (!got) return undefined;
    const { head, body } = got;
    const small = head.size <= SMALL;
    const place = small && !known ? path : temporary;
    try {
      const modified = modifiedOf(listed, head);
      // Some S3 systems tell no time of some objects.
      const time = new Date(modified || Date.now());
      const sha256 = small
        ? await saveSmall(body, head, place, time, scratch)
        : await saveLarge(body, head, place, time, sums);
      if (place !== path) await moveTo(place, path, scratch);
      return { entry: entryOf(listed, head, file, modified, sha256), pass, mark: markOf(path) ?? '' };
    } catch (error) {
      await rm(temporary, { force: true });
      if (!(error instanceof BrokenBody) || attempt === TRIES) throw error;
    }
  }
}

async function saveSmall(
  body: Readable,
  head: ObjectHead,
  path: string,
  time: Date,
  scratch: Scratch,
): Promise<string> {
  const bytes = await bytesOf(body).catch(broken);
  mustBe(head, bytes.length, () => hash('md5', bytes));
  scratch.hold();
  const write = () =>
    scratch.pace.act(
      () => {
        const file = openSync(path, 'wx', MODE);
        try {
          writeFileSync(file, bytes);
          futimesSync(file, time, time);
        } finally {
          closeSync(file);
        }
      },
      async () => {
        const file = await open(path, 'wx', MODE);
        try {
          await file.writeFile(bytes);
          await file.utimes(time, time);
        } finally {
          await file.close();
        }
      },
    );
  try {
    await inDirectory(path, write);
  } catch (error) {
    await rm(path, { force: true });
    throw error;
  }
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

async function saveLarge(
  body: Readable,
  head: ObjectHead,
  path: string,
  time: Date,
  sums: BodySums,
): Promise<string> {
  const file = await open(path, 'w', MODE);
  try {
    const read = await sums.read(body, (bytes) => file.writeFile(bytes)).catch(broken);
    mustBe(head, read.size, () => read.md5);
    await file.utimes(time, time);
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

/** It may have changed since it was listed. If not, the next listing has the same time as this one, however an S3 system rounds it. */
const modifiedOf = (listed: Listed, head: ObjectHead): string =>
  head.etag === listed.etag && head.size === listed.size ? listed.modified : head.modified;

function entryOf({ key }: Listed, head: ObjectHead, file: string, modified: string, sha256: string): Entry {
  const { size, etag, headers, metadata, tags } = head;
  const filled = (values: Record<string, string>) => Object.keys(values).length > 0;
  return {
    key,
    file,
    size,
    etag,
    modified,
    sha256,
    ...(filled(headers) && { headers }),
    ...(filled(metadata) && { metadata }),
    ...(filled(tags) && { tags }),
  };
}

async function moveTo(from: string, to: string, scratch: Scratch): Promise<void> {
  scratch.hold();
  const move = () =>
    scratch.pace.act(
      () => renameSync(from, to),
      () => rename(from, to),
    );
  await inDirectory(to, move);
}

/**
 * Makes a file. Directories come when they are needed; one may go in the same moment, since nothing else is left in it. A file of which
 * nothing tells gives way.
 */
async function inDirectory(path: string, act: () => Promise<void>): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await act();
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (attempt === 5) throw error;
      if (code === 'ENOENT') await mkdir(dirname(path), { recursive: true });
      else if (code === 'EEXIST') await rm(path);
      else throw error;
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
