import { readFileSync } from 'node:fs';
import * as http from 'node:http';
import * as https from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { pki } from '../../testbed/cluster/certificates';
import { ADDRESS } from '../../testbed/layout';
import { S3 } from '../../testbed/s3';

export interface Asked {
  method: string;
  /** `/<bucket>/<key>?<query>`, as it was sent. */
  path: string;
}

/** What becomes of a request: it is passed on, or never answered, or its connection is cut, or it is answered by this instead. */
export type Verdict =
  | 'pass'
  | 'silence'
  | 'cut'
  | { status: number; body?: string; headers?: http.OutgoingHttpHeaders };
export type Behaviour = (asked: Asked) => Verdict | Promise<Verdict>;

/** restic writes a backup's data: it is in its middle. */
export const isData = ({ method, path }: Asked): boolean => method === 'PUT' && path.includes('/data/');

export const pass: Behaviour = () => 'pass';
/** Takes connections and requests, and says nothing: what a firewall that drops packets looks like to a client. */
export const silent: Behaviour = () => 'silence';
/** An error as S3 systems word it. */
export const refusal = (status: number, code: string): Verdict => ({
  status,
  body: `<?xml version="1.0" encoding="UTF-8"?><Error><Code>${code}</Code><Message>on purpose</Message></Error>`,
  headers: { 'content-type': 'application/xml' },
});
export const page = (status: number): Verdict => ({
  status,
  body: '<!DOCTYPE html><html><body><h1>Welcome to our network</h1></body></html>',
  headers: { 'content-type': 'text/html' },
});

/** Passes everything on until the first request that is meant; from then on nothing is answered. */
export function silentFrom(meant: (asked: Asked) => boolean): Behaviour {
  let gone = false;
  return (asked) => {
    gone ||= meant(asked);
    return gone ? 'silence' : 'pass';
  };
}

/** Holds requests that are meant until it is opened; then they go on as if nothing had been. */
export class Gate {
  #open = () => {};
  readonly #opened = new Promise<Verdict>((resolve) => {
    this.#open = () => resolve('pass');
  });

  constructor(private readonly meant: (asked: Asked) => boolean) {}

  behaviour: Behaviour = (asked) => (this.meant(asked) ? this.#opened : 'pass');
  open = (): void => this.#open();
}

/** The authority that signed the testbed's certificates: nobody else knows it. */
export const testbedAuthority = (): string => readFileSync(pki('ca.crt'), 'utf8');

/**
 * An S3 system that can fail: it stands before the testbed's own, in this process, and pods reach it. Requests are passed on as
 * they come: their signature covers the header `Host`, which therefore stays.
 */
export class FaultyS3 {
  readonly #server: http.Server;
  readonly #sockets = new Set<Socket>();
  readonly #tls: boolean;
  #port = 0;
  behaviour: Behaviour = pass;
  /** Everything that was asked for, whatever became of it. */
  readonly asked: Asked[] = [];

  private constructor(tls: boolean) {
    this.#tls = tls;
    const listener: http.RequestListener = (request, response) => void this.#answer(request, response);
    this.#server = tls
      ? https.createServer(
          // The API server's own certificate: it is for this address.
          { key: readFileSync(pki('apiserver.key')), cert: readFileSync(pki('apiserver.crt')) },
          listener,
        )
      : http.createServer(listener);
    this.#server.requestTimeout = 0;
    this.#server.on('connection', (socket: Socket) => {
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
      socket.on('error', () => {});
    });
  }

  static async open(behaviour: Behaviour = pass, { tls = false } = {}): Promise<FaultyS3> {
    const front = new FaultyS3(tls);
    front.behaviour = behaviour;
    await front.listen();
    return front;
  }

  get url(): string {
    return `${this.#tls ? 'https' : 'http'}://${ADDRESS}:${this.#port}`;
  }

  /** After `close`, on the same port. */
  async listen(): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(this.#port, ADDRESS, resolve);
    });
    this.#port = (this.#server.address() as AddressInfo).port;
  }

  /** From now on connections are refused; those that are open are cut. */
  async close(): Promise<void> {
    if (!this.#server.listening) return;
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  async #answer(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    const asked = { method: request.method ?? '', path: request.url ?? '' };
    this.asked.push(asked);
    const verdict = await this.behaviour(asked);
    // Who asked may have died while it was held.
    if (verdict === 'silence' || request.destroyed || response.destroyed) return;
    if (verdict === 'cut') {
      request.socket.destroy();
      return;
    }
    if (verdict === 'pass') {
      this.#forward(request, response);
      return;
    }
    request.resume();
    response.writeHead(verdict.status, verdict.headers).end(verdict.body);
  }

  #forward(request: http.IncomingMessage, response: http.ServerResponse): void {
    const { hostname, port } = new URL(S3.endpoint);
    const { method, url: path, headers } = request;
    const onward = http.request({ hostname, port, method, path, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.rawHeaders);
      answer.pipe(response);
    });
    onward.on('error', () => response.destroy());
    // Who asked may be dead in the middle of it.
    response.on('close', () => onward.destroy());
    request.pipe(onward);
  }
}
