import type { Reason } from '../api/reasons';
import { Fault } from './fault';
import { mustHaveKeys } from './locks';
import { digestOf, type OwnerObject, readOwner, writeOwner } from './owner';
import { type Asked, decide, type Seen } from './ownership';
import type { Restic } from './restic';
import { faultOf } from './restic-fault';
import type { Bucket } from './s3';

const CONFIG_KEY = 'config';

/** A repository that is ours to work with. */
export interface Opened {
  id: string;
  /** The owner object, as it is in the bucket now. */
  owner: OwnerObject;
}

/**
 * Opens the repository as the repository rule says, and initialises it only where the rule allows that.
 *
 * @param otherwise the reason of a failure that has no name of its own
 * @throws BucketNotEmpty, RepositoryOwnedByAnother, RepositoryUnowned, RepositoryMissing, RepositoryDamaged, RepositoryLocked,
 *   WrongPassword, Cancelled, and what an S3 system may be at fault with
 */
export async function openRepository(
  bucket: Bucket,
  restic: Restic,
  asked: Asked,
  otherwise: Reason,
): Promise<Opened> {
  const { seen, config } = await look(bucket);
  const decision = decide(seen, asked);
  const me: OwnerObject = { version: 1, ...asked.owner };

  if (decision.act === 'initialise') {
    await writeOwner(bucket, { ...me, claimed: asked.now.toISOString() }, decision.owner);
    const id = await initialise(bucket, restic, otherwise);
    const made = await bucket.get(CONFIG_KEY);
    const owner = { ...me, repository: id, ...(made && { config: digestOf(made) }) };
    await writeOwner(bucket, owner, 'replace');
    return { id, owner };
  }

  const digest = digestOf(config ?? '');
  const expected = asked.knownId ?? seen.owner?.repository;
  const verified =
    expected !== undefined && expected === seen.owner?.repository && seen.owner.config === digest;
  const id = verified ? expected : await idOf(bucket, restic, otherwise);
  if (expected !== undefined && id !== expected) {
    throw new Fault(
      'RepositoryMissing',
      `The bucket ${bucket.name} holds the repository ${id.slice(0, 8)}, and not ${expected.slice(0, 8)}, which was backed up into before: ` +
        'nothing was written. Look whether s3Host and bucket are the right ones.',
    );
  }
  // A recovery key is the repository's, whoever owns it.
  const recoveryKey = seen.owner?.repository === id ? seen.owner.recoveryKey : undefined;
  const owner: OwnerObject = { ...me, repository: id, config: digest, ...(recoveryKey && { recoveryKey }) };
  if (asked.intent !== 'read' && (decision.owner !== 'as it is' || !verified)) {
    await writeOwner(bucket, owner, decision.owner === 'claim' ? 'claim' : 'replace');
  }
  return { id, owner };
}

/** Reads only. Every answer must be a success: an error is never taken for an absence. */
async function look(bucket: Bucket): Promise<{ seen: Seen; config?: string }> {
  const [owner, config] = await Promise.all([readOwner(bucket), bucket.get(CONFIG_KEY)]);
  const keys = owner && config !== undefined ? [] : await keysOf(bucket);
  return {
    seen: { bucket: bucket.name, ...(owner && { owner }), config: config !== undefined, keys },
    ...(config !== undefined && { config }),
  };
}

const keysOf = async (bucket: Bucket, prefix?: string): Promise<string[]> =>
  (await bucket.list(prefix)).objects.map(({ key }) => key);

async function idOf(bucket: Bucket, restic: Restic, otherwise: Reason): Promise<string> {
  const asked = await restic.ask<{ id?: string }>(['cat', 'config', '--no-lock']);
  if (asked.code === 12) await mustHaveKeys(bucket);
  if (asked.code !== 0) throw faultOf(asked, 'opening the repository', otherwise);
  if (!asked.answer?.id) throw new Fault(otherwise, 'restic prints no id of the repository.');
  return asked.answer.id;
}

/** `restic init`, verified: two of them at once both succeed and leave a repository that may not open. */
async function initialise(bucket: Bucket, restic: Restic, otherwise: Reason): Promise<string> {
  const made = await restic.ask<{ id?: string }>(['init']);
  if (made.code !== 0) throw faultOf(made, 'initialising the repository', otherwise);
  const id = await idOf(bucket, restic, otherwise);
  const keys = await keysOf(bucket, 'keys/');
  if (id !== made.answer?.id || keys.length !== 1) {
    throw new Fault(
      'RepositoryDamaged',
      `The repository in the bucket ${bucket.name} was initialised by two at once (${keys.length} keys). It holds no backup: empty the bucket by hand.`,
    );
  }
  return id;
}
