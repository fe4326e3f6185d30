import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ItemOutcome } from '../../src/api/outcome';
import { heartbeat, notifyUrl } from '../../src/operator/notify';
import { plan } from '../../src/operator/plan';
import {
  actionsOf,
  at,
  backup,
  config,
  ended,
  group,
  job,
  observed,
  outcome,
  run,
  success,
  written,
} from './fixtures';

const wiki = { namespace: 'wiki', name: 'backup' };
const urls = {
  success: 'https://up.example.net/ping/s3cr3t?of={namespace}/{name}',
  failure: 'https://up.example.net/ping/s3cr3t/fail?of={namespace}/{name}&why={state}:{reason}',
};

describe('which URL is fetched', () => {
  test.each([
    ['Success', undefined, 'https://up.example.net/ping/s3cr3t?of=wiki/backup'],
    [
      'Warning',
      'UnreadableFiles',
      'https://up.example.net/ping/s3cr3t/fail?of=wiki/backup&why=Warning:UnreadableFiles',
    ],
    ['Failed', 'NodeLost', 'https://up.example.net/ping/s3cr3t/fail?of=wiki/backup&why=Failed:NodeLost'],
  ] as const)('after %s', (state, reason, url) => {
    expect(notifyUrl(urls, wiki, { state, ...(reason && { reason }) })).toBe(url);
  });

  test('none, when none is wanted', () => {
    expect(notifyUrl({ failure: urls.failure }, wiki, { state: 'Success' })).toBeUndefined();
  });

  test('what is put in cannot change where it goes', () => {
    const odd = { namespace: 'a&b=c', name: '../x?y#z' };
    expect(notifyUrl({ success: 'http://up/{name}?n={namespace}' }, odd, { state: 'Success' })).toBe(
      'http://up/..%2Fx%3Fy%23z?n=a%26b%3Dc',
    );
  });
});

describe('a heartbeat', () => {
  let server: Server;
  let answer: (request: IncomingMessage, response: ServerResponse) => void;
  const seen: string[] = [];
  const url = (path = '/ping/s3cr3t?token=t0ken') =>
    `http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`;
  const quick = { timeout: 200, pauses: [1, 1] };

  beforeEach(async () => {
    seen.length = 0;
    answer = (_, response) => response.end('OK');
    server = createServer((request, response) => {
      seen.push(`${request.method} ${request.url}`);
      answer(request, response);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });
  afterEach(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  test('is one GET', async () => {
    expect(await heartbeat(url(), quick)).toBeUndefined();
    expect(seen).toEqual(['GET /ping/s3cr3t?token=t0ken']);
  });

  test('is tried three times', async () => {
    answer = (_, response) => response.writeHead(seen.length < 3 ? 503 : 200).end();
    expect(await heartbeat(url(), quick)).toBeUndefined();
    expect(seen).toHaveLength(3);
  });

  test.each<[string, () => void, RegExp]>([
    [
      'refuses',
      () => {
        answer = (_, response) => response.writeHead(404).end();
      },
      /: it answered 404\. See 'notify'/,
    ],
    [
      'is silent',
      () => {
        answer = () => {};
      },
      /: no answer within 0\.2 s\. See 'notify'/,
    ],
    [
      'breaks off',
      () => {
        answer = (request) => request.socket.destroy();
      },
      /: UND_ERR_SOCKET\. See 'notify'/,
    ],
  ])('to a server that %s says so, naming the host and nothing else', async (_, make, words) => {
    make();
    const trouble = await heartbeat(url(), quick);
    expect(trouble).toMatch(/^127\.0\.0\.1:\d+ could not be told how the run ended/);
    expect(trouble).toMatch(words);
    expect(trouble).not.toMatch(/ping|s3cr3t|t0ken/);
    expect(seen).toHaveLength(3);
  });

  test('to nobody says so', async () => {
    const gone = url();
    await new Promise((resolve) => server.close(resolve));
    expect(await heartbeat(gone, quick)).toBe(
      `${new URL(gone).host} could not be told how the run ended: ECONNREFUSED. See 'notify' in the BackupConfig.`,
    );
  });

  test('to what is no URL says so without it', async () => {
    expect(await heartbeat('https://s3cr3t:x:y/', quick)).not.toMatch(/s3cr3t/);
  });
});

describe('the end of a run', () => {
  const ending = (item: ItemOutcome, notify: object) =>
    plan(
      observed(
        backup(['a'], {
          status: { scheduledThrough: written('01:30'), run: run([group('j1', 'node-1', ['a'])]) },
        }),
        {
          jobs: [job('j1')],
          pods: { j1: ended('j1', outcome([item])) },
          config: config({ notify }),
        },
      ),
      at('01:40'),
    );

  test('decides its heartbeat in the write that ends it: it is sent once', () => {
    const made = ending(success(), urls);
    expect(made.status.lastBackup?.notified).toBe(true);
    expect(actionsOf(made.actions, 'notify')).toEqual([
      { type: 'notify', url: 'https://up.example.net/ping/s3cr3t?of=wiki/backup' },
    ]);
    const again = plan(
      observed(backup(['a'], { status: made.status }), { config: config({ notify: urls }) }),
      at('01:41'),
    );
    expect(actionsOf(again.actions, 'notify')).toEqual([]);
  });

  test('has none when the config wants none', () => {
    const made = ending({ state: 'Failed', reason: 'NoFiles', message: 'empty' }, { success: urls.success });
    expect(made.status.lastBackup).not.toHaveProperty('notified');
    expect(actionsOf(made.actions, 'notify')).toEqual([]);
  });
});
