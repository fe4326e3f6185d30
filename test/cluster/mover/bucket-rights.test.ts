import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Keys } from '../../../src/bucket-maker/keys';
import { Bucket } from '../../../src/mover/s3';
import { both, Gateway, ROOT_KEYS, user } from './gateway';

let gateway: Gateway;
beforeAll(async () => {
  gateway = await Gateway.start();
});
afterAll(() => gateway.stop());

let count = 0;
const name = () => `wiki-${++count}`;
type Asked = [what: string, method: string, path: string, init?: RequestInit];

const policyFor = (keys: Keys, bucket: string) =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Principal: { AWS: [keys.accessKeyId] },
        Action: 's3:*',
        Resource: [`arn:aws:s3:::${bucket}`, `arn:aws:s3:::${bucket}/*`],
      },
    ],
  });
const DELETE_CONFIG = '<Delete><Object><Key>config</Key></Object></Delete>';
const ACL = { headers: { 'x-amz-acl': 'public-read-write' } };
const TAGS = '<Tagging><TagSet><Tag><Key>a</Key><Value>b</Value></Tag></TagSet></Tagging>';
const VERSIONING =
  '<VersioningConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Status>Suspended</Status></VersioningConfiguration>';

/** What the owner of a bucket alone may do with it. */
const ofTheOwner = (keys: Keys, bucket: string): Asked[] => [
  ['read its policy', 'GET', `${bucket}?policy`],
  ['set its policy', 'PUT', `${bucket}?policy`, { body: policyFor(keys, bucket) }],
  ['delete its policy', 'DELETE', `${bucket}?policy`],
  ['read its ACL', 'GET', `${bucket}?acl`],
  ['set its ACL', 'PUT', `${bucket}?acl`, ACL],
  ['set its versioning', 'PUT', `${bucket}?versioning`, { body: VERSIONING }],
  ['set its tags', 'PUT', `${bucket}?tagging`, { body: TAGS }],
  ['read the ACL of an object', 'GET', `${bucket}/config?acl`],
  ['set the ACL of an object', 'PUT', `${bucket}/config?acl`, ACL],
  ['tag an object', 'PUT', `${bucket}/config?tagging`, { body: TAGS }],
  ['delete it', 'DELETE', bucket],
];

/** All that can be done with a bucket of restic's. */
const anything = (keys: Keys, bucket: string, own: string, upload: string): Asked[] => [
  ['look for it', 'HEAD', bucket],
  ['list it', 'GET', bucket],
  ['list it, version 2', 'GET', `${bucket}?list-type=2`],
  ['list it below a prefix', 'GET', `${bucket}?list-type=2&prefix=keys/`],
  ['list its versions', 'GET', `${bucket}?versions`],
  ['list its uploads', 'GET', `${bucket}?uploads`],
  ['ask where it is', 'GET', `${bucket}?location`],
  ['read config', 'GET', `${bucket}/config`],
  ['look at config', 'HEAD', `${bucket}/config`],
  ['read a part of config', 'GET', `${bucket}/config`, { headers: { range: 'bytes=0-1' } }],
  [
    'ask for what config has',
    'GET',
    `${bucket}/config?attributes`,
    { headers: { 'x-amz-object-attributes': 'ETag' } },
  ],
  ['read the tags of config', 'GET', `${bucket}/config?tagging`],
  ['read what is not there', 'GET', `${bucket}/data/absent`],
  ['overwrite config', 'PUT', `${bucket}/config`, { body: 'x' }],
  ['write beside it', 'PUT', `${bucket}/locks/new`, { body: 'x' }],
  ['delete config', 'DELETE', `${bucket}/config`],
  ['delete a lock', 'DELETE', `${bucket}/locks/x`],
  ['delete several', 'POST', `${bucket}?delete`, { body: DELETE_CONFIG }],
  ['begin an upload in parts', 'POST', `${bucket}/data/new?uploads`],
  ['send a part', 'PUT', `${bucket}/data/begun?partNumber=1&uploadId=${upload}`, { body: 'x' }],
  ['list the parts', 'GET', `${bucket}/data/begun?uploadId=${upload}`],
  ['abort an upload', 'DELETE', `${bucket}/data/begun?uploadId=${upload}`],
  ['copy out of it', 'PUT', `${own}/stolen`, { headers: { 'x-amz-copy-source': `${bucket}/config` } }],
  ['copy into it', 'PUT', `${bucket}/config`, { headers: { 'x-amz-copy-source': `${own}/config` } }],
  ...ofTheOwner(keys, bucket),
];

/** Those of the requests that are not refused. */
async function allowed(keys: Keys, requests: Asked[]): Promise<string[]> {
  const passed: string[] = [];
  for (const [what, method, path, init] of requests) {
    const { status, body } = await gateway.ask(keys, method, path, init);
    // Of many at once, each is answered by itself.
    const refused =
      status === 403 ||
      (status === 200 && /<Error>.*<Code>AccessDenied</.test(body) && !body.includes('<Deleted>'));
    if (!refused) passed.push(`${what}: ${status} ${body}`);
  }
  return passed;
}

/** All that the S3 system keeps of a bucket's objects, as files. */
function stored(bucket: string): Record<string, string> {
  const root = join(gateway.directory, 's3', bucket);
  const files = readdirSync(root, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return Object.fromEntries(
    files.map(({ parentPath, name }) => {
      const path = join(parentPath, name);
      return [path.slice(root.length + 1), readFileSync(path, 'latin1')];
    }),
  );
}

/** Something of each kind that restic keeps. */
async function filled(bucket: string): Promise<void> {
  for (const key of [
    'config',
    'keys/x',
    'data/00/x',
    'index/x',
    'snapshots/x',
    'locks/x',
    'service-backup.json',
  ])
    await gateway.must('PUT', `${bucket}/${key}`, { body: `${key} of ${bucket}` });
}

/** An upload in parts that the administrator has begun. */
async function begun(bucket: string): Promise<string> {
  const answer = await gateway.must('POST', `${bucket}/data/begun?uploads`);
  return /<UploadId>([^<]+)/.exec(answer)![1]!;
}

test("no service's user may do anything with the bucket of another, nor see its name", async () => {
  const [wiki, shop] = [name(), name()];
  const keysOf = new Map<string, Keys[]>();
  for (const bucket of [wiki, shop]) {
    keysOf.set(bucket, await gateway.made(bucket, both(bucket)));
    await filled(bucket);
  }
  for (const [own, others] of [
    [wiki, shop],
    [shop, wiki],
  ] as const) {
    const upload = await begun(others);
    const before = [stored(others), await gateway.policy(others)];
    for (const keys of keysOf.get(own)!) {
      expect(await allowed(keys, anything(keys, others, own, upload))).toEqual([]);
      expect((await gateway.ask(keys, 'GET', '')).body).not.toContain(others);
      const byPaths = new Bucket({ ...keys, endpoint: gateway.endpoint, region: 'us-east-1', bucket: own });
      for (const way of ['../', './../', 'locks/../../', '/../', 'locks//../../']) {
        const read = await byPaths.get(`${way}${others}/config`).catch(() => undefined);
        expect([way, read]).toEqual([way, undefined]);
        await byPaths.delete(`${way}${others}/config`).catch(() => undefined);
        await byPaths.put(`${way}${others}/config`, 'x').catch(() => undefined);
      }
      byPaths.close();
    }
    expect([stored(others), await gateway.policy(others)]).toEqual(before);
    expect(stored(own)).not.toHaveProperty('stolen');
  }
});

test('who has no keys may do nothing', async () => {
  const bucket = name();
  await gateway.made(bucket);
  await filled(bucket);
  for (const path of [bucket, `${bucket}/config`, `${bucket}?policy`])
    expect([path, (await fetch(`${gateway.endpoint}/${path}`)).status]).toEqual([path, 403]);
});

test.each(['everything', 'locks'] as const)(
  'a user who may delete %s may not change who may do what, delete the bucket, or make anything else',
  async (deletes) => {
    const bucket = name();
    const [keys] = await gateway.made(bucket, [user(bucket, deletes)]);
    await filled(bucket);
    const before = [stored(bucket), await gateway.policy(bucket), gateway.users()];
    const account = `<Account><Access>${bucket}-x</Access><Secret>x</Secret><Role>admin</Role></Account>`;
    const requests: Asked[] = [
      ...ofTheOwner(keys!, bucket),
      ['make another bucket', 'PUT', `${bucket}-more`],
      ['make a user', 'PATCH', 'create-user', { body: account }],
      ['list the users', 'PATCH', 'list-users'],
      [
        'become an administrator',
        'PATCH',
        `update-user?access=${bucket}`,
        { body: '<MutableProps><Role>admin</Role></MutableProps>' },
      ],
      ['take the bucket', 'PATCH', `change-bucket-owner?bucket=${bucket}&owner=${bucket}`],
    ];
    expect(await allowed(keys!, requests)).toEqual([]);
    expect([stored(bucket), await gateway.policy(bucket), gateway.users()]).toEqual(before);
  },
);

describe('append-only', () => {
  test('the user of the backups may delete locks, and nothing else; that of the maintenance may', async () => {
    const bucket = name();
    const [backup, maintenance] = await gateway.made(bucket, both(bucket));
    await filled(bucket);
    const kept = [
      'config',
      'keys/x',
      'data/00/x',
      'index/x',
      'snapshots/x',
      'service-backup.json',
      'locksmith',
    ];
    await gateway.must('PUT', `${bucket}/locksmith`, { body: 'x' });
    const before = stored(bucket);

    expect((await gateway.ask(backup!, 'DELETE', `${bucket}/locks/x`)).status).toBe(204);
    const attempts = kept.flatMap((key): Asked[] => [
      [`delete ${key}`, 'DELETE', `${bucket}/${key}`],
      [
        `delete ${key} of many`,
        'POST',
        `${bucket}?delete`,
        { body: `<Delete><Object><Key>${key}</Key></Object></Delete>` },
      ],
    ]);
    expect(await allowed(backup!, attempts)).toEqual([]);
    const place = { endpoint: gateway.endpoint, region: 'us-east-1', bucket };
    const byPaths = new Bucket({ ...place, ...backup! });
    for (const way of ['locks/../', 'locks/./../', 'locks//../', 'locks/x/../../', '/locks/../'])
      for (const key of kept) await byPaths.delete(`${way}${key}`).catch(() => undefined);
    byPaths.close();
    const { 'locks/x': lock, ...rest } = before;
    expect(lock).toBe(`locks/x of ${bucket}`);
    expect(stored(bucket)).toEqual(rest);

    for (const key of kept)
      expect([key, (await gateway.ask(maintenance!, 'DELETE', `${bucket}/${key}`)).status]).toEqual([
        key,
        204,
      ]);
    expect(stored(bucket)).toEqual({});
  });

  test('is of deleting: S3 has no right to write without overwriting', async () => {
    const bucket = name();
    const [backup] = await gateway.made(bucket, both(bucket));
    await filled(bucket);
    expect((await gateway.ask(backup!, 'PUT', `${bucket}/data/00/x`, { body: 'x' })).status).toBe(200);
  });

  test('with versioning, what is written over is kept, and its user cannot end it', async () => {
    const versioned = await Gateway.start({ versions: true });
    try {
      const [backup] = await versioned.made('wiki', both('wiki'));
      await versioned.must('PUT', 'wiki?versioning', { body: VERSIONING.replace('Suspended', 'Enabled') });
      await versioned.must('PUT', 'wiki/data/00/x', { body: 'a pack' });
      const listed = await versioned.must('GET', 'wiki?versions');
      const [, id] = /<VersionId>([^<]+)/.exec(listed)!;
      expect((await versioned.ask(backup!, 'PUT', 'wiki/data/00/x', { body: 'x' })).status).toBe(200);

      const version = `wiki/data/00/x?versionId=${id}`;
      expect((await versioned.ask(backup!, 'DELETE', version)).status).toBe(403);
      expect((await versioned.ask(backup!, 'PUT', 'wiki?versioning', { body: VERSIONING })).status).toBe(403);
      expect(await versioned.must('GET', version)).toBe('a pack');
    } finally {
      versioned.stop();
    }
  });
});

test('the administrator may do everything, as before', async () => {
  const bucket = name();
  await gateway.made(bucket);
  await filled(bucket);
  expect((await gateway.ask(ROOT_KEYS, 'GET', `${bucket}/config`)).body).toBe(`config of ${bucket}`);
});
