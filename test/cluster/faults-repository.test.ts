import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { readBackup } from '../../demo/round';
import { until } from '../../demo/steps';
import type { ServiceBackupSpec } from '../../src/api';
import { attach } from '../../testbed';
import { contentOf, copyBucket, inBucket, keysOf } from './bucket-tree';
import { type Fault, FaultLab, ON_NODE_1, ON_NODE_2 } from './fault-lab';

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
const putBack = (key: string) => (bucket: string) => {
  renameSync(aside(bucket), inBucket(bucket, key));
  return undefined;
};

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
      renameSync(inBucket(bucket, 'config'), aside(bucket));
      writeFileSync(inBucket(bucket, 'config'), 'not what restic wrote');
    },
    reason: 'RepositoryDamaged',
    says: ['faults-repository-garbled', /restic/],
    mend: putBack('config'),
  },
  {
    name: 'no-keys',
    harm: (bucket) => renameSync(inBucket(bucket, 'keys'), aside(bucket)),
    reason: 'RepositoryDamaged',
    says: ['faults-repository-no-keys', /key/],
    mend: putBack('keys'),
  },
  {
    name: 'config-gone',
    harm: (bucket) => renameSync(inBucket(bucket, 'config'), aside(bucket)),
    reason: 'RepositoryMissing',
    says: ['faults-repository-config-gone', 'Nothing was initialised in its place'],
    mend: putBack('config'),
  },
  {
    name: 'locked',
    harm: lockExclusively,
    // A lock is waited for half as long.
    config: (settings) => {
      settings.jobSpec = { stallSeconds: 20 };
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

let harmed: Record<string, object>;
beforeAll(async () => {
  lab = await FaultLab.open('repository');
  await lab.makeBuckets('origin');
  await lab.apply(lab.secret('password', { pw: 'a wrong one' }), lab.declaration('origin', [ON_NODE_2]));
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
