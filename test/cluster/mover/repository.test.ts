import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RepositoryRef, TaskItem } from '../../../src/api';
import { Bench } from './harness';

let bench: Bench;
let item: TaskItem;
/** A bucket with one backup, and the id of its repository. */
let ready: { bucket: string; id: string };

beforeAll(async () => {
  bench = await Bench.start();
  const volume = bench.volume();
  item = volume.item;
  writeFileSync(join(volume.source, 'file'), 'contents');
  const bucket = bench.createBucket();
  const { outcome } = await bench.run(bench.backupTask(bucket, [item]));
  expect(outcome?.items).toMatchObject([{ state: 'Success' }]);
  ready = { bucket, id: outcome?.repository ?? '' };
}, 30_000);
afterAll(() => bench.stop());

const backUp = (bucket: string, changes: Partial<RepositoryRef> = {}, env: NodeJS.ProcessEnv = {}) =>
  bench.run(bench.backupTask(bucket, [item], { repository: bench.repository(bucket, changes) }), { env });
const failure = async (...args: Parameters<typeof backUp>) => {
  const { code, outcome } = await backUp(...args);
  return { code, reason: outcome?.failure?.reason ?? outcome?.items[0]?.reason };
};
const objects = (bucket: string) => bench.objects(bucket);
const owner = (cluster: string) => ({ ...bench.repository('').owner, cluster });
const ownerObject = (bucket: string) =>
  JSON.parse(readFileSync(bench.inBucket(bucket, 'service-backup.json'), 'utf8'));
const copyOf = (bucket: string) => bench.copyOf(bucket);

test('an empty bucket is claimed and initialised, with exactly one key', () => {
  expect(readdirSync(bench.inBucket(ready.bucket, 'keys'))).toHaveLength(1);
  expect(ownerObject(ready.bucket)).toEqual({
    version: 1,
    ...owner('cluster-a'),
    repository: ready.id,
    config: expect.stringMatching(/^[0-9a-f]{64}$/),
  });
});

test('of twenty Jobs at once, one initialises it, once', async () => {
  const bucket = bench.createBucket();
  const runs = await Promise.all(Array.from({ length: 20 }, () => failure(bucket)));
  const reasons = new Set(runs.map(({ reason }) => reason ?? 'Success'));
  expect(reasons).toContain('Success');
  expect([...reasons].filter((reason) => reason !== 'Success' && reason !== 'RepositoryLocked')).toEqual([]);
  expect(bench.objects(bucket, 'keys')).toHaveLength(1);
  const config = readFileSync(bench.inBucket(bucket, 'config'));
  expect((await backUp(bucket)).outcome?.items).toMatchObject([{ state: 'Success', filesUnmodified: 1 }]);
  expect(readFileSync(bench.inBucket(bucket, 'config'))).toEqual(config);
}, 60_000);

test('a declaration that was deleted and made again goes on with its repository', async () => {
  const bucket = copyOf(ready.bucket);
  const again = { ...owner('cluster-a'), uid: 'uid-2' };
  const { outcome } = await backUp(bucket, { owner: again });
  expect(outcome).toMatchObject({ repository: ready.id, items: [{ state: 'Success', filesUnmodified: 1 }] });
  expect(ownerObject(bucket)).toMatchObject({ uid: 'uid-2', repository: ready.id });
}, 20_000);

test('a repository that is known is never initialised again', async () => {
  const emptied = bench.createBucket();
  expect(await failure(emptied, { knownId: ready.id })).toEqual({ code: 1, reason: 'RepositoryMissing' });
  expect(objects(emptied)).toEqual([]);

  const withoutConfig = copyOf(ready.bucket);
  rmSync(bench.inBucket(withoutConfig, 'config'));
  expect(await failure(withoutConfig, { knownId: ready.id })).toEqual({
    code: 1,
    reason: 'RepositoryMissing',
  });
  expect(await failure(withoutConfig)).toEqual({ code: 1, reason: 'RepositoryMissing' });
  expect(existsSync(bench.inBucket(withoutConfig, 'config'))).toBe(false);
}, 20_000);

test('remains of a repository, and objects of others, are left alone', async () => {
  const remains = bench.createBucket();
  mkdirSync(bench.inBucket(remains, 'keys'));
  writeFileSync(
    bench.inBucket(remains, 'service-backup.json'),
    JSON.stringify({ version: 1, ...owner('cluster-a') }),
  );
  writeFileSync(bench.inBucket(remains, 'keys', 'abc'), '{}');
  const photos = bench.createBucket();
  writeFileSync(bench.inBucket(photos, 'cat.jpg'), '');

  expect(await failure(remains)).toEqual({ code: 1, reason: 'RepositoryDamaged' });
  expect(await failure(photos)).toEqual({ code: 1, reason: 'BucketNotEmpty' });
  expect(objects(remains)).toEqual(['keys/abc', 'service-backup.json']);
  expect(objects(photos)).toEqual(['cat.jpg']);
});

test('the same manifests on a second cluster write nothing, and adopting is for once', async () => {
  const bucket = copyOf(ready.bucket);
  const before = objects(bucket);
  expect(await failure(bucket, { owner: owner('cluster-b') })).toEqual({
    code: 1,
    reason: 'RepositoryOwnedByAnother',
  });
  expect(objects(bucket)).toEqual(before);
  expect(ownerObject(bucket)).toMatchObject({ cluster: 'cluster-a' });

  const adoptFrom = 'cluster-a/wiki/backup';
  const adopted = await backUp(bucket, { owner: owner('cluster-b'), adoptFrom });
  expect(adopted.outcome).toMatchObject({
    repository: ready.id,
    items: [{ state: 'Success', filesUnmodified: 1 }],
  });
  expect(ownerObject(bucket)).toMatchObject({ cluster: 'cluster-b', repository: ready.id });

  const third = await failure(bucket, { owner: owner('cluster-c'), adoptFrom });
  expect(third).toEqual({ code: 1, reason: 'RepositoryOwnedByAnother' });
}, 20_000);

test("another tool's repository is taken over by a word, and not without", async () => {
  const bucket = copyOf(ready.bucket);
  rmSync(bench.inBucket(bucket, 'service-backup.json'));
  expect(await failure(bucket)).toEqual({ code: 1, reason: 'RepositoryUnowned' });
  expect(existsSync(bench.inBucket(bucket, 'service-backup.json'))).toBe(false);

  const { outcome } = await backUp(bucket, { adoptFrom: 'unowned' });
  expect(outcome).toMatchObject({ repository: ready.id, items: [{ state: 'Success' }] });
  expect(ownerObject(bucket)).toMatchObject({ ...owner('cluster-a'), repository: ready.id });
}, 20_000);

test('another repository under the same owner is not mistaken for ours', async () => {
  const bucket = copyOf(ready.bucket);
  expect(await failure(bucket, { knownId: 'f'.repeat(64) })).toEqual({
    code: 1,
    reason: 'RepositoryMissing',
  });

  const fresh = bench.createRepository();
  renameSync(bench.inBucket(bucket, 'service-backup.json'), bench.inBucket(fresh, 'service-backup.json'));
  expect(await failure(fresh, { knownId: ready.id })).toEqual({ code: 1, reason: 'RepositoryMissing' });
}, 30_000);

test('each way in which storage fails has its own reason', async () => {
  const { bucket } = ready;
  const outcomes = await Promise.all([
    failure('no-such-bucket'),
    failure(bucket, {}, { AWS_ACCESS_KEY_ID: 'wrong' }),
    failure(bucket, {}, { AWS_SECRET_ACCESS_KEY: 'wrong' }),
    failure(bucket, { endpoint: 'http://127.0.0.1:1' }),
    failure(bucket, {}, { RESTIC_PASSWORD: 'wrong' }),
    failure(bucket, {}, { RESTIC_PASSWORD: '' }),
  ]);
  expect(outcomes).toEqual([
    { code: 1, reason: 'BucketMissing' },
    { code: 1, reason: 'AccessKeyUnknown' },
    { code: 1, reason: 'SecretKeyWrong' },
    { code: 1, reason: 'StorageUnreachable' },
    { code: 1, reason: 'WrongPassword' },
    { code: 1, reason: 'TaskInvalid' },
  ]);
}, 30_000);

test('a certificate that nobody knows is trusted by caBundle alone', async () => {
  await bench.withTls(async (endpoint, caBundle) => {
    const unknown = await backUp(ready.bucket, { endpoint });
    expect(unknown.outcome?.failure).toMatchObject({
      reason: 'CertificateNotTrusted',
      message: expect.stringMatching(
        /is not trusted: self-signed certificate\. For a private authority set s3BackupConfig\.tls\.caBundle; /,
      ),
    });
    const trusted = await backUp(ready.bucket, { endpoint, caBundle });
    expect(trusted.outcome?.items).toMatchObject([{ state: 'Success' }]);
  });
}, 20_000);
