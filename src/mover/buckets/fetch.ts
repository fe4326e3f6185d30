import { createHash } from 'node:crypto';
import { mkdir, open, rename, rm, rmdir, utimes } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import { Fault } from '../fault';
import type { Listed, ObjectHead, ObjectStore } from '../objects/object-store';
import { markOf } from './file-mark';
import { fileOf, type Known } from './index-file';
import type { Entry } from './manifest';
import type { Scratch } from './scratch';

/** A body may break off, or come wrong; what else may pass the client has tried over. */
const TRIES = 3;

/** The body does not come as the S3 system says it is. */
export class BrokenBody extends Error {}

/**
 * Reads one object into the copy: into a file of its own, which takes its place when size and checksum are right.
 *
 * @returns undefined: it is gone
 */
export async function fetchObject(
  store: ObjectStore,
  listed: Listed,
  pass: number,
  scratch: Scratch,
  number: number,
): Promise<Known | undefined> {
  const file = fileOf(listed.key);
  const path = join(scratch.copy, file);
  const temporary = scratch.path('tmp', String(number));
  for (let attempt = 1; ; attempt++) {
    const got = await store.get(listed.key);
    if (!got) return undefined;
    try {
      const sha256 = await save(got.body, got.head, temporary);
      const entry = entryOf(listed, got.head, file, sha256);
      // Some S3 systems tell no time of some objects.
      const time = new Date(entry.modified || Date.now());
      await utimes(temporary, time, time);
      scratch.hold();
      await moveTo(temporary, path);
      return { entry, pass, mark: markOf(path) ?? '' };
    } catch (error) {
      await rm(temporary, { force: true });
      if (!(error instanceof BrokenBody) || attempt === TRIES) throw error;
    }
  }
}

async function save(body: Readable, head: ObjectHead, path: string): Promise<string> {
  const sha256 = createHash('sha256');
  const md5 = mayBeMd5(head) ? createHash('md5') : undefined;
  let size = 0;
  const file = await open(path, 'w', 0o600);
  try {
    for await (const chunk of body as AsyncIterable<Buffer>) {
      sha256.update(chunk);
      md5?.update(chunk);
      size += chunk.length;
      await file.writeFile(chunk);
    }
  } catch (error) {
    const ofSource = error instanceof Fault && error.reason !== 'Cancelled';
    throw ofSource ? new BrokenBody(error.message) : error;
  } finally {
    await file.close();
  }
  if (size !== head.size) throw new BrokenBody(`${size} bytes came of ${head.size}`);
  const sum = md5?.digest('hex');
  if (sum !== undefined && sum !== head.etag)
    throw new BrokenBody(`the body has the MD5 ${sum}, and the ETag is ${head.etag}`);
  return sha256.digest('hex');
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
async function moveTo(from: string, to: string): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await rename(from, to);
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
