import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Lease } from '../../src/kube/objects';
import { Leadership } from '../../src/operator/lease';
import { json, until, Wire } from '../kube/api-server';

/** One Lease, with the API server's rules for writing it. */
class LeaseServer {
  lease?: Lease;
  down = false;
  /** Takes requests, and never answers. */
  hangs = false;
  private version = 0;

  answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const fail = (code: number, reason: string) =>
      json(response, code, { kind: 'Status', code, reason, message: reason });
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    if (this.hangs) return;
    if (this.down) return fail(500, 'InternalError');
    if (request.method === 'GET') {
      if (this.lease) json(response, 200, this.lease);
      else fail(404, 'NotFound');
      return;
    }
    const sent = JSON.parse(Buffer.concat(chunks).toString()) as Lease;
    if (request.method === 'POST' && this.lease) return fail(409, 'AlreadyExists');
    if (request.method === 'PUT' && sent.metadata.resourceVersion !== this.lease?.metadata.resourceVersion)
      return fail(409, 'Conflict');
    this.version += 1;
    this.lease = { ...sent, metadata: { ...sent.metadata, resourceVersion: String(this.version) } };
    json(response, 200, this.lease);
  };

  get holder(): string | null | undefined {
    return this.lease?.spec?.holderIdentity;
  }
}

let server: LeaseServer;
let wire: Wire;
const leaders: Leadership[] = [];

function candidate(identity: string, changes = {}) {
  const said: string[] = [];
  const leader = new Leadership({
    kube: wire.rest,
    namespace: 'service-backup',
    name: 'service-backup',
    identity,
    onStart: () => said.push('start'),
    onStop: () => said.push('stop'),
    onTrouble: () => {},
    durationSeconds: 0.6,
    renewSeconds: 0.05,
    retrySeconds: 0.02,
    ...changes,
  });
  leaders.push(leader);
  leader.start();
  return { leader, said };
}

beforeEach(async () => {
  server = new LeaseServer();
  wire = await Wire.open(server.answer);
});
afterEach(async () => {
  await Promise.all(leaders.splice(0).map((leader) => leader.release().catch(() => {})));
  await wire.close();
});

test('of two operators one is active, and the other waits', async () => {
  const first = candidate('a');
  await until(() => first.leader.state === 'active');
  const second = candidate('b');
  await until(() => second.leader.state !== undefined);
  expect(second.leader.state).toBe('standby');
  expect(server.holder).toBe('a');
  expect(second.said).toEqual([]);
});

test('one that stops gives the Lease back, and its successor starts at once', async () => {
  const first = candidate('a');
  await until(() => first.leader.state === 'active');
  const second = candidate('b', { durationSeconds: 3600 });
  await until(() => second.leader.state === 'standby');
  await first.leader.release();
  await until(() => second.leader.state === 'active', 1000);
  expect(server.lease?.spec).toMatchObject({ holderIdentity: 'b', leaseTransitions: 1 });
});

test('one that was killed is succeeded when its Lease has not been renewed for as long as it lasts', async () => {
  server.lease = {
    metadata: { name: 'service-backup', namespace: 'service-backup', resourceVersion: '0' },
    // Its clock may be wrong: only that it does not change counts.
    spec: { holderIdentity: 'dead', leaseDurationSeconds: 0.2, renewTime: '2099-01-01T00:00:00.000000Z' },
  };
  const second = candidate('b');
  await until(() => second.leader.state === 'standby');
  await until(() => second.leader.state === 'active');
  expect(server.holder).toBe('b');
});

describe('by the clock of the API server', () => {
  const lease = (writtenSecondsAgo: number, renewTime: string): Lease => ({
    metadata: {
      name: 'service-backup',
      namespace: 'service-backup',
      resourceVersion: '0',
      managedFields: [
        { time: '2026-01-01T00:00:00Z' },
        { time: new Date(Date.now() - writtenSecondsAgo * 1000).toISOString().replace(/\.\d+/, '') },
      ],
    },
    spec: { holderIdentity: 'dead', leaseDurationSeconds: 10, renewTime },
  });

  test('a Lease that was not renewed for as long as it lasts is taken at the first look', async () => {
    // Whatever the clock of its holder said.
    server.lease = lease(10, '2099-01-01T00:00:00.000000Z');
    const second = candidate('b', { durationSeconds: 10, retrySeconds: 3600 });
    await until(() => second.leader.state !== undefined);
    expect([second.leader.state, server.holder]).toEqual(['active', 'b']);
  });

  test('one that was renewed a moment ago is left alone', async () => {
    server.lease = lease(7, '2020-01-01T00:00:00.000000Z');
    const second = candidate('b', { durationSeconds: 10, retrySeconds: 3600 });
    await until(() => second.leader.state !== undefined);
    expect([second.leader.state, server.holder]).toEqual(['standby', 'dead']);
  });
});

test('one whose renewal is not answered steps down all the same', async () => {
  const only = candidate('a');
  await until(() => only.leader.state === 'active');
  server.hangs = true;
  await until(() => only.leader.state === 'standby', 1000);
  server.hangs = false;
  await until(() => only.leader.state === 'active');
});

test('a container that starts again in its pod goes on with its own Lease', async () => {
  server.lease = {
    metadata: { name: 'service-backup', namespace: 'service-backup', resourceVersion: '0' },
    spec: { holderIdentity: 'a', leaseDurationSeconds: 3600, renewTime: '2026-01-01T00:00:00.000000Z' },
  };
  const again = candidate('a', { retrySeconds: 3600 });
  await until(() => again.leader.state === 'active', 1000);
});

test('one that cannot renew steps down before another can take over, and comes back', async () => {
  const only = candidate('a');
  await until(() => only.leader.state === 'active');
  server.down = true;
  await until(() => only.leader.state === 'standby');
  server.down = false;
  await until(() => only.leader.state === 'active');
  expect(only.said).toEqual(['start', 'stop', 'start']);
});

test('a renewal is one request', async () => {
  const only = candidate('a');
  await until(() => wire.requests.filter((line) => line.startsWith('PUT')).length >= 3);
  expect(wire.requests.filter((line) => line.startsWith('GET'))).toHaveLength(1);
  expect(only.said).toEqual(['start']);
});
