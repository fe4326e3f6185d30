import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { KeyLine, RecoveryKeyTask, RepositoryRef } from '../../../src/api';
import { Bench, PASSWORD } from './harness';
import { s3Error } from './proxy';

const RECOVERY = 'correct horse battery staple';

let bench: Bench;
beforeAll(async () => {
  bench = await Bench.start();
}, 30_000);
afterAll(() => bench.stop());

const task = (bucket: string, changes: Partial<RepositoryRef> = {}): RecoveryKeyTask => ({
  version: 1,
  kind: 'recovery-key',
  repository: bench.repository(bucket, changes),
});
const make = (
  bucket: string,
  password: string,
  changes: Partial<RepositoryRef> = {},
  env: NodeJS.ProcessEnv = {},
) =>
  bench.run(task(bucket, changes), {
    capabilities: [],
    env: { SERVICE_BACKUP_RECOVERY_PASSWORD: password, ...env },
  });
const opens = (bucket: string, password: string) => {
  try {
    bench.resticRun(bucket, ['cat', 'config', '--no-lock'], { env: { RESTIC_PASSWORD: password } });
    return true;
  } catch {
    return false;
  }
};
const ownerObject = (bucket: string) =>
  JSON.parse(readFileSync(bench.inBucket(bucket, 'service-backup.json'), 'utf8'));

test("a key of the user's own is added, opens the repository, and is known from then on", async () => {
  const bucket = bench.createRepository();
  const { item } = bench.volume();
  const TMPDIR = join(bench.directory, 'tmp');
  mkdirSync(TMPDIR);
  // What restic is called with, as any process list shows it.
  const calls = join(bench.directory, 'calls');
  const spy = join(bench.directory, 'restic-spy');
  writeFileSync(spy, `#!/bin/sh\necho "$@" >> ${calls}\nexec ${bench.restic} "$@"\n`, { mode: 0o755 });

  const run = await make(bucket, `${RECOVERY}\n`, {}, { TMPDIR, RESTIC_BINARY: spy });

  const { id } = run.lines[0] as KeyLine;
  expect(run).toMatchObject({
    code: 0,
    lines: [{ type: 'key', id: expect.stringMatching(/^[0-9a-f]{64}$/) }],
  });
  expect(run.outcome).toMatchObject({ recoveryKey: true, items: [] });
  expect([opens(bucket, RECOVERY), opens(bucket, PASSWORD), opens(bucket, `${RECOVERY}x`)]).toEqual([
    true,
    true,
    false,
  ]);
  expect(bench.objects(bucket, 'keys')).toContain(id);
  expect(ownerObject(bucket)).toMatchObject({ ...bench.repository(bucket).owner, recoveryKey: id });

  expect(readFileSync(calls, 'utf8')).toMatch(
    /key add --new-password-file \S+ --host recovery --user service-backup/,
  );
  for (const text of [readFileSync(calls, 'utf8'), run.stderr, JSON.stringify(run.outcome)]) {
    expect(text).not.toContain(RECOVERY);
  }
  expect(readdirSync(TMPDIR)).toEqual([]);

  // Every later task knows of it; a check looks for the key itself.
  const backup = await bench.run(bench.backupTask(bucket, [{ ...item, allowEmpty: true }]));
  expect(backup.outcome?.recoveryKey).toBe(true);
  const check = { check: { part: 1, parts: 13 } };
  expect((await bench.run(bench.maintainTask(bucket, check))).outcome).toMatchObject({
    recoveryKey: true,
    check: {},
  });

  // Adopted, it is still the repository's.
  const owner = { ...bench.repository(bucket).owner, cluster: 'cluster-b' };
  const adopted = bench.repository(bucket, { owner, adoptFrom: 'cluster-a/wiki/backup' });
  await bench.run(bench.backupTask(bucket, [{ ...item, allowEmpty: true }], { repository: adopted }));
  expect(ownerObject(bucket)).toMatchObject({ cluster: 'cluster-b', recoveryKey: id });

  rmSync(bench.inBucket(bucket, 'keys', id));
  const gone = await bench.run(bench.maintainTask(bucket, { ...check, repository: adopted }));
  expect(gone.outcome).toMatchObject({ recoveryKey: false, check: {} });
  expect(ownerObject(bucket).recoveryKey).toBeUndefined();
}, 40_000);

test('a password that is too short adds no key', async () => {
  const bucket = bench.createRepository();
  const { code, lines, outcome } = await make(bucket, 'too short');
  expect(code).toBe(1);
  expect(outcome?.failure?.reason).toBe('TaskInvalid');
  expect(lines).toMatchObject([
    {
      type: 'result',
      state: 'Failed',
      message: expect.stringContaining('has 9 characters, and 20 are the least'),
    },
  ]);
  expect(bench.objects(bucket, 'keys')).toHaveLength(1);
});

test('no key is added to a repository that is not ours, or not there', async () => {
  const bucket = bench.createRepository();
  const before = bench.objects(bucket);
  const theirs = { ...bench.repository(bucket).owner, cluster: 'cluster-b' };
  expect((await make(bucket, RECOVERY, { owner: theirs })).outcome?.failure?.reason).toBe(
    'RepositoryOwnedByAnother',
  );
  expect(bench.objects(bucket)).toEqual(before);

  const empty = bench.createBucket();
  expect((await make(empty, RECOVERY)).outcome?.failure?.reason).toBe('RepositoryMissing');
  expect(bench.objects(empty)).toEqual([]);
});

test('a key that cannot be written is told; nothing claims that there is one', async () => {
  const bucket = bench.createRepository();
  await bench.behind(
    ({ method, key }) =>
      method === 'PUT' && key.startsWith('keys/') ? s3Error(403, 'AccessDenied', 'Access Denied') : undefined,
    async (endpoint) => {
      const { code, lines, outcome } = await make(bucket, RECOVERY, { endpoint });
      expect({ code, lines }).toMatchObject({
        code: 1,
        lines: [{ type: 'result', reason: 'BucketNotWritable' }],
      });
      expect(outcome).toMatchObject({ recoveryKey: false, failure: { reason: 'BucketNotWritable' } });
    },
  );
  expect(ownerObject(bucket).recoveryKey).toBeUndefined();
  expect(existsSync(bench.inBucket(bucket, 'locks')) ? bench.objects(bucket, 'locks') : []).toEqual([]);
});
