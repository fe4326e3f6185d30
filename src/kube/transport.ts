import * as http from 'node:http';
import * as https from 'node:https';
import { errorOf, KubeError } from './error';

/** How to reach an API server and be known there. Asked before every request: tokens and exec plugins expire. */
export interface Access {
  /** URL of the API server. */
  readonly server: string;
  options(): Promise<https.RequestOptions>;
}

export interface Request {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  path: string;
  query?: Record<string, string | number | boolean | undefined>;
  body?: unknown;
  contentType?: string;
  /** Milliseconds until the answer must be there whole; for a stream, until it begins. @default 30000 */
  timeout?: number;
  signal?: AbortSignal;
}

export const REQUEST_TIMEOUT = 30_000;

/**
 * One HTTP request after another over node:http(s): it takes certificates and CA from the kubeconfig in every setting,
 * which the fetch built into Node cannot.
 */
export class Transport {
  readonly access: Access;
  // Watches hold a socket each, so there is no limit on their number.
  private readonly secure = new https.Agent({ keepAlive: true, keepAliveMsecs: 30_000 });
  private readonly plain = new http.Agent({ keepAlive: true, keepAliveMsecs: 30_000 });

  constructor(access: Access) {
    this.access = access;
  }

  /** Ends idle connections, so that a process can exit. */
  close(): void {
    this.secure.destroy();
    this.plain.destroy();
  }

  /** The whole answer as text. Statuses from 300 on are thrown. */
  async text(request: Request): Promise<string> {
    return (await this.dated(request)).text;
  }

  /** The same, and what time it is by the API server's clock: to the second, and absent if a proxy took it away. */
  async dated(request: Request): Promise<{ text: string; date?: Date }> {
    const timeout = request.timeout ?? REQUEST_TIMEOUT;
    const deadline = AbortSignal.timeout(timeout);
    const signal = request.signal ? AbortSignal.any([request.signal, deadline]) : deadline;
    try {
      const response = await this.open({ ...request, signal, timeout: 0 });
      const date = new Date(response.headers.date ?? Number.NaN);
      return { text: await read(response), ...(Number.isFinite(date.getTime()) && { date }) };
    } catch (error) {
      throw this.explain(error, request, deadline.aborted && !request.signal?.aborted ? timeout : undefined);
    }
  }

  /** The answer as a stream, once its head is there. Statuses from 300 on are thrown. */
  async stream(request: Request): Promise<http.IncomingMessage> {
    const timeout = request.timeout ?? REQUEST_TIMEOUT;
    const late = new AbortController();
    const timer = setTimeout(() => late.abort(), timeout);
    const signal = request.signal ? AbortSignal.any([request.signal, late.signal]) : late.signal;
    try {
      return await this.open({ ...request, signal });
    } catch (error) {
      throw this.explain(error, request, late.signal.aborted ? timeout : undefined);
    } finally {
      clearTimeout(timer);
    }
  }

  private async open(request: Request): Promise<http.IncomingMessage> {
    const response = await this.send(request, true);
    const status = response.statusCode ?? 0;
    if (status >= 300) throw errorOf(status, await read(response));
    return response;
  }

  private async send(request: Request, mayRepeat: boolean): Promise<http.IncomingMessage> {
    const url = new URL(this.access.server);
    const options = await this.access.options();
    const query = Object.entries(request.query ?? {})
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => `${name}=${encodeURIComponent(String(value))}`)
      .join('&');
    const body = request.body === undefined ? undefined : Buffer.from(JSON.stringify(request.body));
    const secure = url.protocol === 'https:';
    const sent = (secure ? https : http).request({
      agent: secure ? this.secure : this.plain,
      ...options,
      protocol: url.protocol,
      hostname: url.hostname.replace(/^\[|\]$/g, ''),
      port: url.port || (secure ? 443 : 80),
      path: `${url.pathname.replace(/\/$/, '')}${request.path}${query && `?${query}`}`,
      method: request.method,
      signal: request.signal,
      headers: {
        ...options.headers,
        Accept: 'application/json',
        'User-Agent': 'service-backup',
        ...(body && {
          'Content-Type': request.contentType ?? 'application/json',
          'Content-Length': body.length,
        }),
      },
    });
    try {
      return await new Promise<http.IncomingMessage>((resolve, reject) => {
        sent.on('response', resolve);
        sent.on('error', reject);
        sent.end(body);
      });
    } catch (error) {
      // The server closed a kept connection at the moment we used it. Only a GET may be sent again without knowing more.
      const closed = sent.reusedSocket && (error as NodeJS.ErrnoException).code === 'ECONNRESET';
      if (mayRepeat && closed && request.method === 'GET') return this.send(request, false);
      throw error;
    }
  }

  private explain(error: unknown, request: Request, late?: number): unknown {
    if (error instanceof KubeError || request.signal?.aborted) return error;
    const what = `${request.method} ${request.path}`;
    if (late !== undefined)
      return new KubeError(
        0,
        'Timeout',
        `The API server at ${this.access.server} did not answer ${what} within ${late / 1000} s.`,
      );
    const { message, code } = error as NodeJS.ErrnoException;
    return new KubeError(
      0,
      'Unreachable',
      `The API server at ${this.access.server} cannot be reached (${what}): ${message || code}.`,
    );
  }
}

async function read(response: http.IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}
