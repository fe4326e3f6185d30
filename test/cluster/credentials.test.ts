import { randomBytes } from 'node:crypto';
import { withEvidence } from './evidence';
import { FaultLab, ON_NODE_1, ON_NODE_2 } from './fault-lab';
import { leaksIn } from './leaks';
import { OwnS3 } from './own-s3';
import { Recorder } from './recorder';

jest.setTimeout(120_000);

const random = () => randomBytes(9).toString('hex');
/** With everything that other forms of writing change. */
const secret = () => ({
  id: `ID${random()}`,
  key: `k/+=%&"${random()}`,
  pw: `correct "horse" %+/ ${random()}`,
});
const RIGHT = secret();
const WRONG = secret();

let lab: FaultLab;
let s3: OwnS3;
let seen: Record<string, string>;

/** A service with keys and password from a Secret of its own. */
const declared = (name: string, claim: string, keys: Partial<typeof RIGHT> = {}) => [
  lab.secret(name, { ...RIGHT, ...keys }),
  lab.config(name, (settings) => {
    const secretName = `credentials-${name}`;
    settings.s3BackupConfig = {
      s3Host: s3.url,
      s3Credentials: { secretName, accessKeyIDProperty: 'id', secretKeyProperty: 'key' },
    };
    settings.resticPasswordSecret = { secretName, secretKey: 'pw' };
  }),
  lab.declaration(name, [claim], { backupConfig: `credentials-${name}` }),
];

/** Runs that succeed, and runs that fail by each of the credentials. */
async function runs(): Promise<void> {
  for (const name of ['right', 'unknown', 'refused']) await s3.createBucket(lab.bucket(name));
  await lab.apply(
    ...declared('right', ON_NODE_1),
    ...declared('unknown', ON_NODE_2, { id: WRONG.id }),
    ...declared('refused', ON_NODE_2, { key: WRONG.key }),
  );
  expect(await lab.ended('right')).toMatchObject({ state: 'Success' });
  await lab.apply(lab.secret('right', { ...RIGHT, pw: WRONG.pw }));
  expect(await lab.runAgain('right')).toMatchObject({ reason: 'WrongPassword' });
  expect(await lab.ended('unknown')).toMatchObject({ reason: 'AccessKeyUnknown' });
  expect(await lab.ended('refused')).toMatchObject({ reason: 'SecretKeyWrong' });
}

beforeAll(async () => {
  lab = await FaultLab.open('credentials');
  s3 = await OwnS3.open({ accessKeyId: RIGHT.id, secretAccessKey: RIGHT.key });
  const recorder = new Recorder(lab.cluster);
  try {
    await withEvidence(lab.cluster, 90, runs);
    seen = await recorder.seen();
  } finally {
    recorder.stop();
  }
}, 120_000);
afterAll(async () => {
  await lab?.close();
  s3?.close();
});

const SECRETS = {
  'access key id': RIGHT.id,
  'secret key': RIGHT.key,
  password: RIGHT.pw,
  'unknown access key id': WRONG.id,
  'wrong secret key': WRONG.key,
  'wrong password': WRONG.pw,
};

test.each([
  ['arguments of processes', ['restic', 'guestbook/credentials-right/uploads']],
  ['logs', ['WrongPassword', 'AccessKeyUnknown', 'SecretKeyWrong']],
  ['ServiceBackups', ['WrongPassword', 'AccessKeyUnknown', 'SecretKeyWrong']],
  ['events', ['WrongPassword', 'AccessKeyUnknown', 'SecretKeyWrong']],
  ['Jobs', ['SERVICE_BACKUP_TASK', 'faults-credentials-right']],
  ['pods and their termination messages', ['secretKeyRef', '\\"WrongPassword\\"']],
  ['other objects', ['service-backup-mover', 'credentials-right']],
  ['metrics', ['credentials-right', 'credentials-refused']],
])('no credential is in: %s', (where, known) => {
  // That it was looked at.
  for (const word of known) expect(seen[where]!.includes(word) ? word : `not ${word}`).toBe(word);
  expect(leaksIn(seen[where]!, SECRETS)).toEqual([]);
});

test('each form of a credential would be found', () => {
  const value = RIGHT.pw;
  const within = `user:${value}@host`;
  const forms = [
    JSON.stringify({ value }),
    JSON.stringify({ outer: JSON.stringify({ value }) }),
    encodeURIComponent(within),
    Buffer.from(value).toString('base64'),
    ...['', 'u', 'us'].map((before) => Buffer.from(`${before}${value}@host`).toString('base64url')),
    Buffer.from(within).toString('hex'),
  ];
  for (const form of forms) expect(leaksIn(form, { value })).toEqual(['value']);
});
