import { readFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Agent, createServer, request, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { ANNOTATION } from '../../src/api';
import { LOOPBACK, PORTS, paths } from '../../testbed/simulation/layout';

/** A request that changes something. */
export interface Write {
  /** `namespace/name` of the ServiceBackup that it is made for; '' for the Lease. */
  of: string;
  /** E.g. `POST jobs`, `PUT servicebackups/status`. */
  what: string;
}

/** What is done at a write: `before` it reaches the API server, or `after` it was applied and before the operator hears of it. */
export interface Trap {
  when: 'before' | 'after';
  isAt(write: Write): boolean;
  /** What is done. The answer never arrives, and the connection breaks. */
  spring(): void | Promise<void>;
}

/** Stands between an operator and the API server, and sees every write. */
export class Gate {
  readonly writes: Write[] = [];
  /** Of any kind; a watch is one. */
  requests = 0;
  private readonly traps = new Set<Trap>();
  private readonly owners = new Map<string, string>();
  private readonly agent = new Agent({ keepAlive: true, rejectUnauthorized: false });

  private constructor(private readonly server: Server) {
    server.on('request', (incoming, response) => {
      this.pass(incoming, response).catch(() => incoming.socket.destroy());
    });
  }

  static async open(): Promise<Gate> {
    const pki = (file: string) => readFileSync(join(paths.pki, file));
    const server = createServer({ cert: pki('apiserver.crt'), key: pki('apiserver.key') });
    await new Promise<void>((resolve) => server.listen(0, LOOPBACK, resolve));
    return new Gate(server);
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  /** A trap springs once. */
  set(trap: Trap): void {
    this.traps.add(trap);
  }

  close(): Promise<void> {
    this.agent.destroy();
    this.server.closeAllConnections();
    return new Promise((resolve) => this.server.close(() => resolve()));
  }

  private async pass(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    this.requests += 1;
    if (incoming.method === 'GET') return this.forward(incoming, undefined, response);
    const body = await whole(incoming);
    const write = this.writeOf(incoming, body);
    this.writes.push(write);
    const trap = [...this.traps].find((one) => one.isAt(write));
    if (!trap) return this.forward(incoming, body, response);
    this.traps.delete(trap);
    if (trap.when === 'after') await this.forward(incoming, body);
    await trap.spring();
    incoming.socket.destroy();
  }

  private writeOf({ method, url }: IncomingMessage, body: Buffer): Write {
    const path = url!.split('?')[0]!;
    const [, namespace = '', plural = '', name = '', sub] =
      /\/namespaces\/([^/]+)\/([^/]+)(?:\/([^/]+))?(?:\/([^/]+))?$/.exec(path) ?? [];
    const what = `${method} ${plural}${sub ? `/${sub}` : ''}`;
    if (plural === 'servicebackups') return { of: `${namespace}/${name}`, what };
    if (plural === 'leases') return { of: '', what };
    if (plural === 'jobs' && method === 'DELETE') return { of: this.owners.get(name) ?? name, what };
    const object = JSON.parse(body.toString()) as {
      metadata: { name: string; annotations?: Record<string, string> };
      involvedObject?: { name?: string };
    };
    if (plural === 'events') return { of: `${namespace}/${object.involvedObject?.name}`, what };
    const of = object.metadata.annotations?.[ANNOTATION.serviceBackup] ?? '';
    this.owners.set(object.metadata.name, of);
    return { of, what };
  }

  /** Without a response to write to, the answer is taken whole and kept from the operator. */
  private forward(
    incoming: IncomingMessage,
    body: Buffer | undefined,
    response?: ServerResponse,
  ): Promise<void> {
    return new Promise((resolve, reject) => {
      const { method, url, headers } = incoming;
      let ended = false;
      const sent = request(
        { host: LOOPBACK, port: PORTS.apiserver, method, path: url, headers, agent: this.agent },
        (answer) => {
          answer.once('error', reject);
          answer.once('end', () => {
            ended = true;
            resolve();
          });
          if (!response) return answer.resume();
          response.writeHead(answer.statusCode!, answer.headers);
          // The head of a watch is all that comes until something happens.
          response.flushHeaders();
          answer.pipe(response);
        },
      );
      sent.once('error', reject);
      // A watch goes on until its operator is gone.
      response?.once('close', () => ended || sent.destroy());
      sent.end(body);
    });
  }
}

async function whole(stream: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
