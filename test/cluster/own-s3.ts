import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AwsClient } from 'aws4fetch';
import { until } from '../../demo/steps';
import { binary } from '../../testbed/build/binaries';
import { ADDRESS } from '../../testbed/layout';
import { freePort } from './mover/free-port';

export interface Keys {
  accessKeyId: string;
  secretAccessKey: string;
}

/** An S3 system with keys of its own, which are nobody's argument, not even its own. */
export class OwnS3 {
  private constructor(
    readonly url: string,
    private readonly keys: Keys,
    private readonly process: ChildProcess,
    private readonly directory: string,
  ) {}

  static async open(keys: Keys): Promise<OwnS3> {
    const port = await freePort();
    const directory = mkdtempSync(join(tmpdir(), 'own-s3-'));
    const child = spawn(
      binary('versitygw'),
      ['--port', `${ADDRESS}:${port}`, '--quiet', 'posix', directory],
      {
        env: {
          ...process.env,
          ROOT_ACCESS_KEY_ID: keys.accessKeyId,
          ROOT_SECRET_ACCESS_KEY: keys.secretAccessKey,
        },
        stdio: 'ignore',
      },
    );
    const s3 = new OwnS3(`http://${ADDRESS}:${port}`, keys, child, directory);
    await until('an S3 system', 20, () =>
      fetch(s3.url).then(
        () => true as const,
        () => undefined,
      ),
    );
    return s3;
  }

  async createBucket(name: string): Promise<void> {
    const client = new AwsClient({ ...this.keys, service: 's3', retries: 0 });
    const { ok, status } = await client.fetch(`${this.url}/${name}`, { method: 'PUT' });
    if (!ok) throw new Error(`The bucket ${name} was not made: ${status}`);
  }

  close(): void {
    this.process.kill('SIGKILL');
    rmSync(this.directory, { recursive: true, force: true });
  }
}
