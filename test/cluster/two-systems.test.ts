import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { OWNER_KEY } from '../../src/mover/owner';
import { inBucket, keysOf } from './bucket-tree';
import { withEvidence } from './evidence';
import { FaultLab, ON_NODE_1, ON_NODE_2 } from './fault-lab';
import { SecondS3 } from './second-s3';

jest.setTimeout(90_000);

let lab: FaultLab;
let second: SecondS3;
beforeAll(async () => {
  lab = await FaultLab.open('two');
  second = await SecondS3.open();
}, 30_000);
afterAll(async () => {
  await lab?.close();
  second?.close();
});

test('two BackupConfigs: each service is in the S3 system of its own, though their buckets have one name', () =>
  withEvidence(lab.cluster, 60, async () => {
    const bucket = lab.bucket('same');
    await lab.makeBuckets('same');
    await second.createBucket(bucket);
    const { accessKeyId: id, secretAccessKey: key } = second.keys;
    await lab.apply(
      lab.secret('keys', { id, key }),
      lab.secret('password', { pw: 'another one' }),
      lab.config('there', (settings) => {
        settings.s3BackupConfig.s3Host = second.url;
        settings.s3BackupConfig.s3Credentials = {
          secretName: 'two-keys',
          accessKeyIDProperty: 'id',
          secretKeyProperty: 'key',
        };
        settings.resticPasswordSecret = { secretName: 'two-password', secretKey: 'pw' };
      }),
      lab.declaration('here', [ON_NODE_1], { backupBucketName: bucket }),
      lab.declaration('there', [ON_NODE_2], { backupBucketName: bucket, backupConfig: 'two-there' }),
    );
    for (const name of ['here', 'there']) expect((await lab.ended(name, 50)).state).toBe('Success');

    const inSecond = join(second.directory, bucket);
    const owner = (file: string) => JSON.parse(readFileSync(file, 'utf8')).name;
    expect([owner(inBucket(bucket, OWNER_KEY)), owner(join(inSecond, OWNER_KEY))]).toEqual([
      'two-here',
      'two-there',
    ]);
    const config = (directory: string) => readFileSync(join(directory, 'config')).toString('base64');
    expect(config(inSecond)).not.toBe(config(inBucket(bucket)));
    expect(keysOf(bucket, 'snapshots/')).toHaveLength(1);
    expect(existsSync(join(inSecond, 'snapshots'))).toBe(true);
  }));
