import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Answers {
  /** Empty when ready; else what is waited for. */
  waitsFor(): string[];
  metrics(): Promise<string>;
}

/** /healthz, /readyz, /metrics. */
export async function serve(port: number, answers: Answers): Promise<{ port: number; server: Server }> {
  const server = createServer(async (request, response) => {
    const reply = (status: number, body: string) => {
      response.writeHead(status, { 'Content-Type': 'text/plain; version=0.0.4; charset=utf-8' });
      response.end(`${body}\n`);
    };
    const path = request.url?.split('?')[0];
    try {
      if (path === '/healthz') reply(200, 'ok');
      else if (path === '/readyz') {
        const missing = answers.waitsFor();
        reply(missing.length ? 503 : 200, missing.length ? `waits for ${missing.join(', ')}` : 'ok');
      } else if (path === '/metrics') reply(200, await answers.metrics());
      else reply(404, 'There is /healthz, /readyz and /metrics.');
    } catch (error) {
      reply(500, (error as Error).message);
    }
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, resolve);
  });
  return { port: (server.address() as AddressInfo).port, server };
}
