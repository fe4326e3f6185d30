import * as http from 'node:http';
import type { AddressInfo } from 'node:net';

/**
 * What stands between the mover and the S3 system says to a request; undefined: it passes. Of an answer in halves one comes, and
 * then the end, or nothing more.
 */
export type Verdict =
  | { status: number; body: string; headers?: http.OutgoingHttpHeaders }
  | ('silence' | 'half, and the end' | 'half, and silence')
  | undefined;
/** `key` is the path below the bucket, without query; a listing has none. */
export type Rule = (request: {
  method: string;
  key: string;
  url: string;
  headers: http.IncomingHttpHeaders;
}) => Verdict | Promise<Verdict>;

/** Lets nobody pass until so many have come. */
export function gate(count: number): () => Promise<void> {
  let come = 0;
  let open = () => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return () => {
    if (++come >= count) open();
    return opened;
  };
}

/** An answer as S3 systems give errors. */
export const s3Error = (status: number, code: string, message = code): Verdict => ({
  status,
  body: `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>${message}</Message></Error>`,
});

/**
 * A reverse proxy that hands requests on as they are (the signature names the host, which stays), but for those that `rule` answers.
 *
 * @param also what answers carry instead of, or beside, the S3 system's own headers
 */
export async function proxyTo(
  endpoint: string,
  rule: Rule,
  also: http.OutgoingHttpHeaders = {},
): Promise<{ endpoint: string; stop(): void }> {
  const { hostname, port } = new URL(endpoint);
  const agent = new http.Agent({ keepAlive: true });
  const server = http.createServer(async (request, response) => {
    const { method = '', url = '', headers } = request;
    const key = decodeURIComponent(url.split('?')[0] ?? '').replace(/^\/[^/]+\/?/, '');
    const verdict = await rule({ method, key, url, headers });
    if (verdict === 'silence') return;
    if (typeof verdict === 'object') {
      request.resume();
      const own = { 'content-type': 'application/xml', ...verdict.headers };
      response.writeHead(verdict.status, own).end(verdict.body);
      return;
    }
    const passed = http.request({ hostname, port, method, path: url, headers, agent }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, { ...answer.headers, ...also });
      if (!verdict) return answer.pipe(response);
      const half = Number(answer.headers['content-length']) / 2;
      answer.once('data', (chunk: Buffer) => {
        response.write(chunk.subarray(0, half), () => verdict === 'half, and the end' && response.destroy());
      });
    });
    passed.on('error', () => response.destroy());
    request.pipe(passed);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address() as AddressInfo;
  return {
    endpoint: `http://127.0.0.1:${address.port}`,
    stop() {
      server.closeAllConnections();
      server.close();
      agent.destroy();
    },
  };
}
