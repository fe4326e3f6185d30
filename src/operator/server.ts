import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

const TEXT = { 'Content-Type': 'text/plain; version=0.0.4; charset=utf-8' };

export interface Answers {
  /** Empty when ready; else what is waited for. */
  waitsFor(): string[];
  metrics(): Iterable<string>;
}

/** /healthz, /readyz, /metrics. */
export async function serve(port: number, answers: Answers): Promise<{ port: number; server: Server }> {
  const server = createServer(async (request, response) => {
    const reply = (status: number, body: string) => {
      response.writeHead(status, TEXT);
      response.end(`${body}\n`);
    };
    const path = request.url?.split('?')[0];
    try {
      if (path === '/healthz') reply(200, 'ok');
      else if (path === '/readyz') {
        const missing = answers.waitsFor();
        reply(missing.length ? 503 : 200, missing.length ? `waits for ${missing.join(', ')}` : 'ok');
      } else if (path === '/metrics') {
        response.writeHead(200, TEXT);
        // Megabytes in a large cluster: no more at once than the socket takes.
        await pipeline(Readable.from(answers.metrics()), response);
      } else reply(404, 'There is /healthz, /readyz and /metrics.');
    } catch (error) {
      // A scrape that broke off in its middle has nobody left to tell.
      if (!response.headersSent) reply(500, (error as Error).message);
    }
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, resolve);
  });
  return { port: (server.address() as AddressInfo).port, server };
}
