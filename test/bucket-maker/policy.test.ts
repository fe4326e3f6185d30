import { grantedTo, withStatements } from '../../src/bucket-maker/policy';

const OURS = grantedTo(0, 'wiki', 'wiki', 'everything');
const THEIRS = [
  {
    Sid: 'Auditors',
    Effect: 'Allow',
    Principal: { AWS: 'auditor' },
    Action: 's3:ListBucket',
    Resource: 'arn:aws:s3:::wiki',
  },
  {
    Effect: 'Deny',
    Principal: '*',
    Action: ['s3:PutObjectAcl'],
    Resource: ['arn:aws:s3:::wiki/*'],
    Condition: {},
  },
];
const policy = (...Statement: unknown[]) => JSON.stringify({ Version: '2008-10-17', Id: 'mine', Statement });
const merged = (text: string | undefined, ours = OURS) => {
  const { text: written, ...rest } = withStatements(text, ours, 'wiki');
  return { ...rest, policy: JSON.parse(written) };
};

test('a bucket without a policy gets one, with our statements alone', () => {
  expect(merged(undefined)).toEqual({
    policy: { Version: '2012-10-17', Statement: OURS },
    changed: true,
    others: 0,
  });
  expect(OURS).toContainEqual({
    Sid: 'ServiceBackupUser0Delete',
    Effect: 'Allow',
    Principal: { AWS: ['wiki'] },
    Action: ['s3:DeleteObject'],
    Resource: ['arn:aws:s3:::wiki/*'],
  });
});

test('statements of others stay as they are, and so does what else the policy says', () => {
  expect(merged(policy(...THEIRS))).toEqual({
    policy: { Version: '2008-10-17', Id: 'mine', Statement: [...THEIRS, ...OURS] },
    changed: true,
    others: 2,
  });
  expect(merged(JSON.stringify({ Statement: THEIRS[0] })).policy.Statement).toEqual([THEIRS[0], ...OURS]);
});

test('a policy that has them already is not changed, wherever they stand in it', () => {
  expect(merged(policy(...OURS, ...THEIRS)).changed).toBe(false);
  expect(merged(policy(OURS[2], THEIRS[0], OURS[0], OURS[1])).changed).toBe(false);
});

test('a statement of ours that says something else, or is missing, or is there twice, is put right', () => {
  const locks = grantedTo(0, 'wiki', 'wiki', 'locks');
  expect(merged(policy(THEIRS[0], ...OURS), locks)).toMatchObject({
    policy: { Statement: [THEIRS[0], ...locks] },
    changed: true,
  });
  expect(merged(policy(...OURS.slice(1)))).toMatchObject({ policy: { Statement: OURS }, changed: true });
  expect(merged(policy(...OURS, OURS[0]))).toMatchObject({ policy: { Statement: OURS }, changed: true });
});

test('each user has statements of its own: one more changes nothing of the first', () => {
  const maintenance = grantedTo(1, 'wiki-maintenance', 'wiki', 'everything');
  expect(merged(policy(...OURS), [...OURS, ...maintenance]).policy.Statement).toEqual([
    ...OURS,
    ...maintenance,
  ]);
  expect(merged(policy(...OURS, ...maintenance), OURS)).toMatchObject({ changed: false, others: 3 });
});

test.each([
  ['another user', { AWS: ['intruder'] }, 'intruder'],
  ['another user beside it', { AWS: ['wiki', 'intruder'] }, 'wiki, intruder'],
  ['another user, as a text', { AWS: 'intruder' }, 'intruder'],
  ['everybody', '*', '*'],
  ['nobody', undefined, 'nobody'],
])('a statement of ours for %s is not replaced', (_, Principal, said) => {
  const found = policy(THEIRS[0], { ...OURS[1], Principal });
  expect(() => withStatements(found, OURS, 'wiki')).toThrow(
    `The statement ServiceBackupUser0ReadAndWrite in the policy of the bucket wiki is for ${said}, and not for the user wiki: the bucket is another BackupBucket's, perhaps of another cluster. Choose another bucketName. If the bucket is to be this one's now, remove the statements ServiceBackup… from its policy by hand.`,
  );
});

test.each(['', 'not JSON', '[]', '{}', 'null', '{"Statement":["all"]}', '{"Statement":[null]}'])(
  'a policy that cannot be understood (%j) is not replaced',
  (text) => {
    expect(() => withStatements(text, OURS, 'wiki')).toThrow(
      `The policy that the bucket wiki has cannot be understood, and nothing was changed: ${text}. Correct it by hand (GetBucketPolicy, PutBucketPolicy), or remove it if nobody needs it.`,
    );
  },
);
