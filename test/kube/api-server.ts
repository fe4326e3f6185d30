import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Rest } from '../../src/kube/rest';

/** The wire alone: what a socket can do to us. How the API server behaves is tested on a real one, in test/cluster. */
export class Wire {
  readonly requests: string[] = [];
  readonly rest: Rest;
  private readonly server: Server;

  private constructor(server: Server, url: string) {
    this.server = server;
    this.rest = new Rest({ server: url, options: async () => ({}) });
  }

  static async open(answer: (request: IncomingMessage, response: ServerResponse) => void): Promise<Wire> {
    let wire: Wire | undefined;
    const server = createServer((request, response) => {
      wire?.requests.push(`${request.method} ${request.url}`);
      answer(request, response);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    wire = new Wire(server, `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    return wire;
  }

  async close(): Promise<void> {
    this.rest.close();
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}

export const json = (response: ServerResponse, status: number, body: unknown): void => {
  response.writeHead(status, { 'Content-Type': 'application/json' });
  response.end(JSON.stringify(body));
};

/** Waits for a condition, with a deadline: no test sleeps. */
export async function until(condition: () => boolean, milliseconds = 5000): Promise<void> {
  const deadline = Date.now() + milliseconds;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error(`not true within ${milliseconds} ms: ${condition}`);
    await new Promise((resolve) => setImmediate(resolve));
  }
}
