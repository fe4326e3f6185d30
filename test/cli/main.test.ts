import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { built } from '../constructs/built';

const ROOT = join(__dirname, '../..');
const PROGRAM = join(ROOT, 'build/cli.js');

beforeAll(built, 60_000);

/** A program as people start it, without any cluster. */
const start = (path: string, ...args: string[]) =>
  new Promise<{ code: number; stdout: string; stderr: string }>((resolve) => {
    const env = { ...process.env, NO_COLOR: '1' };
    const child = execFile(process.execPath, [path, ...args], { cwd: ROOT, env }, (_, stdout, stderr) =>
      resolve({ code: child.exitCode ?? -1, stdout, stderr }),
    );
  });

test.concurrent('a mistake on the command line is one sentence, where help is, and exit code 2', async () => {
  expect(await start(PROGRAM, 'restore', 'wiki/backup')).toEqual({
    code: 2,
    stdout: '',
    stderr:
      'error: --to-claim or --to-bucket is missing: write --to-claim NAME for a volume, --to-bucket NAME for a bucket.\n',
  });
});

test.concurrent('a word that is wrong is told before a cluster is asked', async () => {
  const answer = await start(PROGRAM, 'status', 'wiki');

  expect(answer).toMatchObject({ code: 2, stdout: '' });
  expect(answer.stderr).toMatch(/^error: 'wiki' does not name a ServiceBackup: .*\n$/);
});

test.concurrent.each([
  ['acknowledge', '--yes'],
  ['recovery-key', '--again'],
])('%s is of one service', async (command, flag) => {
  expect(await start(PROGRAM, command, flag)).toEqual({
    code: 2,
    stdout: '',
    stderr: "error: missing required argument 'namespace/name'\nSee 'service-backup --help'.\n",
  });
});

test.concurrent('as a plugin of kubectl it shows what people type', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'plugin-'));
  const plugin = join(folder, 'kubectl-servicebackup');
  symlinkSync(PROGRAM, plugin);
  try {
    const { code, stdout } = await start(plugin, '--help');

    expect(stdout.split('\n')[0]).toBe('Usage: kubectl servicebackup [options] [command]');
    expect(code).toBe(0);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
