import { randomFillSync } from 'node:crypto';
import * as http from 'node:http';
import { AwsV4Signer } from 'aws4fetch';

export interface Objects {
  count: number;
  /** The bodies' bytes, spread evenly between these two. */
  from: number;
  to: number;
}

interface Place {
  endpoint: string;
  bucket: string;
  accessKeyId: string;
  secretAccessKey: string;
}

const PARALLEL = 16;

/** Objects of random bytes, 500 in a directory, as a service writes them: one PUT each. */
export async function putObjects(prefix: string, { count, from, to }: Objects, place: Place): Promise<void> {
  const agent = new http.Agent({ keepAlive: true, maxSockets: PARALLEL });
  let next = 0;
  const writer = async () => {
    const body = Buffer.alloc(to);
    for (let n = next++; n < count; n = next++) {
      const bytes = from + Math.round((n * (to - from)) / Math.max(1, count - 1));
      randomFillSync(body, 0, bytes);
      await put(`${prefix}/${Math.floor(n / 500)}/${n}.bin`, body.subarray(0, bytes), place, agent);
    }
  };
  await Promise.all(Array.from({ length: PARALLEL }, writer));
  agent.destroy();
}

/** Creates a bucket, if the key is empty. */
export async function put(key: string, body: Buffer, place: Place, agent?: http.Agent): Promise<void> {
  const { endpoint, bucket, accessKeyId, secretAccessKey } = place;
  const url = `${endpoint}/${bucket}${key && `/${key}`}`;
  const headers = { 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD', 'content-type': 'application/octet-stream' };
  const signer = { method: 'PUT', url, headers, accessKeyId, secretAccessKey, service: 's3' };
  const signed = await new AwsV4Signer({ ...signer, region: 'us-east-1' }).sign();
  const status = await new Promise<number | undefined>((resolve, reject) => {
    const request = http.request(url, { method: 'PUT', agent, headers: Object.fromEntries(signed.headers) });
    request.once('response', (answer) => answer.resume().once('end', () => resolve(answer.statusCode)));
    request.once('error', reject).end(body);
  });
  if (status !== 200) throw new Error(`PUT ${url} was answered with ${status}.`);
}
