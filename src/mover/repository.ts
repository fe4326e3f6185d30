import { Fault } from './fault';
import { digestOf, type OwnerObject, readOwner, writeOwner } from './owner';
import { type Asked, decide, type Seen } from './ownership';
import type { Restic } from './restic';
import { faultOf } from './restic-fault';
import type { Bucket } from './s3';

const CONFIG_KEY = 'config';

/**
 * Opens the repository as the repository rule says, and initialises it only where the rule allows that.
 *
 * @returns its id
 * @throws BucketMissing, BucketNotEmpty, CredentialsRefused, StorageUnreachable, RepositoryOwnedByAnother,
 *   RepositoryUnowned, RepositoryMissing, RepositoryDamaged, RepositoryLocked, WrongPassword, Cancelled
 */
export async function openRepository(bucket: Bucket, restic: Restic, asked: Asked): Promise<string> {
  const { seen, config } = await look(bucket);
  const decision = decide(seen, asked);
  const me: OwnerObject = { version: 1, ...asked.owner };

  if (decision.act === 'initialise') {
    await writeOwner(bucket, { ...me, claimed: asked.now.toISOString() }, decision.owner);
    const id = await initialise(bucket, restic);
    const made = await bucket.get(CONFIG_KEY);
    await writeOwner(bucket, { ...me, repository: id, ...(made && { config: digestOf(made) }) }, 'replace');
    return id;
  }

  const digest = digestOf(config ?? '');
  const expected = asked.knownId ?? seen.owner?.repository;
  const verified =
    expected !== undefined && expected === seen.owner?.repository && seen.owner.config === digest;
  const id = verified ? expected : await idOf(restic);
  if (expected !== undefined && id !== expected) {
    throw new Fault(
      'RepositoryMissing',
      `The bucket ${bucket.name} holds the repository ${id.slice(0, 8)}, and not ${expected.slice(0, 8)}, which was backed up into before: ` +
        'nothing was written. Look whether s3Host and bucket are the right ones.',
    );
  }
  if (asked.intent === 'write' && (decision.owner !== 'as it is' || !verified)) {
    const how = decision.owner === 'claim' ? 'claim' : 'replace';
    await writeOwner(bucket, { ...me, repository: id, config: digest }, how);
  }
  return id;
}

/** Reads only. Every answer must be a success: an error is never taken for an absence. */
async function look(bucket: Bucket): Promise<{ seen: Seen; config?: string }> {
  const [owner, config] = await Promise.all([readOwner(bucket), bucket.get(CONFIG_KEY)]);
  const keys = owner && config !== undefined ? [] : await bucket.list();
  return {
    seen: { bucket: bucket.name, ...(owner && { owner }), config: config !== undefined, keys },
    ...(config !== undefined && { config }),
  };
}

async function idOf(restic: Restic): Promise<string> {
  const asked = await restic.ask<{ id?: string }>(['cat', 'config', '--no-lock']);
  if (asked.code !== 0) throw faultOf(asked, 'opening the repository', 'RepositoryDamaged');
  if (!asked.answer?.id) throw new Fault('RepositoryDamaged', 'restic prints no id of the repository.');
  return asked.answer.id;
}

/** `restic init`, verified: two of them at once both succeed and leave a repository that may not open. */
async function initialise(bucket: Bucket, restic: Restic): Promise<string> {
  const made = await restic.ask<{ id?: string }>(['init']);
  if (made.code !== 0) throw faultOf(made, 'initialising the repository', 'RepositoryDamaged');
  const id = await idOf(restic);
  const keys = await bucket.list('keys/');
  if (id !== made.answer?.id || keys.length !== 1) {
    throw new Fault(
      'RepositoryDamaged',
      `The repository in the bucket ${bucket.name} was initialised by two at once (${keys.length} keys). It holds no backup: empty the bucket by hand.`,
    );
  }
  return id;
}
