import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { buildSync } from 'esbuild';
import { freePort } from '../test/cluster/mover/free-port';
import { binary } from '../testbed/build/binaries';

/** The mover as one file, as its Job runs it. */
export function bundleMover(outfile: string): void {
  const entryPoints = [join(__dirname, '../src/mover/main.ts')];
  buildSync({ entryPoints, outfile, bundle: true, minify: true, platform: 'node' });
}

/** An S3 system on loopback, whose buckets are the directories of `store`. */
export async function startS3(
  store: string,
  keys: { accessKeyId: string; secretAccessKey: string },
): Promise<{ endpoint: string; s3: ChildProcess }> {
  const address = `127.0.0.1:${await freePort()}`;
  const endpoint = `http://${address}`;
  const args = ['--access', keys.accessKeyId, '--secret', keys.secretAccessKey, '--quiet', '--port', address];
  const s3 = spawn(binary('versitygw'), [...args, 'posix', store], { stdio: 'ignore' });
  for (const deadline = Date.now() + 10_000; !(await answers(endpoint)); ) {
    if (Date.now() < deadline) await wait(20);
    else {
      s3.kill('SIGKILL');
      throw new Error('versitygw does not answer.');
    }
  }
  return { endpoint, s3 };
}

const answers = (endpoint: string) =>
  fetch(endpoint).then(
    () => true,
    () => false,
  );
