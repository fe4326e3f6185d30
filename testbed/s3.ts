import { mkdirSync } from 'node:fs';
import { AwsClient } from 'aws4fetch';
import { binary } from './build/binaries';
import type { HostPart } from './cluster/control-plane';
import { accepts } from './cluster/probe';
import { ADDRESS, PORTS, paths } from './layout';

/** Reachable from the host and from every pod. The keys are no secrets: the store lives and dies with the testbed. */
export const S3 = {
  endpoint: `http://${ADDRESS}:${PORTS.s3}`,
  accessKeyId: 'testbed',
  secretAccessKey: 'testbed-secret',
  region: 'us-east-1',
} as const;

export const S3_PART: HostPart = {
  command: () => {
    for (const directory of [paths.s3, paths.s3Users]) mkdirSync(directory, { recursive: true });
    const credentials = ['--access', S3.accessKeyId, '--secret', S3.secretAccessKey, '--region', S3.region];
    return [
      binary('versitygw'),
      '--port',
      `${ADDRESS}:${PORTS.s3}`,
      ...credentials,
      // Users beside the root, whose keys are these: tests make some.
      '--iam-dir',
      paths.s3Users,
      '--quiet',
      'posix',
      paths.s3,
    ];
  },
  serves: () => accepts({ host: ADDRESS, port: PORTS.s3 }),
};

/** Makes a bucket; one that is already there is no error. */
export async function createBucket(name: string): Promise<void> {
  const client = new AwsClient({ ...S3, service: 's3', retries: 0 });
  const answer = await client.fetch(`${S3.endpoint}/${name}`, { method: 'PUT' });
  const text = await answer.text();
  if (!answer.ok && !text.includes('BucketAlreadyOwnedByYou')) {
    throw new Error(`The bucket "${name}" was not created: ${answer.status} ${text}`);
  }
}
