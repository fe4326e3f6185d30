import { once } from 'node:events';
import { serve } from '../../src/operator/server';

test('what is scraped comes piece by piece, and whole', async () => {
  const { port, server } = await serve(0, {
    waitsFor: () => ['its first look at the cluster'],
    metrics: () => Array.from({ length: 1000 }, (_, n) => `line ${n} ${'x'.repeat(1000)}\n`),
  });
  const of = async (path: string) => {
    const response = await fetch(`http://127.0.0.1:${port}${path}`);
    return { status: response.status, text: await response.text() };
  };
  const scraped = await of('/metrics');
  expect([scraped.status, scraped.text.split('\n').length]).toEqual([200, 1001]);
  expect(await of('/readyz')).toEqual({ status: 503, text: 'waits for its first look at the cluster\n' });
  expect((await of('/healthz')).status).toBe(200);
  expect((await of('/nothing')).status).toBe(404);
  server.close();
  server.closeAllConnections();
  await once(server, 'close');
});
