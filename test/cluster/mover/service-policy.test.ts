import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type BackupBucketsTask, bucketItem, SERVICE_CREDENTIAL_VARIABLES } from '../../../src/api';
import { contentsOf } from './bucket-bench';
import { Gateway, ROOT_KEYS } from './gateway';
import { Bench } from './harness';
import { plain, putAll } from './service-objects';

const PAGE = readFileSync(join(__dirname, '../../../docs/buckets.md'), 'utf8');
const POLICY: { Statement: { Action: string | string[]; Resource: string }[] } = JSON.parse(
  /```json policy\n([^`]+)```/.exec(PAGE)![1]!,
);
const BUCKET = 'nextcloud-files';
const KEYS = { accessKeyId: 'reader', secretAccessKey: 'reader-secret' };

let gateway: Gateway;
let bench: Bench;
beforeAll(async () => {
  [gateway, bench] = await Promise.all([Gateway.start(), Bench.start()]);
  gateway.createUser(KEYS);
  await gateway.must('PUT', BUCKET);
  await putAll(
    { ...ROOT_KEYS, endpoint: gateway.endpoint, region: 'us-east-1', addressing: 'path', bucket: BUCKET },
    [
      { ...plain('a', 'body of a'), metadata: { author: 'zoe' }, tags: { keep: 'yes' } },
      plain('dir/b', 'body of b'),
    ],
  );
});
afterAll(() => {
  gateway.stop();
  bench.stop();
});

/** A backup of the bucket with the keys of the user that the page describes, but for these actions. */
async function backup(...without: string[]) {
  const actions = (action: string | string[]) => [action].flat().filter((one) => !without.includes(one));
  await gateway.setPolicy(
    BUCKET,
    POLICY.Statement.map((one) => ({
      ...one,
      Action: actions(one.Action),
      Principal: { AWS: [KEYS.accessKeyId] },
    })),
  );
  const repository = bench.createRepository();
  const scratch = bench.volume().source;
  const task: BackupBucketsTask = {
    version: 1,
    kind: 'backup-buckets',
    run: 'run-1',
    repository: bench.repository(repository),
    source: {
      endpoint: gateway.endpoint,
      region: 'us-east-1',
      addressing: 'path',
      scratch,
      fullPassRuns: 100,
    },
    items: [
      {
        type: 's3',
        name: bucketItem(BUCKET),
        bucket: BUCKET,
        exclude: [],
        allowEmpty: false,
        onUnreadable: 'Warn',
      },
    ],
  };
  const env = {
    [SERVICE_CREDENTIAL_VARIABLES.accessKeyId]: KEYS.accessKeyId,
    [SERVICE_CREDENTIAL_VARIABLES.secretAccessKey]: KEYS.secretAccessKey,
  };
  const { outcome } = await bench.run(task, { env });
  return { item: outcome?.items[0], repository };
}

test('the policy of docs/buckets.md is all that the backup of a bucket needs', async () => {
  const { item, repository } = await backup();

  expect(item).toMatchObject({ state: 'Success', files: 2, bytes: 18 });
  const target = join(bench.directory, 'restored');
  bench.resticRun(repository, ['restore', 'latest', '--target', target]);
  const { entries } = contentsOf(target);
  expect(entries.get('a')).toMatchObject({ metadata: { author: 'zoe' }, tags: { keep: 'yes' } });
  expect(entries.get('dir/b')?.body.toString()).toBe('body of b');
});

test('and lets its user change nothing', async () => {
  await backup();
  for (const [method, path, body] of [
    ['PUT', `${BUCKET}/a`, 'x'],
    ['DELETE', `${BUCKET}/a`, undefined],
    ['GET', `${BUCKET}?policy`, undefined],
    ['DELETE', BUCKET, undefined],
  ] as const)
    expect([method, path, (await gateway.ask(KEYS, method, path, { body })).status]).toEqual([
      method,
      path,
      403,
    ]);
});

test('without s3:GetObjectTagging the run is refused, as the page says', async () => {
  const { item } = await backup('s3:GetObjectTagging');
  expect(item).toMatchObject({ state: 'Failed', reason: 'SourceRefused' });
});
