import { type Admin, adminOf } from './admin';
import type { Asked, AskedUser } from './asked';
import { AdminBucket } from './bucket';
import { drawn, type Keys } from './keys';
import { type Granted, grantedTo, withStatements } from './policy';
import { type Patience, prove } from './proof';
import { type CreateSecret, secretWith } from './secret';
import { System } from './system';
import { refusal, setback } from './trouble';

/** The world as the program meets it; tests hand in their own. */
export interface Surroundings {
  createSecret: CreateSecret;
  /** A sentence about what was done. */
  print(sentence: string): void;
  patience?: Patience;
}

/**
 * Makes what is asked for and not there yet: bucket, Secrets, users, policy. It looks first for whatever speaks against it, so that
 * a refusal leaves nothing behind but, at most, an empty bucket. What is there stays as it is, but for our own statements.
 */
export async function make(asked: Asked, world: Surroundings): Promise<void> {
  const { task } = asked;
  const admin = adminOf(task, asked.admin);
  const system = new System(task.s3, asked.admin);
  const bucket = new AdminBucket(system, task.bucket);
  try {
    await lookAtUsers(asked, admin, world);
    world.print(
      (await bucket.create())
        ? `The bucket ${task.bucket} was made.`
        : `The bucket ${task.bucket} is there already.`,
    );
    const statements = asked.users.flatMap(({ keys, name, deletes }, n) =>
      grantedTo(n, keys?.accessKeyId ?? name, task.bucket, deletes),
    );
    withStatements(await bucket.policy(), statements, task.bucket);
    const made: Keys[] = [];
    for (const user of asked.users) made.push(await makeUser(asked, user, admin, world));
    await setPolicy(bucket, statements, task.bucket, world);
    for (const [n, keys] of made.entries()) await prove(asked, n, keys, world.patience);
    const names = made.map(({ accessKeyId }) => accessKeyId);
    world.print(`The user${names.length > 1 ? 's' : ''} ${names.join(' and ')} may use it.`);
  } finally {
    admin.close();
    system.close();
  }
}

/** Whose Secret is not there, but who is, is somebody else's: of another cluster to which the same manifests were applied, perhaps. */
async function lookAtUsers({ task, users }: Asked, admin: Admin, world: Surroundings): Promise<void> {
  const existing = await admin.users();
  for (const user of users) {
    const { name, keys, secret } = user;
    const found = existing.get(keys?.accessKeyId ?? name);
    if (!found) continue;
    const at = `${task.namespace}/${secret.secretName}`;
    if (!keys) {
      const offered = secretWith(task, user, drawn(name));
      const there = (await world.createSecret(offered, { dryRun: true })) === 'exists';
      throw there ? meanwhile(at, user) : foreign(name, at, task.admin.endpoint);
    }
    if (found.privilege)
      throw refusal(
        `The user ${keys.accessKeyId}, whose keys are in the Secret ${at}, may do more on the S3 system than the bucket's policy says (${found.privilege}): put the keys of an ordinary user there; or delete the Secret, and a user is made.`,
      );
  }
}

const foreign = (name: string, secret: string, endpoint: string) =>
  refusal(
    `There is a user ${name} at ${endpoint}, but no Secret ${secret} with its keys: it is another cluster's, perhaps, and stays as it is. Choose another bucketName; or, if it is this cluster's, put its keys into that Secret. If nobody uses it, delete it there.`,
  );

const meanwhile = (at: string, { secret }: AskedUser) =>
  setback(
    `The Secret ${at} came while this was at work: the next try takes its keys. If it was there before, it does not have the keys ${secret.accessKeyIDProperty} and ${secret.secretKeyProperty}: give it these.`,
  );

async function makeUser({ task }: Asked, user: AskedUser, admin: Admin, world: Surroundings): Promise<Keys> {
  const at = `${task.namespace}/${user.secret.secretName}`;
  const keys = user.keys ?? drawn(user.name);
  // First the Secret: keys that nobody wrote down would be lost, and the user with them.
  if (!user.keys) {
    if ((await world.createSecret(secretWith(task, user, keys))) === 'exists') throw meanwhile(at, user);
    world.print(`The Secret ${at} was made.`);
  }
  if (await admin.create(keys)) world.print(`The user ${keys.accessKeyId} was made.`);
  else if (!user.keys) throw foreign(user.name, at, task.admin.endpoint);
  else world.print(`The user ${keys.accessKeyId} is there already, with its keys in the Secret ${at}.`);
  return keys;
}

async function setPolicy(
  bucket: AdminBucket,
  statements: Granted[],
  name: string,
  { print }: Surroundings,
): Promise<void> {
  // Read once more: who changed it meanwhile did not do so in vain.
  const { text, changed, others } = withStatements(await bucket.policy(), statements, name);
  if (changed) await bucket.setPolicy(text);
  const stay = others > 0 ? ` Statements of others stay in it: ${others}.` : '';
  print(`The policy of the bucket ${name} ${changed ? 'was set' : 'is as it should be'}.${stay}`);
}
