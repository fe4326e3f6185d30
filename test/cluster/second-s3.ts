import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AwsClient } from 'aws4fetch';
import { until } from '../../demo/steps';
import { attach } from '../../testbed';
import { ADDRESS } from '../../testbed/layout';

/** Another S3 system than the testbed's, with keys of its own. */
export class SecondS3 {
  readonly keys = { accessKeyId: 'second', secretAccessKey: 'second-secret' };

  private constructor(
    readonly url: string,
    /** Where it keeps its buckets: objects are files of their names. */
    readonly directory: string,
    private readonly process: ChildProcess,
  ) {}

  static async open(): Promise<SecondS3> {
    const { bin } = await attach();
    const address = `${ADDRESS}:${await freePort()}`;
    const directory = mkdtempSync(join(tmpdir(), 'second-s3-'));
    const keys = ['--access', 'second', '--secret', 'second-secret', '--region', 'us-east-1'];
    const made = spawn(bin('versitygw'), ['--port', address, ...keys, '--quiet', 'posix', directory], {
      stdio: 'ignore',
    });
    const second = new SecondS3(`http://${address}`, directory, made);
    await until('the second S3 system to answer', 10, () =>
      fetch(second.url).then(
        () => true,
        () => undefined,
      ),
    );
    return second;
  }

  async createBucket(name: string): Promise<void> {
    const client = new AwsClient({ ...this.keys, service: 's3', region: 'us-east-1', retries: 0 });
    const answer = await client.fetch(`${this.url}/${name}`, { method: 'PUT' });
    if (!answer.ok) throw new Error(`The bucket ${name} was not created: ${await answer.text()}`);
  }

  close(): void {
    this.process.kill('SIGKILL');
    rmSync(this.directory, { recursive: true, force: true });
  }
}

const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const server = createServer().listen(0, ADDRESS, () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
