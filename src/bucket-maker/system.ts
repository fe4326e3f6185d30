import { setTimeout as wait } from 'node:timers/promises';
import { type Answer, isCertificate, NO_ANSWER, passes } from '../mover/s3-fault';
import { queryString, sha256, sign } from '../mover/signature';
import { type Wire, wireTo } from '../mover/wire';
import type { Keys } from './keys';
import { troubleOfAnswer, troubleOfError } from './system-trouble';
import type { Trouble } from './trouble';

/** Three tries of 10 s: the Job itself tries again, too. */
const TIMEOUT_MS = 10_000;
const TRIES = 3;

export interface Address {
  endpoint: string;
  region: string;
  caBundle?: string;
  timeoutMs?: number;
}

interface Question {
  method: 'GET' | 'PUT' | 'PATCH';
  /** Below the endpoint, already encoded. */
  path: string;
  query?: [string, string][];
  body?: string;
  /** In words, for the message of a failure. */
  doing: string;
}

export interface Answered extends Answer {
  sent: number;
}

/** An S3 system, as its administrator asks it: signed requests, asked again where that may help. */
export class System {
  /** The subject of a sentence. */
  readonly #called: string;
  readonly #url: URL;
  readonly #address: Address;
  readonly #keys: Keys;
  #wire: Wire | undefined;

  constructor(address: Address, keys: Keys, called = 'S3 system') {
    this.#address = address;
    this.#keys = keys;
    this.#url = new URL(address.endpoint);
    this.#called = `The ${called} ${this.#url.origin}`;
  }

  /** An answer, of any status but those that another try may better. */
  async ask(question: Question): Promise<Answered> {
    const limit = this.#address.timeoutMs ?? TIMEOUT_MS;
    for (let attempt = 1; ; attempt++) {
      const last = await this.#once(question, limit).catch((error: NodeJS.ErrnoException) => error);
      const failed = !('status' in last);
      if (!failed && !passes(last)) return last;
      if (attempt === TRIES || (failed && isCertificate(last)))
        throw failed
          ? troubleOfError(last, this.#called, question.doing)
          : this.trouble(last, question.doing);
      await wait((attempt * limit) / 20);
    }
  }

  /** What an answer means that was not hoped for. */
  trouble(answer: Answered, doing: string): Trouble {
    return troubleOfAnswer(answer, this.#called, doing);
  }

  close(): void {
    this.#wire?.agent.destroy();
  }

  #once({ method, path: below, query = [], body = '' }: Question, limit: number): Promise<Answered> {
    const path = `${this.#url.pathname.replace(/\/$/, '')}${below}`;
    const sent = new Date();
    const headers = sign(
      { method, host: this.#url.host, path, query, headers: {}, hash: sha256(body) },
      { ...this.#keys, region: this.#address.region },
      sent,
    );
    this.#wire ??= wireTo(this.#url, this.#address.caBundle);
    const { agent, request: ask } = this.#wire;
    return new Promise((resolve, reject) => {
      const request = ask(
        {
          method,
          hostname: this.#url.hostname.replace(/^\[|\]$/g, ''),
          port: this.#url.port,
          path: query.length > 0 ? `${path}?${queryString(query)}` : path,
          headers: { ...headers, 'content-length': Buffer.byteLength(body) },
          agent,
        },
        (response) => {
          let text = '';
          response.setEncoding('utf8');
          response.on('data', (chunk: string) => {
            text += chunk;
          });
          response.on('end', () =>
            resolve({
              status: response.statusCode ?? 0,
              body: text,
              date: response.headers.date,
              sent: sent.getTime(),
            }),
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
