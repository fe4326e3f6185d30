import { createReadStream } from 'node:fs';
import type * as http from 'node:http';
import type { LookupFunction } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import type { ServiceS3 } from '../../api/task';
import { Fault } from '../fault';
import { codeOf, isCertificate, passes } from '../s3-fault';
import { EMPTY_HASH, encode, queryString, sha256, sign } from '../signature';
import type { Place } from '../storage-fault';
import { type Wire, wireTo } from '../wire';
import { LiveRequests } from './live-requests';
import { faultOfError, type Reply, regionFault } from './source-fault';
import { textOf } from './xml';

/** How long is waited, and for what. A request that meets none of these limits may take as long as it likes. */
export interface Limits {
  /** For a connection. Default: 10 s. */
  connectMs: number;
  /** For a byte to move, in either direction. Default: 30 s. */
  idleMs: number;
  /** Before the second try; before each further one twice as long, at most 8 s. Default: 1 s. */
  backoffMs: number;
  /** For an S3 system that asks to be left alone (SlowDown). Default: 60 s. */
  slowDownMs: number;
  /** What time it is here. */
  now: () => Date;
  lookup?: LookupFunction;
}

/** Black-holed, an S3 system is known within a minute and a half. */
const LIMITS: Limits = {
  connectMs: 10_000,
  idleMs: 30_000,
  backoffMs: 1000,
  slowDownMs: 60_000,
  now: () => new Date(),
};
const TRIES = 3;
const LONGEST_BACKOFF_MS = 8000;
/** Metadata is 2 kB with most S3 systems, but not with all; Node's own limit is 16 kB for all headers. */
const MAX_HEADER_BYTES = 256 * 1024;

/** Bytes of a file, from `start` on. */
export interface FilePart {
  path: string;
  start: number;
  size: number;
  sha256: string;
}

export interface Question {
  method: 'GET' | 'HEAD' | 'PUT' | 'POST' | 'DELETE';
  /** None: the question is about the bucket. */
  key?: string;
  query?: [string, string][];
  /** Values as they go over the wire: one character a byte. */
  headers?: Record<string, string>;
  body?: string | FilePart;
  /** The body of the answer is not read here, if the status is 200. */
  stream?: boolean;
  /** How many times as long as others it may take without a byte. */
  slow?: number;
  /** Asked even if the work was stopped from outside. */
  even?: boolean;
  /** In words, for the message of a failure. */
  doing: string;
}

export interface Answered extends Reply {
  headers: http.IncomingHttpHeaders;
  stream?: http.IncomingMessage;
}

export type RequestOptions = ServiceS3 & {
  bucket: string;
  accessKeyId: string;
  secretAccessKey: string;
  signal?: AbortSignal;
  limits?: Partial<Limits>;
};

/** Asks an S3 system about one bucket, and asks again where that may help. Paths go over the wire as they are: `..` is a key. */
export class Requests {
  readonly place: Place;
  readonly limits: Limits;
  readonly #options: RequestOptions;
  readonly #url: URL;
  readonly #host: string;
  readonly #live: LiveRequests;
  #region: string;
  #wire: Wire | undefined;

  constructor(options: RequestOptions) {
    this.#options = options;
    this.limits = { ...LIMITS, ...options.limits };
    this.#url = new URL(options.endpoint);
    this.#host = options.addressing === 'virtual' ? `${options.bucket}.${this.#url.host}` : this.#url.host;
    this.#region = options.region;
    this.place = { endpoint: this.#url.origin, bucket: options.bucket };
    this.#live = new LiveRequests(this.limits);
    options.signal?.addEventListener('abort', this.#stop);
  }

  close(): void {
    this.#options.signal?.removeEventListener('abort', this.#stop);
    this.#live.close();
    this.#wire?.agent.destroy();
  }

  /** One listener for all requests: each with the signal of its own would cost a twentieth of the whole request. */
  readonly #stop = () => this.#live.stop(this.#options.signal?.reason);

  /** An answer, of any status. Asked again are those that fail, or ask for patience, and who does not answer at all. */
  async ask(question: Question): Promise<Answered> {
    const { backoffMs, slowDownMs } = this.limits;
    const began = Date.now();
    let redirected = false;
    for (let failures = 0, pause = backoffMs; ; pause = Math.min(pause * 2, LONGEST_BACKOFF_MS)) {
      let answer: Answered | undefined;
      let fault: Fault | undefined;
      try {
        answer = await this.#once(question);
        const region = this.#elsewhere(answer);
        if (region && (redirected || region === this.#region)) throw regionFault(answer, this.place, region);
        if (region) {
          redirected = true;
          this.#region = region;
          continue;
        }
        if (!passes(answer)) return answer;
      } catch (error) {
        if (error instanceof Fault) throw error;
        fault = this.faultOf(error, question.doing);
        if (isCertificate(error as NodeJS.ErrnoException)) throw fault;
      }
      const patience = answer !== undefined && asksForPatience(answer);
      if (!patience) failures++;
      const tired = patience ? Date.now() - began + pause > slowDownMs : failures >= TRIES;
      if (tired || this.#options.signal?.aborted) {
        if (answer && !fault) return answer;
        throw fault;
      }
      await wait(pause, undefined, { signal: this.#options.signal }).catch(() => undefined);
    }
  }

  /** What went wrong with a request, or with the body of its answer. */
  faultOf(error: unknown, doing: string): Fault {
    if (error instanceof Fault) return error;
    if (this.#options.signal?.aborted) return new Fault('Cancelled', `Stopped from outside when ${doing}.`);
    return faultOfError(error as NodeJS.ErrnoException, this.place, doing);
  }

  /** The region in which the bucket is, if the answer is that it is not in ours. */
  #elsewhere(answer: Answered): string | undefined {
    const { status, headers, body } = answer;
    const redirects = status === 301 || status === 307 || codeOf(answer) === 'AuthorizationHeaderMalformed';
    const named = headers['x-amz-bucket-region'];
    if (redirects || (status === 400 && named && named !== this.#region))
      return named ? String(named) : textOf(body, 'Region');
    return undefined;
  }

  #signed({ method, key = '', query = [], headers = {}, body = '' }: Question, sent: Date) {
    const base = this.#url.pathname.replace(/\/$/, '');
    const bucket = this.#options.addressing === 'virtual' ? '' : `/${encode(this.#options.bucket)}`;
    const path = `${base}${bucket}/${key.split('/').map(encode).join('/')}`;
    const hash = typeof body === 'string' ? (body ? sha256(body) : EMPTY_HASH) : body.sha256;
    const length = typeof body === 'string' ? Buffer.byteLength(body) : body.size;
    return {
      path: query.length > 0 ? `${path}?${queryString(query)}` : path,
      headers: {
        ...sign(
          { method, host: this.#host, path, query, headers, hash },
          { ...this.#options, region: this.#region },
          sent,
        ),
        ...((method === 'PUT' || method === 'POST') && { 'content-length': length }),
      },
    };
  }

  #once(question: Question): Promise<Answered> {
    const { lookup, now } = this.limits;
    const { method, body = '', slow = 1, even = false } = question;
    this.#wire ??= wireTo(this.#url, this.#options.caBundle);
    const sent = now();
    return new Promise((resolve, reject) => {
      const request = this.#wire!.request({
        method,
        hostname: this.#host.replace(/:\d+$/, '').replace(/^\[|\]$/g, ''),
        port: this.#url.port,
        agent: this.#wire?.agent,
        maxHeaderSize: MAX_HEADER_BYTES,
        ...(lookup && { lookup }),
        ...this.#signed(question, sent),
      });
      const live = this.#live.add(request, { slow, even });
      request.on('error', reject);
      if (this.#options.signal?.aborted) this.#stop();
      request.on('response', (response) => {
        live.response = response;
        const { statusCode: status = 0, headers } = response;
        const answer = { status, headers, body: '', date: headers.date, sent: sent.getTime() };
        if (question.stream && status === 200) return resolve({ ...answer, stream: response });
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (chunk: string) => {
          text += chunk;
        });
        response.on('end', () => resolve({ ...answer, body: text }));
        response.on('error', reject);
      });
      if (typeof body === 'string') {
        request.end(body);
      } else if (body.size === 0) {
        request.end();
      } else {
        const file = createReadStream(body.path, { start: body.start, end: body.start + body.size - 1 });
        file.on('error', (error) => request.destroy(error)).pipe(request);
        request.on('close', () => file.destroy());
      }
    });
  }
}

const asksForPatience = (answer: Answered) =>
  answer.status === 429 || /^SlowDown|Throttl|TooMany|LimitExceeded/.test(codeOf(answer) ?? '');
