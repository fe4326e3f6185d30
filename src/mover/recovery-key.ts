import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CREDENTIAL_VARIABLES, RECOVERY_PASSWORD_VARIABLE } from '../api/contract';
import type { KeyLine } from '../api/report';
import { Fault } from './fault';
import type { Locks } from './locks';
import { type OwnerObject, writeOwner } from './owner';
import type { Restic } from './restic';
import { faultOf } from './restic-fault';
import type { Bucket } from './s3';

/** Nobody can try all passwords of so many characters. */
const SHORTEST = 20;

/** The new password, as it will be typed one day: without the end of line that a file has. @throws TaskInvalid */
export function recoveryPassword(env: NodeJS.ProcessEnv): string {
  const password = (env[RECOVERY_PASSWORD_VARIABLE] ?? '').replace(/\r?\n$/, '');
  const invalid = (why: string) =>
    new Fault('TaskInvalid', `No recovery key was made: ${why}. It comes in ${RECOVERY_PASSWORD_VARIABLE}.`);
  if (password.length < SHORTEST)
    throw invalid(`its password has ${password.length} characters, and ${SHORTEST} are the least`);
  if (/[\r\n]/.test(password)) throw invalid('its password has more than one line');
  if (password === env[CREDENTIAL_VARIABLES.password])
    throw invalid("its password is the repository's own, which would be lost with it");
  return password;
}

/**
 * Adds a key of the user's own to the repository, proves that it opens it, and notes its id in the owner object. The password is never an
 * argument, and in no log: restic reads it from a file that nobody else may read, and that is gone right after.
 */
export async function addRecoveryKey(
  password: string,
  owner: OwnerObject,
  bucket: Bucket,
  restic: Restic,
  locks: Locks,
): Promise<KeyLine> {
  const directory = mkdtempSync(join(tmpdir(), 'service-backup-'));
  const file = join(directory, 'password');
  // restic itself must know only the old password, and then only the new one.
  const without = { [RECOVERY_PASSWORD_VARIABLE]: undefined };
  try {
    writeFileSync(file, password, { mode: 0o600 });
    let id = '';
    const added = await locks.share({
      args: ['key', 'add', '--new-password-file', file, '--host', 'recovery', '--user', 'service-backup'],
      env: without,
      plain: true,
      onLine: (line) => {
        id = /^saved new key with ID ([0-9a-f]{64})$/.exec(line)?.[1] ?? id;
      },
    });
    if (added.code !== 0 || added.stopped)
      throw faultOf(added, 'adding the recovery key', 'RecoveryKeyMissing');
    const only = { ...without, [CREDENTIAL_VARIABLES.password]: undefined, RESTIC_PASSWORD_FILE: file };
    const opened = await restic.ask<{ id?: string }>(['cat', 'config', '--no-lock', '--key-hint', id], only);
    if (id === '' || opened.answer?.id !== owner.repository) {
      throw new Fault(
        'RecoveryKeyMissing',
        `A key was added to the repository in the bucket ${bucket.name} (${id.slice(0, 8) || 'restic did not say which'}), but it does not open it: do not rely on it, and try again.`,
      );
    }
    await writeOwner(bucket, { ...owner, recoveryKey: id }, 'replace');
    return { type: 'key', id };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
