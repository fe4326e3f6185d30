import * as http from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import { Fault } from './fault';
import { encode, queryString, type SigningKeys, sign } from './signature';

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

/** An object in a listing. */
export interface Listed {
  key: string;
  /** When it was written, by the S3 system's clock; milliseconds since 1970. */
  modified: number;
}

interface Answer {
  status: number;
  body: string;
  /** The S3 system's clock. */
  date: string | undefined;
}

/** Error codes that say that the keys are at fault, or what they may do. */
const REFUSED = new Set([
  'AccessDenied',
  'AccountProblem',
  'AuthorizationHeaderMalformed',
  'ExpiredToken',
  'InvalidAccessKeyId',
  'InvalidToken',
  'RequestTimeTooSkewed',
  'SignatureDoesNotMatch',
]);

/**
 * The three requests that the repository rule needs, on one bucket. Built on node:http and not on fetch, which would cost
 * as much processor time as all the rest of the mover.
 */
export class Bucket {
  readonly name: string;
  readonly #options: S3Options;
  readonly #url: URL;
  #agent: http.Agent | undefined;
  #request: typeof http.request | undefined;

  constructor(options: S3Options) {
    this.name = options.bucket;
    this.#options = options;
    this.#url = new URL(options.endpoint);
  }

  /** An object as text in Latin 1 (one character a byte), or undefined when the bucket is there and the object is not. */
  async get(key: string): Promise<string | undefined> {
    const answer = await this.#send('GET', key);
    if (answer.status === 200) return answer.body;
    // Only the S3 system's own word counts: a proxy's 404 is no absence.
    if (answer.status === 404 && codeOf(answer) === 'NoSuchKey') return undefined;
    throw this.#fault(answer, `reading ${key}`);
  }

  /** Writes a small object. False: `onlyIfAbsent` was asked for, and it is there. */
  async put(key: string, body: string, onlyIfAbsent = false): Promise<boolean> {
    const headers: Record<string, string> = onlyIfAbsent ? { 'if-none-match': '*' } : {};
    const answer = await this.#send('PUT', key, [], body, headers);
    if (answer.status === 200) return true;
    // 409: another conditional write of the same key is under way.
    if (onlyIfAbsent && (answer.status === 412 || answer.status === 409)) return false;
    throw this.#fault(answer, `writing ${key}`);
  }

  /** Deletes one object. One that is gone already is no error. */
  async delete(key: string): Promise<void> {
    const answer = await this.#send('DELETE', key);
    if (answer.status !== 204 && answer.status !== 200) throw this.#fault(answer, `deleting ${key}`);
  }

  /** The first keys of the bucket, at most 1000. */
  async list(prefix = ''): Promise<string[]> {
    return (await this.listObjects(prefix)).objects.map(({ key }) => key);
  }

  /** The first objects of the bucket, at most 1000, and what time it is there. */
  async listObjects(prefix = ''): Promise<{ objects: Listed[]; now: number }> {
    const query: [string, string][] = [
      ['encoding-type', 'url'],
      ['list-type', '2'],
      ['max-keys', '1000'],
      ...(prefix ? [['prefix', prefix] as [string, string]] : []),
    ];
    const answer = await this.#send('GET', '', query);
    // A proxy's page with status 200 must not pass for an empty bucket.
    if (answer.status !== 200 || !answer.body.includes('<ListBucketResult')) {
      throw this.#fault(answer, 'listing it');
    }
    const objects = [...answer.body.matchAll(/<Contents>(.*?)<\/Contents>/gs)].map(([, object = '']) => ({
      key: decodeURIComponent(/<Key>([^<]*)<\/Key>/.exec(object)?.[1] ?? ''),
      // What has no time is neither old nor young (NaN): no lock is taken for dead by it.
      modified: Date.parse(/<LastModified>([^<]*)</.exec(object)?.[1] ?? ''),
    }));
    return { objects, now: Date.parse(answer.date ?? '') };
  }

  close(): void {
    this.#agent?.destroy();
  }

  async #send(
    method: string,
    key: string,
    query: [string, string][] = [],
    body = '',
    headers: Record<string, string> = {},
  ): Promise<Answer> {
    this.#open();
    let last: Answer | NodeJS.ErrnoException = new Error('not tried');
    for (let attempt = 1; attempt <= TRIES; attempt++) {
      if (attempt > 1) await wait(attempt * 250, undefined, { signal: this.#options.signal }).catch(() => {});
      if (this.#options.signal?.aborted) throw new Fault('Cancelled', 'Stopped before anything was read.');
      try {
        const answer = await this.#once(method, key, query, body, headers);
        if (answer.status < 500 && answer.status !== 429) return answer;
        last = answer;
      } catch (error) {
        last = error as NodeJS.ErrnoException;
        // A certificate does not get better.
        if (/cert|self.signed|SSL|TLS/i.test(String(last.code ?? last))) break;
      }
    }
    throw this.#unreachable(last);
  }

  /** Loads TLS only for those who use it: it is a quarter of what the mover adds to restic's time on the processor. */
  #open(): void {
    if (this.#agent) return;
    const options = { keepAlive: true };
    if (this.#url.protocol === 'https:') {
      const https = process.getBuiltinModule('node:https');
      const { rootCertificates } = process.getBuiltinModule('node:tls');
      const { caBundle } = this.#options;
      this.#agent = new https.Agent({ ...options, ...(caBundle && { ca: [...rootCertificates, caBundle] }) });
      this.#request = https.request;
    } else {
      this.#agent = new http.Agent(options);
      this.#request = http.request;
    }
  }

  #once(
    method: string,
    key: string,
    query: [string, string][],
    body: string,
    extra: Record<string, string>,
  ): Promise<Answer> {
    const base = this.#url.pathname.replace(/\/$/, '');
    const path = `${base}/${[this.name, ...(key ? key.split('/') : [])].map(encode).join('/')}`;
    const headers = sign(
      { method, host: this.#url.host, path, query, headers: extra, body },
      this.#options,
      new Date(),
    );
    const { hostname, port } = this.#url;
    const limit = this.#options.timeoutMs ?? TIMEOUT_MS;
    return new Promise((resolve, reject) => {
      const request = (this.#request ?? http.request)(
        {
          method,
          hostname: hostname.replace(/^\[|\]$/g, ''),
          port,
          path: query.length > 0 ? `${path}?${queryString(query)}` : path,
          headers: { ...headers, 'content-length': Buffer.byteLength(body) },
          agent: this.#agent,
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
      const timer = setTimeout(() => request.destroy(new Error(`no answer within ${limit / 1000} s`)), limit);
      request.on('error', reject);
      request.on('close', () => clearTimeout(timer));
      request.end(body);
    });
  }

  #fault(answer: Answer, doing: string): Fault {
    const code = codeOf(answer);
    const at = this.#url.origin;
    if (code === 'NoSuchBucket') {
      return new Fault('BucketMissing', `The bucket ${this.name} does not exist at ${at}: create it.`);
    }
    if (
      (code && (REFUSED.has(code) || /UserNotFound|NoSuchUser/.test(code))) ||
      answer.status === 401 ||
      answer.status === 403
    ) {
      return new Fault(
        'CredentialsRefused',
        `${at} refused the credentials (${code ?? answer.status}) when ${doing} in the bucket ${this.name}: ` +
          'check the Secret that s3Credentials names, the region, and that the key may list, read, write and delete there.',
      );
    }
    return new Fault(
      'StorageUnreachable',
      `${at} answered ${answer.status}${code ? ` (${code})` : ''} when ${doing} in the bucket ${this.name}: check s3Host.`,
    );
  }

  #unreachable(last: Answer | NodeJS.ErrnoException): Fault {
    // A connection that fails for several addresses has an empty message; Node's advice on certificates is not for here.
    const said = 'status' in last ? `it answers ${last.status}` : last.message.split(';')[0] || last.code;
    return new Fault(
      'StorageUnreachable',
      `The S3 system ${this.#url.origin} cannot be used: ${said}. Check s3Host, the network, and for a private certificate tls.caBundle.`,
    );
  }
}

const codeOf = (answer: Answer): string | undefined => /<Code>([^<]+)<\/Code>/.exec(answer.body)?.[1];
