import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { serviceBackup } from '../../demo/command-line';
import { readBackup } from '../../demo/round';
import { until } from '../../demo/steps';
import type { ServiceBackupSpec } from '../../src/api';
import { attach } from '../../testbed';
import { contentOf, copyBucket, inBucket, keysOf } from './bucket-tree';
import { type Fault, FaultLab, NAMESPACE, ON_NODE_1, ON_NODE_2 } from './fault-lab';
import { begin } from './stories';

jest.setTimeout(240_000);

/** What is done to a repository that was in order, and undone. */
interface Damage extends Fault {
  harm(bucket: string): void | Promise<void>;
  /** How it is mended, by hand or by the declaration; then the next run is a Success. */
  mend?(bucket: string): Partial<ServiceBackupSpec> | undefined;
}

let lab: FaultLab;
const OWNER = 'service-backup.json';
const PASSWORD = 'correct horse battery staple';
const FOREIGN = 'aaaaaaaa-0000-4000-8000-000000000000/production/backup';

function changeOwner(bucket: string, changes: object): void {
  const file = inBucket(bucket, OWNER);
  writeFileSync(file, JSON.stringify({ ...JSON.parse(readFileSync(file, 'utf8')), ...changes }));
}
const aside = (bucket: string) => inBucket('', `.aside-${bucket}`);

const DAMAGES: Damage[] = [
  {
    name: 'password',
    harm: () => {},
    config: (settings) => {
      settings.resticPasswordSecret = { secretName: 'repository-password', secretKey: 'pw' };
    },
    reason: 'WrongPassword',
    says: ['faults-repository-password', 'put back the one it was made with'],
    mend: () => ({ backupConfig: 'default' }),
  },
  {
    name: 'garbled',
    harm: (bucket) => {
      rmSync(inBucket(bucket, 'config'));
      writeFileSync(inBucket(bucket, 'config'), 'not what restic wrote');
    },
    reason: 'RepositoryDamaged',
    says: ['faults-repository-garbled', /restic/],
  },
  {
    name: 'no-keys',
    harm: (bucket) => rmSync(inBucket(bucket, 'keys'), { recursive: true }),
    reason: 'RepositoryDamaged',
    says: ['faults-repository-no-keys', /key/],
  },
  {
    name: 'config-gone',
    harm: (bucket) => renameSync(inBucket(bucket, 'config'), aside(bucket)),
    reason: 'RepositoryMissing',
    says: ['faults-repository-config-gone', 'Nothing was initialised in its place'],
    mend: (bucket) => {
      renameSync(aside(bucket), inBucket(bucket, 'config'));
      return undefined;
    },
  },
  {
    name: 'locked',
    harm: lockExclusively,
    // A lock is waited for half as long.
    config: (settings) => {
      settings.jobSpec = { stallSeconds: 10 };
    },
    reason: 'RepositoryLocked',
    says: ['faults-repository-locked', `is locked by ${hostname()}`, /delete the object locks\/[0-9a-f]{64}/],
    mend: (bucket) => {
      for (const key of keysOf(bucket, 'locks/')) rmSync(inBucket(bucket, key));
      return undefined;
    },
  },
  {
    name: 'other-cluster',
    harm: (bucket) => {
      const [cluster, namespace, name] = FOREIGN.split('/');
      changeOwner(bucket, { cluster, namespace, name });
    },
    reason: 'RepositoryOwnedByAnother',
    says: ['faults-repository-other-cluster', `belongs to ${FOREIGN}`, `adoptFrom: '${FOREIGN}'`],
    mend: () => ({ adoptFrom: FOREIGN }),
  },
  {
    name: 'other-service',
    harm: (bucket) => changeOwner(bucket, { namespace: 'guestbook', name: 'gone-long-ago' }),
    reason: 'RepositoryOwnedByAnother',
    says: ['faults-repository-other-service', /belongs to \S+\/guestbook\/gone-long-ago/],
  },
  {
    name: 'unowned',
    harm: (bucket) => rmSync(inBucket(bucket, OWNER)),
    reason: 'RepositoryUnowned',
    says: ['faults-repository-unowned', "adoptFrom: 'unowned'"],
    mend: () => ({ adoptFrom: 'unowned' }),
  },
  {
    name: 'not-empty',
    harm: (bucket) => {
      for (const key of keysOf(bucket)) rmSync(inBucket(bucket, key));
      writeFileSync(inBucket(bucket, 'holiday.jpg'), 'a picture');
    },
    reason: 'BucketNotEmpty',
    says: ['faults-repository-not-empty', 'holiday.jpg', /use an empty bucket/i],
  },
];

/** A foreign process that held the repository for itself, and died. */
async function lockExclusively(bucket: string): Promise<void> {
  const testbed = await attach();
  const front = await lab.s3(({ path }) => (path.includes('/data/') ? 'silence' : 'pass'));
  const cache = mkdtempSync(join(tmpdir(), 'faults-'));
  const restic = spawn(testbed.bin('restic'), ['check', '--read-data', '--cache-dir', cache], {
    env: {
      ...process.env,
      RESTIC_REPOSITORY: `s3:${front.url}/${bucket}`,
      RESTIC_PASSWORD: PASSWORD,
      AWS_ACCESS_KEY_ID: testbed.s3.accessKeyId,
      AWS_SECRET_ACCESS_KEY: testbed.s3.secretAccessKey,
    },
    stdio: 'ignore',
  });
  await until('the lock', 30, async () => keysOf(bucket, 'locks/')[0]);
  restic.kill('SIGKILL');
  rmSync(cache, { recursive: true, force: true });
}

/** A repository that goes bad silently: only a check that reads it sees it. */
async function flippedByte(): Promise<void> {
  const held = () => lab.condition(lab.witness.backup(lab.service('origin')), 'RetentionHeld');
  const snapshots = () => keysOf(lab.bucket('origin'), 'snapshots/');

  // The largest holds what is in the files; what is in directories, the next backup itself would read.
  const packs = keysOf(lab.bucket('origin'), 'data/').map((key) => inBucket(lab.bucket('origin'), key));
  const [pack] = packs.sort((a, b) => statSync(b).size - statSync(a).size);
  flipByte(pack!);

  // The first check becomes due with the next minute.
  const { creationTimestamp } = lab.witness.backup(lab.service('origin'))!.metadata;
  const due = Math.floor(Date.parse(creationTimestamp!) / 60_000) * 60_000 + 60_000;
  await until('the next minute', 70, async () => Date.now() > due + 500 || undefined);
  const damaged = await lab.runAgain('origin');
  expect(damaged).toMatchObject({
    state: 'Failed',
    reason: 'RepositoryDamaged',
    items: [{ state: 'Success' }],
    repository: { check: { state: 'Failed', reason: 'RepositoryDamaged' } },
  });
  expect(damaged.message).toContain(lab.bucket('origin'));
  await lab.event(lab.service('origin'), 'RepositoryDamaged');
  expect(held()).toMatchObject({ status: 'True', reason: 'RepositoryDamaged' });
  const known = snapshots();
  expect((await lab.runAgain('origin')).reason).toBe('RepositoryDamaged');
  // Nothing is forgotten: not even what the policy would have let go.
  expect(snapshots()).toEqual(expect.arrayContaining(known));
  const refused = await serviceBackup(lab.cluster, [
    'acknowledge',
    `${NAMESPACE}/repository-origin`,
    '--yes',
  ]);
  expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining('RepositoryDamaged') });

  flipByte(pack!);
  expect((await lab.runAgain('origin')).state).toBe('Success');
  expect(held()).toMatchObject({ status: 'False' });
}

function flipByte(file: string): void {
  const bytes = readFileSync(file);
  bytes[1000] = bytes[1000]! ^ 255;
  writeFileSync(file, bytes);
}

let harmed: Record<string, object>;
let begun: Record<string, Promise<void>> = {};
beforeAll(async () => {
  lab = await FaultLab.open('repository');
  await lab.makeBuckets('origin');
  const checked = lab.config('checked', (settings) => {
    settings.check = { schedule: '* * * * *', dataParts: 1 };
    settings.maxForgetPercent = 100;
  });
  const spec = { backupConfig: checked.metadata.name, resticRetentionPolicy: { last: 1 } };
  await lab.apply(lab.secret('password', { pw: 'a wrong one' }), checked);
  await lab.apply(lab.declaration('origin', [ON_NODE_2], spec));
  expect(await lab.ended('origin')).toMatchObject({ state: 'Success' });
  await lab.make(
    DAMAGES.map((damage, n) => ({
      ...damage,
      claim: n % 2 ? ON_NODE_1 : ON_NODE_2,
      withoutBucket: true,
      spec: { runNow: undefined },
    })),
  );
  for (const { name, harm } of DAMAGES) {
    const bucket = lab.bucket(name);
    const { metadata } = await readBackup(lab.cluster, lab.service(name));
    copyBucket(lab.bucket('origin'), bucket);
    changeOwner(bucket, { name: metadata.name, uid: metadata.uid });
    await harm(bucket);
  }
  harmed = Object.fromEntries(DAMAGES.map(({ name }) => [name, contentOf(lab.bucket(name))]));
  begun = begin({ check: flippedByte });
  for (const { name } of DAMAGES) await lab.runNow(name, 'first');
}, 120_000);
afterAll(() => lab?.close());

test.each(DAMAGES)('$name: $reason, and not a byte of the bucket is changed', async (damage) => {
  await lab.told(damage);
  expect(contentOf(lab.bucket(damage.name))).toEqual(harmed[damage.name]);
});

test('each is a Success when it is mended, and finds the snapshots that were there', async () => {
  const mended = DAMAGES.filter(({ mend }) => mend);
  const ends = await Promise.all(
    mended.map(async ({ name, mend }) => {
      const spec = mend!(lab.bucket(name));
      if (spec) await lab.change(name, spec);
      const { state, reason } = await lab.runAgain(name);
      return [name, state, reason, keysOf(lab.bucket(name), 'snapshots/').length];
    }),
  );
  expect(ends).toEqual(mended.map(({ name }) => [name, 'Success', undefined, 2]));
});

test('a flipped byte is found by the check: the service fails, nothing is forgotten, until the byte is back', async () => {
  await begun.check;
});
