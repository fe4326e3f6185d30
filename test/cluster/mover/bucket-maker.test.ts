import type { BucketTask } from '../../../src/api/bucket-task';
import { askedBy } from '../../../src/bucket-maker/asked';
import { grantedTo } from '../../../src/bucket-maker/policy';
import { both, Gateway, ROOT_KEYS, user } from './gateway';
import { proxyTo, type Rule, s3Error } from './proxy';

let gateway: Gateway;
beforeAll(async () => {
  gateway = await Gateway.start();
});
afterAll(() => gateway.stop());

let count = 0;
const name = () => `wiki-${++count}`;
const drop = (secretName: string) => gateway.secrets.delete(secretName);

describe('makes', () => {
  test('bucket, Secrets, users and their policy', async () => {
    const bucket = name();

    const said = await gateway.make(gateway.task(bucket, { users: both(bucket) }));

    expect(said).toEqual([
      `The bucket ${bucket} was made.`,
      `The Secret jobs/s3-${bucket} was made.`,
      `The user ${bucket} was made.`,
      `The Secret jobs/maintenance-${bucket} was made.`,
      `The user ${bucket}-maintenance was made.`,
      `The policy of the bucket ${bucket} was set.`,
      `The users ${bucket} and ${bucket}-maintenance may use it.`,
    ]);
    expect(gateway.users()).toEqual(expect.arrayContaining([`${bucket} user`, `${bucket}-maintenance user`]));
    expect((await gateway.policy(bucket)).Statement).toEqual([
      ...grantedTo(0, bucket, bucket, 'locks'),
      ...grantedTo(1, `${bucket}-maintenance`, bucket, 'everything'),
    ]);
    const owners = gateway.admin('list-buckets');
    expect(owners).toMatch(new RegExp(`^${bucket}\\s+${ROOT_KEYS.accessKeyId}\\s*$`, 'm'));
  });

  test('nothing more when it runs again', async () => {
    const bucket = name();
    const task = gateway.task(bucket);
    const keys = await gateway.made(bucket);
    const before = [gateway.users(), await gateway.policy(bucket)];

    const said = await gateway.make(task);

    expect(said).toEqual([
      `The bucket ${bucket} is there already.`,
      `The user ${bucket} is there already, with its keys in the Secret jobs/s3-${bucket}.`,
      `The policy of the bucket ${bucket} is as it should be.`,
      `The user ${bucket} may use it.`,
    ]);
    expect([gateway.users(), await gateway.policy(bucket)]).toEqual(before);
    expect(gateway.keysIn(`s3-${bucket}`)).toEqual(keys[0]);
  });

  test.each([0, 1, 2, 3, 4, 5, 6])(
    'what is left after a run that ended when it had said %i things',
    async (n) => {
      const bucket = name();
      const task = gateway.task(bucket, { users: both(bucket) });
      let said = 0;
      const print = () => {
        if (said++ === n) throw new Error('ended');
      };
      await expect(gateway.make(task, { print })).rejects.toThrow('ended');

      expect((await gateway.make(task)).at(-1)).toBe(
        `The users ${bucket} and ${bucket}-maintenance may use it.`,
      );
      expect((await gateway.policy(bucket)).Statement).toHaveLength(6);
    },
  );

  test('a user with the keys that a Secret has already, and the name that is in it', async () => {
    const bucket = name();
    gateway.secrets.set(`s3-${bucket}`, { AccessKey: `${bucket}-own`, SecretKey: 'a <secret> & "more"' });

    const said = await gateway.make(gateway.task(bucket));

    expect(said).toContain(`The user ${bucket}-own was made.`);
    expect((await gateway.policy(bucket)).Statement).toEqual(
      grantedTo(0, `${bucket}-own`, bucket, 'everything'),
    );
  });

  test('a user anew, with other keys, when somebody has deleted user and Secret', async () => {
    const bucket = name();
    const [before] = await gateway.made(bucket);
    drop(`s3-${bucket}`);
    gateway.admin('delete-user', '--access', bucket);

    const said = await gateway.make(gateway.task(bucket));

    expect(said).toContain(`The policy of the bucket ${bucket} is as it should be.`);
    expect(gateway.keysIn(`s3-${bucket}`)).not.toEqual(before);
    expect((await gateway.ask(before!, 'GET', bucket)).status).toBe(403);
  });

  test('a second user for a bucket that has one: the first may delete locks alone from then on', async () => {
    const bucket = name();
    await gateway.made(bucket);
    await gateway.make(gateway.task(bucket, { users: both(bucket) }));
    expect((await gateway.policy(bucket)).Statement).toEqual([
      ...grantedTo(0, bucket, bucket, 'locks'),
      ...grantedTo(1, `${bucket}-maintenance`, bucket, 'everything'),
    ]);
  });

  test('room for the statements of others, which stay', async () => {
    const bucket = name();
    gateway.createUser({ accessKeyId: `${bucket}-auditor`, secretAccessKey: 'a' });
    await gateway.must('PUT', bucket);
    const theirs = {
      Sid: 'Audit',
      Effect: 'Allow',
      Principal: { AWS: `${bucket}-auditor` },
      Action: 's3:ListBucket',
      Resource: `arn:aws:s3:::${bucket}`,
    };
    await gateway.setPolicy(bucket, [theirs]);

    const said = await gateway.make(gateway.task(bucket));

    expect(said).toContain(`The policy of the bucket ${bucket} was set. Statements of others stay in it: 1.`);
    expect((await gateway.policy(bucket)).Statement[0]).toEqual(theirs);
  });

  test('users through a port of their own', async () => {
    const other = await Gateway.start({ adminPort: true });
    try {
      await other.made('wiki');
      expect(other.users()).toEqual(['wiki user']);
      const wrong = other.task('wiki', { admin: { api: 'versitygw', endpoint: other.endpoint } });
      await expect(other.make(wrong)).rejects.toMatchObject({
        message: `What answers at ${other.endpoint} is not versitygw's admin API (405 when listing the users): set \`endpoint\` of BucketAdmin.versitygw to the port of its --admin-port.`,
        hopeless: true,
      });
    } finally {
      other.stop();
    }
  });
});

/** How a run ends that does not do it, and that it left no user and no Secret. */
async function ending(task: BucketTask, world: Parameters<Gateway['make']>[1] = {}) {
  const before = [gateway.users(), [...gateway.secrets.keys()]];
  const { message, hopeless } = await gateway.make(task, world).then(
    () => ({ message: 'all was done', hopeless: undefined }),
    (error) => error,
  );
  expect([gateway.users(), [...gateway.secrets.keys()]]).toEqual(before);
  return { message, hopeless };
}

describe('refuses', () => {
  test('a user that is there without its Secret: it is left alone, and no Secret made', async () => {
    const bucket = name();
    const [keys] = await gateway.made(bucket);
    const secret = gateway.secrets.get(`s3-${bucket}`)!;
    drop(`s3-${bucket}`);

    expect(await ending(gateway.task(bucket))).toEqual({
      message: `There is a user ${bucket} at ${gateway.endpoint}, but no Secret jobs/s3-${bucket} with its keys: it is another cluster's, perhaps, and stays as it is. Choose another bucketName; or, if it is this cluster's, put its keys into that Secret. If nobody uses it, delete it there.`,
      hopeless: true,
    });
    expect((await gateway.ask(keys!, 'GET', bucket)).status).toBe(200);
    // Its mend.
    gateway.secrets.set(`s3-${bucket}`, secret);
    await gateway.make(gateway.task(bucket));
  });

  test('a bucket that belongs to another account', async () => {
    const bucket = name();
    const owner = { accessKeyId: `${bucket}-owner`, secretAccessKey: 'o' };
    gateway.createUser(owner, 'userplus');
    await gateway.ask(owner, 'PUT', bucket);

    expect(await ending(gateway.task(bucket))).toEqual({
      message: `The bucket ${bucket} belongs to another account, whose it stays: choose another bucketName. If it is meant to be this one, give it to the account whose keys \`admin\` of the BackupBucket names.`,
      hopeless: true,
    });
    expect(gateway.admin('list-buckets')).toMatch(new RegExp(`^${bucket}\\s+${bucket}-owner\\s*$`, 'm'));
  });

  test('a bucket with a statement of ours for another user', async () => {
    const bucket = name();
    const other = name();
    await gateway.made(other);
    await gateway.must('PUT', bucket);
    await gateway.setPolicy(bucket, grantedTo(0, other, bucket, 'everything'));
    const before = await gateway.policy(bucket);

    expect(await ending(gateway.task(bucket))).toMatchObject({
      message: expect.stringContaining(`is for ${other}, and not for the user ${bucket}`),
      hopeless: true,
    });
    expect(await gateway.policy(bucket)).toEqual(before);
  });

  test('a policy with a user that is no more, since the S3 system takes it no longer', async () => {
    const bucket = name();
    const other = name();
    await gateway.made(other);
    await gateway.must('PUT', bucket);
    const theirs = { ...grantedTo(0, other, bucket, 'everything')[0], Sid: 'Theirs' };
    await gateway.setPolicy(bucket, [theirs]);
    gateway.admin('delete-user', '--access', other);

    await expect(gateway.make(gateway.task(bucket))).rejects.toMatchObject({
      message: `The S3 system does not take the policy of the bucket ${bucket} with the users' statements in it: Invalid principal in policy. Look for users in it that there are no more, and remove their statements by hand (GetBucketPolicy, PutBucketPolicy).`,
      hopeless: true,
    });
    expect((await gateway.policy(bucket)).Statement).toEqual([theirs]);
  });

  test('keys of a user who may do more than the policy says', async () => {
    const bucket = name();
    const keys = { accessKeyId: `${bucket}-chief`, secretAccessKey: 'c' };
    gateway.createUser(keys, 'admin');
    gateway.secrets.set(`s3-${bucket}`, { AccessKey: keys.accessKeyId, SecretKey: keys.secretAccessKey });
    expect(await ending(gateway.task(bucket))).toEqual({
      message: `The user ${bucket}-chief, whose keys are in the Secret jobs/s3-${bucket}, may do more on the S3 system than the bucket's policy says (role admin): put the keys of an ordinary user there; or delete the Secret, and a user is made.`,
      hopeless: true,
    });
  });

  test('a bucket name that S3 does not have', async () => {
    expect(await ending(gateway.task('Wiki', { users: [user('wiki')] }))).toEqual({
      message: expect.stringMatching(
        /^The S3 system http:\S+ refused it: it answered 400 \(InvalidBucketName: .*\) when making the bucket Wiki\. Look at the task, which the BackupBucket says, and at the log there\.$/,
      ),
      hopeless: true,
    });
  });

  test('an S3 system without users', async () => {
    const alone = await Gateway.start({ users: false });
    try {
      await expect(alone.make(alone.task('wiki'))).rejects.toMatchObject({
        message: `versitygw at ${alone.endpoint} has no users but its root (single account mode): start it with an IAM service, such as --iam-dir.`,
        hopeless: true,
      });
      expect(alone.secrets.size).toBe(0);
    } finally {
      alone.stop();
    }
  });

  test.each([
    [
      'unknown',
      { ...ROOT_KEYS, accessKeyId: 'nobody' },
      "does not know the administrator's access key: it answered 403 (InvalidAccessKeyId: The AWS Access Key Id you provided does not exist in our records.) when listing the users. Correct the access key id in the Secret that `admin` of the BackupBucket names, or look whether the endpoint is the right one.",
    ],
    [
      'wrong',
      { ...ROOT_KEYS, secretAccessKey: 'wrong' },
      "does not accept the administrator's signature: it answered 403 (SignatureDoesNotMatch: The request signature we calculated does not match the signature you provided. Check your key and signing method.) when listing the users. Correct the secret key in the Secret that `admin` of the BackupBucket names; check region.",
    ],
    [
      'no administrator’s',
      { accessKeyId: 'somebody', secretAccessKey: 's' },
      'does not let the administrator do it: it answered 403 (XAdminAccessDenied: Only admin users have access to this resource.) when listing the users. Put the keys of an administrator of the S3 system into the Secret that `admin` of the BackupBucket names.',
    ],
  ])('keys of the administrator that are %s', async (kind, admin, message) => {
    if (kind.startsWith('no')) gateway.createUser({ accessKeyId: 'somebody', secretAccessKey: 's' });
    expect(await ending(gateway.task(name()), { admin })).toEqual({
      message: `The admin API ${gateway.endpoint} ${message}`,
      hopeless: true,
    });
  });
});

describe('the Secret', () => {
  test('that came meanwhile has the say: the next try takes its keys', async () => {
    const bucket = name();
    expect(await ending(gateway.task(bucket), { createSecret: async () => 'exists' })).toEqual({
      message: `The Secret jobs/s3-${bucket} came while this was at work: the next try takes its keys. If it was there before, it does not have the keys AccessKey and SecretKey: give it these.`,
      hopeless: false,
    });
  });

  test('that came meanwhile, and its user too, is not taken for another cluster’s', async () => {
    const bucket = name();
    const task = gateway.task(bucket);
    const before = askedBy(gateway.env(task));
    await gateway.make(task);

    await expect(gateway.make(task, { asked: before })).rejects.toMatchObject({
      message: expect.stringContaining(`The Secret jobs/s3-${bucket} came while this was at work`),
      hopeless: false,
    });
    await gateway.make(task);
  });

  test('that cannot be made leaves no user without keys', async () => {
    const bucket = name();
    const createSecret = async () => {
      throw new Error('no right');
    };
    expect(await ending(gateway.task(bucket), { createSecret })).toMatchObject({ message: 'no right' });
  });

  test('with another secret key than the user has is found', async () => {
    const bucket = name();
    await gateway.made(bucket);
    gateway.secrets.set(`s3-${bucket}`, { AccessKey: bucket, SecretKey: 'another' });
    expect(await ending(gateway.task(bucket))).toEqual({
      message: `The keys in the Secret jobs/s3-${bucket} do not open the bucket ${bucket}, not even after 0.2 s. The S3 system ${gateway.endpoint}, which holds the bucket ${bucket}, does not accept the signature: it answered 403 (SignatureDoesNotMatch) when listing it. Correct the secret key in the Secret that s3Credentials names; check region. Put the user's own secret key there. If it is lost, and nobody else uses the user, delete user and Secret, and both are made anew.`,
      hopeless: true,
    });
  });

  test('whose user another statement keeps out is found', async () => {
    const bucket = name();
    await gateway.must('PUT', bucket);
    await gateway.setPolicy(bucket, [
      { Effect: 'Deny', Principal: '*', Action: 's3:ListBucket', Resource: `arn:aws:s3:::${bucket}` },
    ]);
    await expect(gateway.make(gateway.task(bucket))).rejects.toMatchObject({
      message: expect.stringMatching(
        /it answered 403 \(AccessDenied\) when listing it\..* Look for a statement in the bucket's policy that denies it\.$/,
      ),
      hopeless: true,
    });
  });

  test('whose user is not known everywhere yet is tried until it is', async () => {
    const bucket = name();
    let refusals = 3;
    await behind(
      ({ headers }) =>
        headers.authorization?.includes(`=${bucket}/`) && refusals-- > 0
          ? s3Error(403, 'InvalidAccessKeyId')
          : undefined,
      (s3) => gateway.make(gateway.task(bucket, { s3 }), { patience: { forMs: 20_000, everyMs: 5 } }),
    );
    expect(refusals).toBe(-1);
  });
});

/** The S3 system behind a proxy that answers some requests by itself. */
async function behind(rule: Rule, use: (s3: BucketTask['s3']) => Promise<unknown>, also = {}): Promise<void> {
  const proxy = await proxyTo(gateway.endpoint, rule, also);
  try {
    await use({ endpoint: proxy.endpoint, region: 'us-east-1' });
  } finally {
    proxy.stop();
  }
}

describe('an S3 system', () => {
  const quick = (s3: BucketTask['s3']) => ({ s3: { ...s3, timeoutMs: 100 } }) as Partial<BucketTask>;

  test('that is not there may come', async () => {
    const s3 = quick({ endpoint: 'http://127.0.0.1:9', region: 'us-east-1' });
    expect(await ending(gateway.task(name(), s3))).toEqual({
      message: expect.stringMatching(
        /^The S3 system http:\/\/127\.0\.0\.1:9 cannot be reached: connect ECONNREFUSED 127\.0\.0\.1:9, when making the bucket \S+\. Check the endpoint, and whether Jobs of the Job namespace may go there\.$/,
      ),
      hopeless: false,
    });
  });

  test('that is silent may speak again', async () => {
    await behind(
      () => 'silence',
      async (s3) =>
        expect(await ending(gateway.task(name(), quick(s3)))).toEqual({
          message: expect.stringMatching(
            /does not answer: no answer within 0\.1 s, when making the bucket \S+\. Look at it, and at what lies between: a firewall that drops packets looks so, too\.$/,
          ),
          hopeless: false,
        }),
    );
  });

  test('that has errors of its own is asked again, and may do without them', async () => {
    let asked = 0;
    await behind(
      () => {
        asked++;
        return s3Error(503, 'SlowDown');
      },
      async (s3) =>
        expect(await ending(gateway.task(name(), quick(s3)))).toEqual({
          message: expect.stringMatching(
            /answers with errors of its own: it answered 503 \(SlowDown: SlowDown\) when making the bucket \S+\. Look at its log\.$/,
          ),
          hopeless: false,
        }),
    );
    expect(asked).toBe(3);
  });

  test('that has another time says so', async () => {
    const date = new Date(Date.now() - 3_600_000).toUTCString();
    await behind(
      () => ({
        ...(s3Error(403, 'RequestTimeTooSkewed') as { status: number; body: string }),
        headers: { date },
      }),
      async (s3) =>
        expect(await ending(gateway.task(name(), quick(s3)))).toEqual({
          message: expect.stringMatching(
            /has another time than the node of this Job \(this node is 60 minutes ahead\), and refused the request when making the bucket \S+\. Set the clocks by NTP\.$/,
          ),
          hopeless: false,
        }),
    );
  });

  test('that nobody knows is not trusted, but with its certificate it is', async () => {
    const secure = await Gateway.start({ tls: true });
    try {
      await expect(secure.make(secure.task('wiki'))).rejects.toMatchObject({
        message: `The certificate of the admin API ${secure.endpoint} is not trusted: self-signed certificate, when listing the users. For a private authority set tls.caBundle of the BackupBucket's s3; else see that it is valid for this host name and this day.`,
        hopeless: true,
      });
      const s3 = { endpoint: secure.endpoint, region: 'us-east-1', caBundle: secure.certificate };
      expect((await secure.make(secure.task('wiki', { s3 }))).at(-1)).toBe('The user wiki may use it.');
    } finally {
      secure.stop();
    }
  });

  test('that a proxy stands for is not the S3 system', async () => {
    await behind(
      () => ({ status: 404, body: '<html>' }),
      async (s3) =>
        expect(await ending(gateway.task(name(), quick(s3)))).toMatchObject({
          message: expect.stringContaining('cannot be reached: it answered 404 when making the bucket'),
          hopeless: false,
        }),
    );
  });
});
