import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildSync } from 'esbuild';
import { type BucketTask, HOPELESS } from '../../../src/api/bucket-task';
import { Gateway, ROOT_KEYS } from './gateway';
import { until } from './harness';
import { proxyTo } from './proxy';

let gateway: Gateway;
let program: string;
beforeAll(async () => {
  gateway = await Gateway.start();
  program = join(gateway.directory, 'bucket-maker.js');
  const entryPoints = [join(__dirname, '../../../src/bucket-maker/main.ts')];
  buildSync({ entryPoints, outfile: program, bundle: true, platform: 'node', format: 'cjs' });
});
afterAll(() => gateway.stop());

/** The program as its Job runs it, without an API server. */
function start(task: BucketTask, env: NodeJS.ProcessEnv = gateway.env(task)) {
  const file = join(gateway.directory, `termination-${task.bucket}`);
  const child: ChildProcess = spawn(process.execPath, [program], {
    env: { ...env, SERVICE_BACKUP_OUTCOME_FILE: file },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let stdout = '';
  child.stdout!.on('data', (chunk) => {
    stdout += String(chunk);
  });
  const ended = new Promise<{ code: number | null; stdout: string; message?: string }>((resolve) => {
    child.once('close', (code) =>
      resolve({ code, stdout, ...(existsSync(file) && { message: readFileSync(file, 'utf8') }) }),
    );
  });
  return { child, ended };
}

test('it says what it did, and ends with 0', async () => {
  const task = gateway.task('wiki');
  gateway.secrets.set('s3-wiki', { AccessKey: 'wiki', SecretKey: 'a secret' });
  expect(await start(task).ended).toEqual({
    code: 0,
    stdout: [
      'The bucket wiki was made.',
      'The user wiki was made.',
      'The policy of the bucket wiki was set.',
      'The user wiki may use it.',
      '',
    ].join('\n'),
  });
});

test('it says why not in the termination message, too, and ends with 64 where another try is of no use', async () => {
  const task = gateway.task('shop');
  const message = expect.stringMatching(
    /^The admin API http:\S+ does not accept the administrator's signature: /,
  );
  const ended = await start(task, gateway.env(task, { ...ROOT_KEYS, secretAccessKey: 'wrong' })).ended;
  expect(ended).toEqual({ code: HOPELESS, stdout: `${ended.message}\n`, message });
});

test('it ends with 1 where another try may do', async () => {
  const ended = await start(gateway.task('shop')).ended;
  expect(ended).toMatchObject({
    code: 1,
    message: expect.stringMatching(/^KUBERNETES_SERVICE_HOST .* not set/),
  });
  expect(gateway.users()).not.toContain('shop user');
});

test('it says no key of anybody', async () => {
  const task = gateway.task('forum');
  gateway.secrets.set('s3-forum', { AccessKey: 'forum', SecretKey: 'a-key-of-forum' });
  const first = await start(task).ended;
  gateway.secrets.set('s3-forum', { AccessKey: 'forum', SecretKey: 'a-key-of-forum', more: '' });
  const second = await start(task, gateway.env(task, { ...ROOT_KEYS, accessKeyId: 'nobody' })).ended;
  const all = [first, second].map(({ stdout, message }) => stdout + message).join();
  expect(all).not.toMatch(new RegExp(`a-key-of-forum|${ROOT_KEYS.secretAccessKey}`));
});

test('told to stop, it ends, whatever it waits for', async () => {
  let asked = false;
  const proxy = await proxyTo(gateway.endpoint, () => {
    asked = true;
    return 'silence';
  });
  try {
    const task = gateway.task('blog', { admin: { api: 'versitygw', endpoint: proxy.endpoint } });
    const { child, ended } = start(task);
    await until('it asks', () => asked);
    child.kill('SIGTERM');
    const message = 'Stopped from outside before all was done; the next try goes on.';
    expect(await ended).toEqual({ code: 1, stdout: `${message}\n`, message });
  } finally {
    proxy.stop();
  }
});
