import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { AwsClient } from 'aws4fetch';
import { App, Chart } from 'cdk8s';
import { BackupBucket, BucketAdmin, SecretKey } from 'service-backup';
import { JOB_NAMESPACE, OPERATOR_NAMESPACE } from '../../demo/deploy';
import { type Manifest, manifests, one } from '../constructs/app';
import { keysOf } from './bucket-tree';
import { withEvidence } from './evidence';
import { FaultLab, ON_NODE_1 } from './fault-lab';
import type { Keys } from './own-s3';

jest.setTimeout(90_000);

const IN_JOBS = ['-n', JOB_NAMESPACE];
const pair = (secret: string) => SecretKey.pair(secret, 'AccessKey', 'SecretKey');
/** A testbed that was kept has the users of earlier runs. */
const run = randomBytes(3).toString('hex');

let lab: FaultLab;
let s3: { s3Host: string; s3Credentials: ReturnType<typeof pair> };
let objects: Record<'mine' | 'others' | 'refused', Manifest[]>;

const bucketOf = (name: string) => `${lab.bucket(name)}-${run}`;
const kubectl = (...args: string[]) => lab.cluster.kubectl([...args, ...IN_JOBS]);
const jobOf = (all: Manifest[]) => one(all, 'Job').metadata.name;

/** What is applied for a bucket. */
function declared(name: string, { appendOnly = false, root = 'root' } = {}): Manifest[] {
  const app = new App();
  new BackupBucket(new Chart(app, 'service'), 'bucket', {
    bucketName: bucketOf(name),
    s3: { ...s3, ...(appendOnly && { maintenanceCredentials: pair('own-upkeep-{bucket}') }) },
    admin: BucketAdmin.versitygw(pair(`${lab.prefix}-${root}`)),
  });
  return manifests(app);
}

async function keysIn(secret: string): Promise<Keys> {
  const { data } = JSON.parse(await kubectl('get', 'secret', secret, '-o', 'json'));
  const text = (key: string) => Buffer.from(data[key], 'base64').toString();
  return { accessKeyId: text('AccessKey'), secretAccessKey: text('SecretKey') };
}

/** The status of an answer to a request with these keys. */
async function asked(keys: Keys, method: string, bucket: string, key = ''): Promise<number> {
  const client = new AwsClient({ ...keys, service: 's3', region: lab.cluster.s3.region, retries: 0 });
  const body = method === 'PUT' ? 'x' : undefined;
  return (await client.fetch(`${s3.s3Host}/${bucket}${key && `/${key}`}`, { method, body })).status;
}

beforeAll(async () => {
  lab = await FaultLab.open('own');
  s3 = { s3Host: lab.cluster.s3.host, s3Credentials: pair('keys-{bucket}') };
  objects = {
    mine: declared('mine', { appendOnly: true }),
    others: declared('others'),
    refused: declared('refused', { root: 'wrong' }),
  };
  const { accessKeyId: AccessKey, secretAccessKey: SecretKey } = lab.cluster.s3;
  await lab.apply(
    lab.secret('root', { AccessKey, SecretKey }),
    lab.secret('wrong', { AccessKey, SecretKey: 'wrong' }),
    ...Object.values(objects).flat(),
  );
  await withEvidence(lab.cluster, 60, () =>
    kubectl(
      'wait',
      '--for=condition=Complete',
      '--timeout=60s',
      ...[objects.mine, objects.others].map((all) => `job/${jobOf(all)}`),
    ),
  );
}, 90_000);
afterAll(async () => {
  const secrets = ['mine', 'others'].map((name) => `keys-${bucketOf(name)}`);
  await kubectl('delete', 'secret', '--ignore-not-found', ...secrets, `own-upkeep-${bucketOf('mine')}`);
  await lab?.close();
});

test('the Job says what it made', async () => {
  const [bucket, users] = [bucketOf('mine'), [bucketOf('mine'), `${bucketOf('mine')}-maintenance`]];
  expect((await kubectl('logs', `job/${jobOf(objects.mine)}`)).trim().split('\n')).toEqual([
    `The bucket ${bucket} was made.`,
    `The Secret ${JOB_NAMESPACE}/keys-${bucket} was made.`,
    `The user ${users[0]} was made.`,
    `The Secret ${JOB_NAMESPACE}/own-upkeep-${bucket} was made.`,
    `The user ${users[1]} was made.`,
    `The policy of the bucket ${bucket} was set.`,
    `The users ${users.join(' and ')} may use it.`,
  ]);
});

test('and of a bucket with one user, what docs/backup-buckets.md shows', async () => {
  const page = readFileSync(join(__dirname, '../../docs/backup-buckets.md'), 'utf8');
  const shown = /^\$ kubectl logs .*\n([^`]+)```/m.exec(page)![1]!;
  const said = await kubectl('logs', `job/${jobOf(objects.others)}`);
  expect(said).toBe(
    shown.replaceAll('s3-nextcloud', 'keys-nextcloud').replaceAll('nextcloud-backup', bucketOf('others')),
  );
});

test('its pod is taken where restricted is enforced', async () => {
  const { spec } = one(objects.mine, 'Job').spec.template;
  const metadata = { name: 'offered', namespace: OPERATOR_NAMESPACE };
  // Its own account is in the other namespace.
  const pod = { apiVersion: 'v1', kind: 'Pod', metadata, spec: { ...spec, serviceAccountName: 'default' } };
  const offered = lab.cluster.kubectl(['create', '--dry-run=server', '-f', '-'], JSON.stringify(pod));
  expect(await offered).toBe('pod/offered created (server dry run)\n');
});

test('a service is backed up by the keys of its bucket, and its snapshots are forgotten by those of its maintenance', () =>
  withEvidence(lab.cluster, 80, async () => {
    const bucket = bucketOf('mine');
    await lab.apply(
      lab.config('mine', (settings) => {
        settings.s3BackupConfig = { ...s3, maintenanceCredentials: pair('own-upkeep-{bucket}') };
        settings.maxForgetPercent = 100;
      }),
      lab.declaration('mine', [ON_NODE_1], {
        backupConfig: 'own-mine',
        backupBucketName: bucket,
        resticRetentionPolicy: { last: 1 },
      }),
    );
    expect(await lab.ended('mine', 60)).toMatchObject({ state: 'Success' });
    const [first] = keysOf(bucket, 'snapshots/');
    expect(await lab.runAgain('mine', 60)).toMatchObject({ state: 'Success' });
    const left = keysOf(bucket, 'snapshots/');
    expect(left).toHaveLength(1);
    expect(left).not.toContain(first);
  }));

test('these keys delete locks, and no snapshot', async () => {
  const keys = await keysIn(`keys-${bucketOf('mine')}`);
  const [snapshot] = keysOf(bucketOf('mine'), 'snapshots/');
  expect(await asked(keys, 'DELETE', bucketOf('mine'), snapshot)).toBe(403);
  expect(await asked(keys, 'DELETE', bucketOf('mine'), 'config')).toBe(403);
  expect(await asked(keys, 'PUT', bucketOf('mine'), 'locks/x')).toBe(200);
  expect(await asked(keys, 'DELETE', bucketOf('mine'), 'locks/x')).toBe(204);
  expect(keysOf(bucketOf('mine'), 'snapshots/')).toEqual([snapshot]);
});

test("the keys of another service's bucket get 403 on everything, and make no bucket", async () => {
  const keys = await keysIn(`keys-${bucketOf('others')}`);
  expect(await asked(keys, 'GET', bucketOf('others'))).toBe(200);
  const requests: [string, string?][] = [
    ['GET'],
    ['GET', 'config'],
    ['PUT', 'locks/x'],
    ['PUT', 'config'],
    ['DELETE', 'config'],
    ['DELETE'],
  ];
  for (const [method, key] of requests)
    expect([method, key, await asked(keys, method, bucketOf('mine'), key)]).toEqual([method, key, 403]);
  expect(await asked(keys, 'PUT', bucketOf('new'))).toBe(403);
});

test('a Job with wrong keys of an administrator is not tried again, and says why', async () => {
  const job = jobOf(objects.refused);
  await kubectl('wait', '--for=condition=Failed', '--timeout=30s', `job/${job}`);
  const { items } = JSON.parse(await kubectl('get', 'pods', '-l', `job-name=${job}`, '-o', 'json'));
  expect(items).toHaveLength(1);
  const [{ state }] = items[0].status.containerStatuses;
  expect(state.terminated.exitCode).toBe(64);
  expect(state.terminated.message).toMatch(
    /^The admin API http:\S+ does not accept the administrator's signature: .* Correct the secret key in the Secret/,
  );
});

test('applied again it is the same Job; deleted, it leaves bucket, users, policy and Secrets; made anew, it finds them', () =>
  withEvidence(lab.cluster, 60, async () => {
    const [job, secret] = [jobOf(objects.others), `keys-${bucketOf('others')}`];
    const uid = () => kubectl('get', 'job', job, '-o', 'jsonpath={.metadata.uid}');
    const [before, keys] = [await uid(), await keysIn(secret)];
    await lab.apply(...objects.others);
    expect(await uid()).toBe(before);

    const list = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects.others });
    await lab.cluster.kubectl(['delete', '--cascade=foreground', '-f', '-'], list);
    expect(await keysIn(secret)).toEqual(keys);
    expect(await asked(keys, 'PUT', bucketOf('others'), 'config')).toBe(200);

    await lab.apply(...objects.others);
    await kubectl('wait', '--for=condition=Complete', '--timeout=40s', `job/${job}`);
    expect(await uid()).not.toBe(before);
    expect((await kubectl('logs', `job/${job}`)).trim().split('\n')).toEqual([
      `The bucket ${bucketOf('others')} is there already.`,
      `The user ${keys.accessKeyId} is there already, with its keys in the Secret ${JOB_NAMESPACE}/${secret}.`,
      `The policy of the bucket ${bucketOf('others')} is as it should be.`,
      `The user ${keys.accessKeyId} may use it.`,
    ]);
    expect(await keysIn(secret)).toEqual(keys);
    expect(keysOf(bucketOf('others'))).toEqual(['config']);
  }));
