import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { codeOf } from '../s3-fault';
import type { Answered, FilePart, Requests } from './requests';
import { faultOfWriting, named } from './source-fault';
import { escaped, textOf } from './xml';

/** A file and what is known of it. */
export interface File {
  path: string;
  size: number;
  sha256: string;
}

/** When an object goes over in parts, and in which. S3 takes at most 5 GiB at once, and 10,000 parts. */
export interface Multipart {
  /** Default: 512 MiB. */
  from: number;
  /** Default: 128 MiB; more for objects over 1.2 TiB. */
  part: number;
}
const MIB = 1024 * 1024;
export const MULTIPART: Multipart = { from: 512 * MIB, part: 128 * MIB };
const MAX_PARTS = 10_000;
/** An S3 system may put the parts together before it answers, byte by byte. */
const PATIENCE_TO_COMPLETE = 20;

/** 409: another conditional request for the key is under way. Other conflicts are of the key alone, such as a directory of that name. */
const exists = (answer: Answered): boolean =>
  answer.status === 412 ||
  (answer.status === 409 && /^ConditionalRequestConflict$|^OperationAborted$/.test(codeOf(answer) ?? ''));

/** Writes an object. The hash of its body is signed: an S3 system that got other bytes refuses them. */
export async function upload(
  requests: Requests,
  key: string,
  headers: Record<string, string>,
  file: File,
  onlyIfAbsent: boolean,
  { from, part }: Multipart,
): Promise<{ etag: string } | 'exists'> {
  const doing = `writing ${named(key)}`;
  const condition: Record<string, string> = onlyIfAbsent ? { 'if-none-match': '*' } : {};
  const fault = (answer: Answered) => faultOfWriting(answer, requests.place, key);
  if (file.size < from) {
    const body: FilePart = { ...file, start: 0 };
    const answer = await requests.ask({
      method: 'PUT',
      key,
      headers: { ...headers, ...condition },
      body,
      doing,
    });
    if (onlyIfAbsent && exists(answer)) return 'exists';
    if (answer.status !== 200) throw fault(answer);
    return { etag: etagOf(answer.headers.etag) };
  }
  const begun = await requests.ask({ method: 'POST', key, query: [['uploads', '']], headers, doing });
  const id = begun.status === 200 ? textOf(begun.body, 'UploadId') : undefined;
  if (!id) throw fault(begun);
  const query: [string, string][] = [['uploadId', id]];
  try {
    const parts: string[] = [];
    const size = Math.max(part, Math.ceil(file.size / MAX_PARTS / MIB) * MIB);
    for await (const body of partsOf(file, size)) {
      const number = String(parts.length + 1);
      const answer = await requests.ask({
        method: 'PUT',
        key,
        query: [...query, ['partNumber', number]],
        body,
        doing,
      });
      if (answer.status !== 200) throw fault(answer);
      parts.push(
        `<Part><PartNumber>${number}</PartNumber><ETag>${escaped(answer.headers.etag ?? '')}</ETag></Part>`,
      );
    }
    const body = `<CompleteMultipartUpload xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${parts.join('')}</CompleteMultipartUpload>`;
    const slow = PATIENCE_TO_COMPLETE;
    const answer = await requests.ask({ method: 'POST', key, query, headers: condition, body, slow, doing });
    if (onlyIfAbsent && exists(answer)) {
      await abort(requests, key, query);
      return 'exists';
    }
    const etag = answer.status === 200 ? textOf(answer.body, 'ETag') : undefined;
    // The status comes before the work is done: an error may follow it.
    if (codeOf(answer) || !etag) throw fault(answer);
    return { etag: etagOf(etag) };
  } catch (error) {
    await abort(requests, key, query);
    throw error;
  }
}

const etagOf = (header = '') => header.replaceAll('"', '');

/** Parts that are not thrown away cost money, and no listing shows them. */
const abort = (requests: Requests, key: string, query: [string, string][]) =>
  requests
    .ask({ method: 'DELETE', key, query, doing: `giving up ${named(key)}`, even: true })
    .catch(() => undefined);

/** Each part with its hash. The last one is only given if together they are the file that was meant. */
async function* partsOf({ path, size, sha256 }: File, length: number): AsyncGenerator<FilePart> {
  const whole = createHash('sha256');
  for (let start = 0; start < size; start += length) {
    const part = { path, start, size: Math.min(length, size - start) };
    const hash = createHash('sha256');
    for await (const chunk of createReadStream(path, { start, end: start + part.size - 1 })) {
      hash.update(chunk);
      whole.update(chunk);
    }
    if (start + length >= size && whole.digest('hex') !== sha256) {
      throw new Error(`The file ${path} is not what it was: its SHA-256 is not ${sha256}.`);
    }
    yield { ...part, sha256: hash.digest('hex') };
  }
}
