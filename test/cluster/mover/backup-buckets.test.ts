import { randomBytes } from 'node:crypto';
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { BucketBench, page } from './bucket-bench';
import { Bench, type Run, until } from './harness';
import { hostileObjects, type System } from './hostile-keys';
import { s3Error, type Verdict } from './proxy';
import { descriptionOf, plain, putAll } from './service-objects';

/** More than is read into memory as a whole. */
const LARGE = Buffer.alloc(300_000, 'l');

let bench: Bench;
const started: BucketBench[] = [];
beforeAll(async () => {
  bench = await Bench.start();
});
afterAll(() => {
  for (const one of started) one.stop();
  bench.stop();
});

/** A service's bucket with objects of one line each. */
async function serviceWith(...keys: string[]): Promise<BucketBench> {
  const service = await BucketBench.start(bench);
  started.push(service);
  await putAll(
    service.service,
    keys.map((key) => plain(key, `body of ${key}`)),
  );
  return service;
}
const itemOf = ({ outcome }: Run) => outcome?.items[0];
const keysOf = (service: BucketBench) => [...service.restored().entries.keys()];

describe.each<System>(['versitygw', 'moto'])('on %s', (system) => {
  test('hostile objects come back from the repository as they were', async () => {
    const service = await BucketBench.start(bench, undefined, system);
    started.push(service);
    const objects = hostileObjects(system);
    const large = system === 'versitygw' ? [plain('large', randomBytes(100_000_000))] : [];
    await putAll(service.service, [...objects, ...large]);

    const first = await service.run();

    expect(itemOf(first)).toMatchObject({ state: 'Success', files: objects.length + large.length });
    const { entries } = service.restored();
    const restored = [...entries.values()].map(({ key, body, headers = {}, metadata = {}, tags = {} }) => ({
      key,
      body,
      headers,
      metadata,
      tags,
    }));
    expect(descriptionOf(restored)).toEqual(descriptionOf([...objects, ...large]));
    await service.run(service.after(first));
    expect(new Set(service.asked)).toEqual(new Set(['LIST']));
  }, 90_000);
});

describe('what changes', () => {
  test('an unchanged bucket costs one listing, and of a changed one only what changed is read', async () => {
    const service = await serviceWith('a', 'dir/b', 'dir/gone/c', 'tmp/d');
    await service.put('dir/empty', '', {
      headers: { 'content-type': 'text/plain', 'cache-control': 'no-store' },
      metadata: { author: 'zoë' },
      tags: { keep: 'yes' },
    });
    const exclude = ['/tmp'];

    const first = await service.run({ exclude });

    expect(itemOf(first)).toMatchObject({ state: 'Success', files: 4, bytes: 40, filesNew: 4 });
    expect(itemOf(first)?.message).toBe('Old versions of objects and their ACLs are not part of it.');
    const { header, entries } = service.restored();
    expect(header).toEqual({
      format: 'service-backup bucket 1',
      bucket: service.bucket,
      endpoint: service.endpoint,
      objects: 4,
      bytes: 40,
    });
    expect(entries.get('dir/empty')).toMatchObject({
      headers: { 'content-type': 'text/plain', 'cache-control': 'no-store' },
      metadata: { author: 'zoë' },
      tags: { keep: 'yes' },
    });
    expect(bench.resticSnapshots(service.repository)[0]).toMatchObject({
      hostname: `wiki/backup/${service.item.name}`,
      tags: ['run=run-1', 'cluster=cluster-a', 'type=s3', 'objects=4:40'],
    });

    const second = await service.run({ exclude, ...service.after(first) });

    expect(service.asked).toEqual(['LIST']);
    expect(itemOf(second)).toMatchObject({ state: 'Success', files: 4, bytes: 40, filesUnmodified: 4 });

    service.remove('dir/gone/c');
    await service.put('dir/b', 'another body');
    await service.put('new', 'new');
    const third = await service.run({ exclude, ...service.after(second) });

    expect(service.asked).toEqual(['LIST', 'GET dir/b', 'GET new']);
    expect(itemOf(third)).toMatchObject({ state: 'Success', files: 4, filesNew: 1, filesChanged: 1 });
    expect(service.copied()).toEqual([
      'manifest.jsonl',
      'objects/a',
      'objects/dir%/b',
      'objects/dir%/empty',
      'objects/new',
    ]);
    expect(service.restored().entries.get('dir/b')?.body.toString()).toBe('another body');
  });

  test('a full pass, every n runs, notices what ETag and time do not tell', async () => {
    const service = await serviceWith('a', 'b');
    const source = { fullPassRuns: 2 };
    const first = await service.run({}, source);
    const stored = bench.inBucket(service.bucket, 'a');
    const { atime, mtime } = statSync(stored);
    await service.put('a', 'body of a', { tags: { new: 'tag' } });
    utimesSync(stored, atime, mtime);

    const second = await service.run(service.after(first), source);
    expect(service.asked).toEqual(['LIST']);

    await service.run(service.after(second), source);
    expect(service.asked).toEqual(expect.arrayContaining(['GET a', 'GET b']));
    expect(service.restored().entries.get('a')?.tags).toEqual({ new: 'tag' });

    await service.run(service.after(second), source);
    expect(service.asked).toEqual(['LIST']);
  });

  test('a bucket that shrank is told as a volume is', async () => {
    const service = await serviceWith('a');
    const run = await service.run({ previous: { files: 3, bytes: 27 } });
    expect(itemOf(run)).toMatchObject({ state: 'Warning', reason: 'SuspiciousShrink', files: 1 });
    expect(itemOf(run)?.message).toMatch(
      new RegExp(`^Bucket ${service.bucket} shrank to 9 bytes in 1 file, from 27 bytes in 3 files`),
    );
  });
});

describe('a listing that is not to be believed leaves copy and repository alone', () => {
  let service: BucketBench;
  let first: Run;
  beforeAll(async () => {
    service = await serviceWith('a', 'b');
    first = await service.run();
  });
  const listing = (...pages: Verdict[]) => {
    service.rule = ({ method, key, url }) => {
      if (method !== 'GET' || key || !url.startsWith(`/${service.bucket}/?`)) return undefined;
      return pages.shift();
    };
  };
  afterEach(async () => {
    expect(service.copied()).toEqual(['manifest.jsonl', 'objects/a', 'objects/b']);
    expect(bench.resticSnapshots(service.repository)).toHaveLength(1);
  });
  const empty = () => `The listing of bucket ${service.bucket} is empty`;

  test('it is empty', async () => {
    listing(page([]));
    expect(itemOf(await service.run(service.after(first)))).toEqual({
      state: 'Failed',
      reason: 'NoObjects',
      message: `${empty()}, which is what a wrong host looks like. If it may be so, set allowEmpty: true on the item.`,
    });
  });

  test('it is empty, after one that was not, though it may be empty', async () => {
    listing(page([]));
    const run = await service.run({ allowEmpty: true, ...service.after(first) });
    expect(itemOf(run)).toEqual({
      state: 'Failed',
      reason: 'NoObjects',
      message: `${empty()}, and at its last good backup there were 18 bytes in 2 files: no snapshot was made. If it is meant to be so, acknowledge it (service-backup acknowledge); else look where the objects are.`,
    });
  });

  test('every object is excluded', async () => {
    const run = await service.run({ exclude: ['*'] });
    expect(itemOf(run)?.message).toMatch(/^Of bucket bucket-\d+ every object is excluded, which is/);
  });

  test('it fails half-way', async () => {
    listing(page([{ key: 'a' }], 'more'), s3Error(403, 'AccessDenied'));
    expect(itemOf(await service.run(service.after(first)))).toMatchObject({
      state: 'Failed',
      reason: 'SourceRefused',
    });
  });

  test('the bucket is missing; the item that follows is backed up nevertheless', async () => {
    const task = service.task();
    const other = { ...service.item, bucket: 'no-such-bucket', name: 's3:no-such-bucket' };
    const { outcome } = await service.start({ ...task, items: [other, { ...service.item, exclude: ['*'] }] })
      .ended;
    expect(outcome?.items).toMatchObject([{ reason: 'SourceBucketMissing' }, { reason: 'NoObjects' }]);
  });

  test('the repository is at fault: the items that follow are not begun', async () => {
    service.rule = ({ method, url }) =>
      method === 'PUT' && url.startsWith(`/${service.repository}/`)
        ? s3Error(403, 'AccessDenied')
        : undefined;
    const task = service.task();
    const repository = { ...task.repository, endpoint: service.endpoint };
    const items = [service.item, service.item];
    const { outcome } = await service.start({ ...task, repository, items }).ended;
    service.rule = () => undefined;
    expect(outcome?.items).toMatchObject([
      { state: 'Failed', reason: 'BucketNotWritable' },
      { state: 'Failed', reason: 'BucketNotWritable', message: expect.stringMatching(/^Not begun: /) },
    ]);
  });
});

test('a bucket that may be empty, and had nothing before, is a success with no object', async () => {
  const service = await serviceWith();
  const run = await service.run({ allowEmpty: true });
  expect(itemOf(run)).toMatchObject({ state: 'Success', files: 0, bytes: 0 });
  expect(service.restored().header).toMatchObject({ objects: 0, bytes: 0 });
});

test('the keys of the service must have come', async () => {
  const service = await serviceWith('a');
  const env = { SERVICE_BACKUP_SERVICE_ACCESS_KEY_ID: 'a key' };
  const { outcome } = await bench.run(service.task(), { env });
  expect(outcome?.items).toEqual([
    {
      state: 'Failed',
      reason: 'TaskInvalid',
      message:
        'The mover was started without SERVICE_BACKUP_SERVICE_SECRET_ACCESS_KEY: look at the Secret that s3ServiceConfig names.',
    },
  ]);
});

describe('what happens between the listing and the reading', () => {
  test('an object that changed is taken as it is read, one that went is dropped and told', async () => {
    const service = await serviceWith('changed');
    service.rule = ({ key, url }) =>
      key === '' && url.startsWith(`/${service.bucket}/?`)
        ? page([{ key: 'changed', size: 3, etag: 'former' }, { key: 'gone' }])
        : undefined;
    const first = await service.run();
    expect(itemOf(first)).toMatchObject({ state: 'Success', files: 1, bytes: 15 });
    expect(itemOf(first)?.message).toMatch(/^1 object went while it was read\. /);
    service.rule = () => undefined;

    await service.run(service.after(first));
    expect(service.asked).toEqual(['LIST']);
  });

  test('an object that cannot be read keeps its former state, marked; one without is missing; both are told', async () => {
    const service = await serviceWith('a', 'old');
    const first = await service.run();
    await service.put('old', 'a new body');
    await service.put('new\n', 'x');
    service.rule = ({ key }) => (/^(old|new\n)$/.test(key) ? s3Error(403, 'AccessDenied') : undefined);

    const second = await service.run(service.after(first));

    expect(itemOf(second)).toMatchObject({ state: 'Warning', reason: 'UnreadableObjects', files: 2 });
    expect(itemOf(second)?.message).toMatch(
      new RegExp(
        `^2 objects of bucket ${service.bucket} could not be read \\(.*AccessDenied.*\\): new%0A, old\\. Of 1 of them it holds what the last one had\\. Old versions`,
      ),
    );
    expect(second.stderr).toMatch(/^bucket bucket-\d+: could not be read: new%0A: .*AccessDenied/m);
    const { entries } = service.restored();
    expect(entries.get('a')?.stale).toBeUndefined();
    expect(entries.get('old')).toMatchObject({ stale: expect.stringMatching(/AccessDenied/) });
    expect(entries.get('old')?.body.toString()).toBe('body of old');

    const strict = await service.run({ onUnreadable: 'Fail', ...service.after(first) });
    expect(itemOf(strict)).toMatchObject({ state: 'Failed', reason: 'UnreadableObjects', files: 2 });
    expect(bench.resticSnapshots(service.repository)).toHaveLength(3);

    service.rule = () => undefined;
    const mended = await service.run(service.after(first));
    expect(itemOf(mended)).toMatchObject({ state: 'Success', files: 3 });
    expect(service.restored().entries.get('old')?.stale).toBeUndefined();
  });

  test('a bucket none of whose objects can be read fails, and no snapshot is made', async () => {
    const service = await serviceWith('a');
    service.rule = ({ key }) => (key === 'a' ? s3Error(403, 'AccessDenied') : undefined);
    const run = await service.run();
    expect(itemOf(run)).toMatchObject({ state: 'Failed', reason: 'UnreadableObjects' });
    expect(itemOf(run)?.message).toMatch(
      /^No object of bucket bucket-\d+ could be read: .*AccessDenied.* No snapshot was made\.$/,
    );
    expect(bench.resticSnapshots(service.repository)).toEqual([]);
  });

  test('a body that breaks off is read again; if it always does, that is its own fault as long as the bucket lists', async () => {
    const service = await serviceWith('a', 'b');
    let broken = 1;
    service.rule = ({ url }) =>
      url === `/${service.bucket}/b` && broken-- > 0 ? 'half, and the end' : undefined;
    const first = await service.run();
    expect(itemOf(first)).toMatchObject({ state: 'Success', files: 2 });
    expect(service.asked.sort()).toEqual(['GET a', 'GET b', 'GET b', 'LIST']);

    await service.put('b', LARGE);
    broken = 3;
    const second = await service.run(service.after(first));
    expect(itemOf(second)).toMatchObject({ state: 'Warning', reason: 'UnreadableObjects', files: 2 });
    expect(service.asked).toEqual(['LIST', 'GET b', 'GET b', 'GET b', 'LIST']);

    broken = 3;
    const { rule } = service;
    service.rule = (request) =>
      service.asked.filter((one) => one === 'LIST').length > 1 && request.key === ''
        ? s3Error(403, 'AccessDenied')
        : rule(request);
    expect(itemOf(await service.run(service.after(first)))).toMatchObject({
      state: 'Failed',
      reason: 'SourceRefused',
    });
  });

  test('a body that is not what its ETag says is not taken', async () => {
    const service = await serviceWith('a', 'rotten');
    await service.put('rotten too', LARGE);
    // versitygw keeps the ETag beside the file.
    writeFileSync(bench.inBucket(service.bucket, 'rotten'), 'body of rotteN');
    writeFileSync(bench.inBucket(service.bucket, 'rotten too'), Buffer.alloc(LARGE.length, 'L'));
    const run = await service.run();
    expect(itemOf(run)).toMatchObject({ state: 'Warning', reason: 'UnreadableObjects', files: 1 });
    expect(itemOf(run)?.message).toMatch(/^2 /);
    expect(itemOf(run)?.message).toMatch(/the body has the MD5 [0-9a-f]{32}, and the ETag is [0-9a-f]{32}/);
  });
});

describe('the copy is never trusted', () => {
  let service: BucketBench;
  let first: Run;
  beforeEach(async () => {
    service = await serviceWith('a', 'b', 'c');
    first = await service.run();
  });
  const inCopy = (...path: string[]) => join(service.directory, 'copy', ...path);
  const whole = () => {
    const { entries } = service.restored();
    expect([...entries.values()].map(({ body }) => body.toString())).toEqual(
      ['a', 'b', 'c'].map((key) => `body of ${key}`),
    );
  };

  test('a file that was touched is compared, and read again if it is another', async () => {
    for (const name of ['a', 'b']) {
      const path = inCopy('objects', name);
      const { atime, mtime } = statSync(path);
      writeFileSync(path, name === 'a' ? 'body of A' : 'body of b');
      utimesSync(path, atime, mtime);
    }
    expect(itemOf(await service.run(service.after(first)))).toMatchObject({ state: 'Success' });
    expect(service.asked).toEqual(['LIST', 'GET a']);
    whole();
  });

  test('when restic will read all, all is compared, whatever it looks like', async () => {
    writeFileSync(inCopy('objects', 'a'), 'body of A');
    const { ino, size, mtimeNs, ctimeNs } = statSync(inCopy('objects', 'a'), { bigint: true });
    const index = join(service.directory, 'index');
    const [line = '', ...lines] = readFileSync(index, 'utf8').split('\n');
    const forged = line.replace(/"[^"]*"/, `"${ino} ${size} ${mtimeNs} ${ctimeNs}"`);
    writeFileSync(index, [forged, ...lines].join('\n'));
    await service.run();
    expect(service.asked).toEqual(['LIST', 'GET a']);
    whole();
  });

  test('a damaged index is thrown away with its copy, and both are made anew', async () => {
    appendFileSync(join(service.directory, 'index'), 'no JSON\n');
    writeFileSync(inCopy('objects', 'foreign'), 'x');
    expect(itemOf(await service.run(service.after(first)))).toMatchObject({ state: 'Success', files: 3 });
    expect(service.asked).toEqual(['LIST', 'LIST', 'GET a', 'GET b', 'GET c']);
    whole();
  });

  test('what nobody knows of is no success, and gone at the next run', async () => {
    writeFileSync(inCopy('objects', 'foreign'), 'x');
    const run = await service.run(service.after(first));
    expect(itemOf(run)).toMatchObject({ state: 'Failed', reason: 'BackupFailed' });
    expect(itemOf(run)?.message).toBe(
      `The snapshot of bucket ${service.bucket} holds 28 bytes in 4 files, and not 27 bytes in 3 files, which were copied to the scratch volume. The copy there has been thrown away: the next run makes it anew.`,
    );
    expect(itemOf(await service.run(service.after(first)))).toMatchObject({ state: 'Success', files: 3 });
    whole();
  });

  test('what nobody knows of gives way to an object', async () => {
    writeFileSync(inCopy('objects', 'new'), 'something longer than the object');
    await service.put('new', 'new');
    expect(itemOf(await service.run(service.after(first)))).toMatchObject({ state: 'Success', files: 4 });
    expect(service.restored().entries.get('new')?.body.toString()).toBe('new');
  });
});

describe('interrupted', () => {
  const keys = Array.from({ length: 60 }, (_, at) => `k${String(at).padStart(2, '0')}`);

  test('a killed pull resumes, what went meanwhile goes, and the scratch of a dead pod is free', async () => {
    const service = await serviceWith(...keys);
    const copied = () => readdirSync(join(service.directory, 'copy', 'objects')).length;
    service.rule = ({ key }) => (key === 'k40' ? 'silence' : undefined);
    const pod = 'sb-test-killed';
    const killed = service.start(service.task(), pod);
    await until('all but one have come', () => service.asked.length === 61 && copied() === 59);
    await until('those before it are noted', () => lines(join(service.directory, 'index.next')) === 40);
    killed.child.kill('SIGKILL');
    await killed.ended;
    service.rule = () => undefined;

    expect(itemOf(await service.run())).toMatchObject({
      state: 'Failed',
      reason: 'ScratchInUse',
      message: expect.stringMatching(
        /^The copy of bucket bucket-\d+ on the scratch volume is in use by pod sb-test-killed, which gave a sign of life \d+ s ago: wait for it\.$/,
      ),
    });

    // The one is noted, of the other only the file is there.
    for (const key of ['k00', 'k50']) service.remove(key);
    const repository = bench.repository(service.repository, { deadPods: [pod] });
    const run = await service.run({}, {}, { repository });

    expect(itemOf(run)).toMatchObject({ state: 'Success', files: 58 });
    const left = keys.filter((key) => key !== 'k00' && key !== 'k50');
    expect(service.asked.slice(1).sort()).toEqual(
      left.filter((key) => key >= 'k40').map((key) => `GET ${key}`),
    );
    expect(keysOf(service)).toEqual(left);
  });

  test('SIGTERM ends it within seconds: Cancelled, and the copy is free', async () => {
    const service = await serviceWith('a', 'b');
    service.rule = ({ key }) => (key === 'b' ? 'silence' : undefined);
    const { child, ended } = service.start(service.task());
    await until('b is asked for', () => service.asked.includes('GET b'));
    child.kill('SIGTERM');
    const { outcome } = await ended;
    expect(outcome?.items).toMatchObject([{ state: 'Failed', reason: 'Cancelled' }]);
    service.rule = () => undefined;
    expect(itemOf(await service.run())).toMatchObject({ state: 'Success', files: 2 });
  });
});

const lines = (path: string): number =>
  existsSync(path) ? readFileSync(path, 'utf8').split('\n').length - 1 : 0;

describe('the scratch volume', () => {
  let volume: string;
  beforeEach(() => {
    volume = join(bench.directory, `small-${readdirSync(bench.directory).length}`);
    mkdirSync(volume);
    bench.mount(volume, ['-t', 'tmpfs', '-o', 'size=8m', 'tmpfs', volume]);
  });
  const serviceOf = async (megabytes: number) => {
    const service = await BucketBench.start(bench, volume);
    started.push(service);
    await service.put('body', Buffer.alloc(megabytes * 2 ** 20, service.bucket));
    return service;
  };

  test('makes room by throwing away what was not used for longest, and nothing that is in use or not ours', async () => {
    const [oldest, newer, used] = [await serviceOf(2), await serviceOf(2), await serviceOf(2)];
    for (const service of [used, oldest, newer]) await service.run();
    const away = oldest.directory;
    mkdirSync(join(volume, 'lost+found'));
    mkdirSync(join(volume, 'theirs-0123456789abcdef'));
    writeFileSync(join(used.directory, 'in-use'), 'sb-other\nits token\n');
    const service = await serviceOf(3);

    expect(itemOf(await service.run())).toMatchObject({ state: 'Success' });

    expect(existsSync(away)).toBe(false);
    const [other, another, mine] = [used, newer, service].map(({ directory }) => directory);
    expect(
      readdirSync(volume)
        .map((name) => join(volume, name))
        .sort(),
    ).toEqual(
      [other, another, mine, join(volume, 'lost+found'), join(volume, 'theirs-0123456789abcdef')].sort(),
    );
  });

  test('that is too small is told with the size that it needs', async () => {
    const service = await serviceOf(9);
    const run = await service.run();
    expect(itemOf(run)).toMatchObject({ state: 'Failed', reason: 'ScratchFull' });
    expect(itemOf(run)?.message).toMatch(
      /^The scratch volume is too small: bucket bucket-\d+ needs 9439232 bytes there, and \d+ are free\. Give it at least 10Mi \(scratchVol\.size, or the size of the claim\)\.$/,
    );
    expect(service.asked).toEqual(['LIST']);
  });

  test('that becomes full is told, and the copy stays what it was', async () => {
    const service = await serviceOf(5);
    const first = await service.run();
    await service.put('other', Buffer.alloc(5 * 2 ** 20, 'x'));
    service.rule = ({ key, url }) =>
      key === '' && url.startsWith(`/${service.bucket}/?`)
        ? page([
            { key: 'body', size: 1 },
            { key: 'other', size: 1 },
          ])
        : undefined;
    const run = await service.run(service.after(first));
    expect(itemOf(run)).toEqual({
      state: 'Failed',
      reason: 'ScratchFull',
      message: `The scratch volume of 8Mi became full when bucket ${service.bucket} was copied to it: make it larger (scratchVol.size, or the size of the claim).`,
    });
    service.rule = () => undefined;
    expect(itemOf(await service.run({ exclude: ['other'], ...service.after(first) }))).toMatchObject({
      state: 'Success',
      files: 1,
    });
  });

  test('without inodes for the objects is told, too', async () => {
    const service = await serviceWith();
    const few = join(bench.directory, 'few-inodes');
    mkdirSync(few);
    bench.mount(few, ['-t', 'tmpfs', '-o', 'size=8m,nr_inodes=60', 'tmpfs', few]);
    service.rule = ({ key, url }) =>
      key === '' && url.startsWith(`/${service.bucket}/?`)
        ? page(Array.from({ length: 100 }, (_, at) => ({ key: `k${at}` })))
        : undefined;
    const run = await service.run({}, { scratch: few });
    expect(itemOf(run)?.message).toMatch(
      /^The scratch volume is too small: 120 files must be made for bucket bucket-\d+, and there is room for \d+\. Give it more inodes, or make it larger \(/,
    );
  });

  test('is taken from whoever has given no sign of life for minutes', async () => {
    const service = await serviceOf(1);
    await service.run();
    const lock = join(service.directory, 'in-use');
    writeFileSync(lock, 'sb-other\nits token\n');
    expect(itemOf(await service.run())).toMatchObject({ reason: 'ScratchInUse' });
    const before = Date.now() / 1000 - 125;
    utimesSync(lock, before, before);
    expect(itemOf(await service.run())).toMatchObject({ state: 'Success' });
  });
});
