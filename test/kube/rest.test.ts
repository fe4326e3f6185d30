import type { IncomingMessage, ServerResponse } from 'node:http';
import { KubeError } from '../../src/kube/error';
import { RESOURCES } from '../../src/kube/resources';
import { Rest } from '../../src/kube/rest';
import { json, Wire } from './api-server';

let wire: Wire | undefined;
const serve = async (answer: (request: IncomingMessage, response: ServerResponse) => void) => {
  wire = await Wire.open(answer);
  return wire.rest;
};
const failure = (status: number, reason: string, message: string) => (_: unknown, response: ServerResponse) =>
  json(response, status, { kind: 'Status', code: status, reason, message });
const thrown = (promise: Promise<unknown>): Promise<KubeError> =>
  promise.then(
    () => {
      throw new Error('nothing was thrown');
    },
    (error) => error,
  );

afterEach(async () => {
  await wire?.close();
  wire = undefined;
});

test('an object that does not exist is undefined, not an error', async () => {
  const rest = await serve(failure(404, 'NotFound', 'jobs.batch "a" not found'));
  expect(await rest.get(RESOURCES.jobs, 'a', 'b')).toBeUndefined();
  await rest.delete(RESOURCES.jobs, 'a', 'b');
});

test("an error is the API server's own sentence, with its status and reason", async () => {
  const rest = await serve(failure(409, 'AlreadyExists', 'jobs.batch "a" already exists'));
  const error = await thrown(rest.create(RESOURCES.jobs, { metadata: { name: 'a', namespace: 'b' } }));
  expect(error).toBeInstanceOf(KubeError);
  expect(error).toMatchObject({
    status: 409,
    reason: 'AlreadyExists',
    message: 'jobs.batch "a" already exists',
  });
});

test('an answer that is not of the API server is quoted', async () => {
  const rest = await serve((_, response) => response.writeHead(502).end('<html>Bad Gateway</html>'));
  const error = await thrown(rest.list(RESOURCES.nodes));
  expect(error.message).toBe('The API server answered 502: <html>Bad Gateway</html>.');
});

test('an API server that does not answer is given up after the timeout', async () => {
  const rest = await serve(() => {});
  const url = rest.transport.access.server;
  const error = await thrown(rest.transport.text({ method: 'GET', path: '/version', timeout: 50 }));
  expect(error).toMatchObject({ status: 0, reason: 'Timeout' });
  expect(error.message).toBe(`The API server at ${url} did not answer GET /version within 0.05 s.`);
});

test('an API server that is not there is named', async () => {
  const rest = new Rest({ server: 'http://127.0.0.1:1', options: async () => ({}) });
  const error = await thrown(rest.list(RESOURCES.nodes));
  expect(error.reason).toBe('Unreachable');
  expect(error.message).toBe(
    'The API server at http://127.0.0.1:1 cannot be reached (GET /api/v1/nodes): connect ECONNREFUSED 127.0.0.1:1.',
  );
});

test('a kept connection that the server closed is opened again for a GET', async () => {
  let asked = 0;
  const rest = await serve((request, response) => {
    asked += 1;
    if (asked === 2) request.socket.resetAndDestroy();
    else json(response, 200, { items: [], metadata: { resourceVersion: '1' } });
  });
  await rest.list(RESOURCES.nodes);
  await rest.list(RESOURCES.nodes);
  expect(asked).toBe(3);
});

test('a deletion names the UID, so that a successor of the same name lives', async () => {
  let body = '';
  const rest = await serve((request, response) => {
    request.on('data', (chunk) => {
      body += chunk;
    });
    request.on('end', () => json(response, 200, {}));
  });
  await rest.delete(RESOURCES.jobs, 'a', 'b', { uid: 'u' });
  expect(JSON.parse(body)).toMatchObject({
    preconditions: { uid: 'u' },
    propagationPolicy: 'Background',
  });
});

test('logs come as whole lines, also when a chunk ends inside a character', async () => {
  const bytes = Buffer.from('erste Zeile\nzweite: schön\nletzte');
  const rest = await serve((_, response) => {
    const cut = bytes.indexOf(0xc3) + 1;
    response.write(bytes.subarray(0, cut));
    setImmediate(() => response.end(bytes.subarray(cut)));
  });
  const seen: string[] = [];
  for await (const line of rest.logs('ns', 'pod', 'mover', { follow: true })) seen.push(line);
  expect(seen).toEqual(['erste Zeile', 'zweite: schön', 'letzte']);
  expect(wire!.requests).toEqual(['GET /api/v1/namespaces/ns/pods/pod/log?container=mover&follow=true']);
});
