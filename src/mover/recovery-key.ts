import { RECOVERY_PASSWORD_VARIABLE } from '../api/contract';
import { Fault } from './fault';
import { readOwner, writeOwner } from './owner';
import type { Restic } from './restic';
import { faultOf } from './restic-fault';
import type { Bucket } from './s3';

const SHORTEST = 20;

/**
 * Adds a key of the user's own to the repository, opens the repository with it, and notes its id in the owner object. The password
 * comes in the environment and goes to restic by a pipe: never into an argument, a file or a log.
 *
 * @returns the key's id
 */
export async function addRecoveryKey(
  bucket: Bucket,
  restic: Restic,
  env: NodeJS.ProcessEnv,
): Promise<string> {
  const password = env[RECOVERY_PASSWORD_VARIABLE] ?? '';
  if (password.length < SHORTEST) {
    throw new Fault(
      'TaskInvalid',
      `The recovery password has ${password.length} characters: it must have at least ${SHORTEST}.`,
    );
  }
  const before = new Set(await bucket.list('keys/'));
  const who = ['--host', 'recovery', '--user', 'service-backup'];
  const ended = await restic.run({
    args: ['key', 'add', '--new-password-file', '/dev/stdin', ...who],
    input: `${password}\n`,
  });
  if (ended.code !== 0) throw faultOf(ended, 'adding the recovery key', 'BackupFailed');
  const opened = await restic.ask<{ id?: string }>(['cat', 'config', '--no-lock'], {
    RESTIC_PASSWORD: password,
  });
  const [added, ...more] = (await bucket.list('keys/')).filter((key) => !before.has(key));
  if (!opened.answer?.id || !added || more.length > 0) {
    throw new Fault(
      'BackupFailed',
      'The recovery key was added, but does not open the repository: try again.',
    );
  }
  const id = added.slice('keys/'.length);
  const owner = await readOwner(bucket);
  if (owner) await writeOwner(bucket, { ...owner, recoveryKey: id }, 'replace');
  return id;
}
