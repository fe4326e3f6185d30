import { setTimeout as wait } from 'node:timers/promises';
import { Fault } from './fault';
import {
  type Answer,
  codeOf,
  faultOfAnswer,
  faultOfError,
  isCertificate,
  NO_ANSWER,
  passes,
} from './s3-fault';
import { encode, queryString, type SigningKeys, sha256, sign } from './signature';
import type { Place } from './storage-fault';
import { type Wire, wireTo } from './wire';

/** Three tries of 10 s: a dead S3 system is known within half a minute (restic alone would try for 15). */
const TIMEOUT_MS = 10_000;
const TRIES = 3;

export interface S3Options extends SigningKeys {
  endpoint: string;
  bucket: string;
  caBundle?: string;
  signal?: AbortSignal;
  timeoutMs?: number;
}

interface Question {
  method: 'GET' | 'PUT' | 'DELETE';
  key?: string;
  query?: [string, string][];
  body?: string;
  headers?: Record<string, string>;
  /** In words, for the message of a failure. */
  doing: string;
}

/** Some objects of a bucket, and what time it is where they are. */
export interface Listing {
  objects: { key: string; modified: string }[];
  /** The `Date` of the answer, in RFC 9110: the S3 system's own clock. */
  date?: string;
}

/**
 * The four requests that the repository rule and the lock rule need, on one bucket. Built on node:http and not on fetch, which
 * would cost as much processor time as all the rest of the mover.
 */
export class Bucket {
  readonly place: Place;
  readonly #options: S3Options;
  readonly #url: URL;
  #wire: Wire | undefined;

  constructor(options: S3Options) {
    this.#options = options;
    this.#url = new URL(options.endpoint);
    this.place = { endpoint: this.#url.origin, bucket: options.bucket };
  }

  get name(): string {
    return this.place.bucket;
  }

  /** An object as text in Latin 1 (one character a byte), or undefined when the bucket is there and the object is not. */
  async get(key: string): Promise<string | undefined> {
    const doing = `reading ${key}`;
    const answer = await this.#send({ method: 'GET', key, doing });
    if (answer.status === 200) return answer.body;
    // Only the S3 system's own word counts: a proxy's 404 is no absence.
    if (answer.status === 404 && codeOf(answer) === 'NoSuchKey') return undefined;
    throw faultOfAnswer(answer, this.place, doing, false);
  }

  /** Writes a small object. False: `onlyIfAbsent` was asked for, and it is there. */
  async put(key: string, body: string, onlyIfAbsent = false): Promise<boolean> {
    const doing = `writing ${key}`;
    const headers: Record<string, string> = onlyIfAbsent ? { 'if-none-match': '*' } : {};
    const answer = await this.#send({ method: 'PUT', key, body, headers, doing });
    if (answer.status === 200) return true;
    // 409: another conditional write of the same key is under way.
    if (onlyIfAbsent && (answer.status === 412 || answer.status === 409)) return false;
    throw faultOfAnswer(answer, this.place, doing, true);
  }

  /** Deletes one object; one that is not there counts as deleted. */
  async delete(key: string): Promise<void> {
    const doing = `deleting ${key}`;
    const answer = await this.#send({ method: 'DELETE', key, doing });
    const gone = answer.status === 404 && codeOf(answer) === 'NoSuchKey';
    if (answer.status !== 204 && answer.status !== 200 && !gone) {
      throw faultOfAnswer(answer, this.place, doing, true);
    }
  }

  /** The first objects of the bucket, at most 1000. */
  async list(prefix = ''): Promise<Listing> {
    const query: [string, string][] = [
      ['encoding-type', 'url'],
      ['list-type', '2'],
      ['max-keys', '1000'],
      ...(prefix ? [['prefix', prefix] as [string, string]] : []),
    ];
    const doing = prefix ? `listing ${prefix}` : 'listing it';
    const answer = await this.#send({ method: 'GET', query, doing });
    // A proxy's page with status 200 must not pass for an empty bucket.
    if (answer.status !== 200 || !answer.body.includes('<ListBucketResult')) {
      throw faultOfAnswer(answer, this.place, doing, false);
    }
    const objects = [...answer.body.matchAll(/<Contents>([\s\S]*?)<\/Contents>/g)].map(([, entry = '']) => ({
      key: decodeURIComponent(/<Key>([^<]*)<\/Key>/.exec(entry)?.[1] ?? ''),
      modified: /<LastModified>([^<]*)<\/LastModified>/.exec(entry)?.[1] ?? '',
    }));
    return { objects, ...(answer.date && { date: answer.date }) };
  }

  close(): void {
    this.#wire?.agent.destroy();
  }

  async #send(question: Question): Promise<Answer> {
    const { signal } = this.#options;
    let last: Answer | NodeJS.ErrnoException = new Error('not tried');
    for (let attempt = 1; attempt <= TRIES && !signal?.aborted; attempt++) {
      if (attempt > 1) await wait((attempt * this.#limit) / 40, undefined, { signal }).catch(() => {});
      try {
        const answer = await this.#once(question);
        if (!passes(answer)) return answer;
        last = answer;
      } catch (error) {
        last = error as NodeJS.ErrnoException;
        if (isCertificate(last)) break;
      }
    }
    if (signal?.aborted) throw new Fault('Cancelled', `Stopped from outside when ${question.doing}.`);
    throw 'status' in last
      ? faultOfAnswer(last, this.place, question.doing, question.method !== 'GET')
      : faultOfError(last, this.place);
  }

  get #limit(): number {
    return this.#options.timeoutMs ?? TIMEOUT_MS;
  }

  #once({ method, key = '', query = [], body = '', headers: extra = {} }: Question): Promise<Answer> {
    const base = this.#url.pathname.replace(/\/$/, '');
    const path = `${base}/${[this.name, ...(key ? key.split('/') : [])].map(encode).join('/')}`;
    const headers = sign(
      { method, host: this.#url.host, path, query, headers: extra, hash: sha256(body) },
      this.#options,
      new Date(),
    );
    const { hostname, port } = this.#url;
    const limit = this.#limit;
    this.#wire ??= wireTo(this.#url, this.#options.caBundle);
    const { agent, request: ask } = this.#wire;
    return new Promise((resolve, reject) => {
      const request = ask(
        {
          method,
          hostname: hostname.replace(/^\[|\]$/g, ''),
          port,
          path: query.length > 0 ? `${path}?${queryString(query)}` : path,
          headers: { ...headers, 'content-length': Buffer.byteLength(body) },
          agent,
          signal: this.#options.signal,
        },
        (response) => {
          let text = '';
          response.setEncoding('latin1');
          response.on('data', (chunk: string) => {
            text += chunk;
          });
          response.on('end', () =>
            resolve({ status: response.statusCode ?? 0, body: text, date: response.headers.date }),
          );
          response.on('error', reject);
        },
      );
      const late = Object.assign(new Error(`no answer within ${limit / 1000} s`), { code: NO_ANSWER });
      const timer = setTimeout(() => request.destroy(late), limit);
      request.on('error', reject);
      request.on('close', () => clearTimeout(timer));
      request.end(body);
    });
  }
}
