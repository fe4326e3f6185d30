import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { paths } from '../../testbed/layout';

/** Where the testbed's S3 system keeps the objects of a bucket: as files of their names. */
export const inBucket = (bucket: string, ...key: string[]): string => join(paths.s3, bucket, ...key);

/** Keys below a prefix. */
export const keysOf = (bucket: string, prefix = ''): string[] =>
  readdirSync(inBucket(bucket), { recursive: true, encoding: 'utf8' })
    .filter((key) => key.startsWith(prefix) && !key.startsWith('.sgwtmp'))
    .filter((key) => statSync(inBucket(bucket, key)).isFile())
    .sort();

/** Every object of a bucket, byte for byte. */
export const contentOf = (bucket: string): Record<string, string> =>
  Object.fromEntries(
    keysOf(bucket).map((key) => [
      key,
      createHash('sha256')
        .update(readFileSync(inBucket(bucket, key)))
        .digest('hex'),
    ]),
  );

/** With the extended attributes in which the S3 system keeps what it knows of an object. */
export function copyBucket(from: string, to: string): void {
  rmSync(inBucket(to), { recursive: true, force: true });
  execFileSync('cp', ['--archive', inBucket(from), inBucket(to)]);
}
