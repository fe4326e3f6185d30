import { ADMIN_VARIABLES, type BucketTask, type BucketUser, userVariables } from '../api/bucket-task';
import { TASK_VARIABLE } from '../api/group';
import type { Keys } from './keys';
import { refusal } from './trouble';

/** What the program was started with. */
export interface Asked {
  task: BucketTask;
  admin: Keys;
  users: AskedUser[];
}

export interface AskedUser extends BucketUser {
  /** What its Secret says; undefined: there is none yet. */
  keys?: Keys;
}

const VERSION = 1;

/** The task and the keys of the environment. */
export function askedBy(env: NodeJS.ProcessEnv): Asked {
  const task = taskOf(env[TASK_VARIABLE]);
  const { accessKeyId = '', secretAccessKey = '' } = keysIn(env, ADMIN_VARIABLES);
  if (!accessKeyId || !secretAccessKey)
    throw refusal(
      "The administrator's keys are not there: look whether the Secret that `admin` of the BackupBucket names is in the Job namespace, with these keys, and not empty.",
    );
  const users = task.users.map((user, n) => askedUser(user, keysIn(env, userVariables(n)), task.namespace));
  const admin = { accessKeyId, secretAccessKey };
  apart(users, admin, task.namespace);
  return { task, admin, users };
}

function taskOf(text: string | undefined): BucketTask {
  let task: Partial<BucketTask> | null | undefined;
  try {
    task = JSON.parse(text ?? '');
  } catch {
    throw refusal(`The task is not understood: ${TASK_VARIABLE} is ${text ? 'not JSON' : 'not set'}.`);
  }
  if (task?.version !== VERSION)
    throw refusal(
      `The task is of version ${String(task?.version)}, and this program speaks ${VERSION}: deploy the BackupBucket anew, so that both are of one version.`,
    );
  return task as BucketTask;
}

const keysIn = (env: NodeJS.ProcessEnv, names: Keys): Partial<Keys> => ({
  ...(env[names.accessKeyId] && { accessKeyId: env[names.accessKeyId] }),
  ...(env[names.secretAccessKey] && { secretAccessKey: env[names.secretAccessKey] }),
});

function askedUser(
  user: BucketUser,
  { accessKeyId, secretAccessKey }: Partial<Keys>,
  namespace: string,
): AskedUser {
  if (accessKeyId && secretAccessKey) return { ...user, keys: { accessKeyId, secretAccessKey } };
  if (!accessKeyId && !secretAccessKey) return user;
  const { secretName, accessKeyIDProperty, secretKeyProperty } = user.secret;
  throw refusal(
    `The Secret ${namespace}/${secretName} has no key ${accessKeyId ? secretKeyProperty : accessKeyIDProperty}, or nothing in it: give it both keys of the user; or, if nobody uses it, delete it, and another one is made.`,
  );
}

/** Each user's keys open what that user may, and no more. */
function apart(users: AskedUser[], admin: Keys, namespace: string): void {
  const seen = new Map([[admin.accessKeyId, 'those of the administrator']]);
  for (const { keys, secret } of users) {
    if (!keys) continue;
    const others = seen.get(keys.accessKeyId);
    if (others)
      throw refusal(
        `The keys in the Secret ${namespace}/${secret.secretName} are ${others}, and may do more than they should: put those of a user of its own there; or delete the Secret, and a user is made.`,
      );
    seen.set(keys.accessKeyId, `those in the Secret ${namespace}/${secret.secretName}`);
  }
}
