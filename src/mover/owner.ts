import { createHash } from 'node:crypto';
import { type Owner, ownerName } from '../api/task';
import { Fault } from './fault';
import type { Bucket } from './s3';

/** Key of the owner object. restic does not look at it. */
export const OWNER_KEY = 'service-backup.json';

/** Who may write into the repository that is in the bucket. */
export interface OwnerObject extends Owner {
  version: 1;
  /** Id of the repository, once it has been verified. */
  repository?: string;
  /**
   * SHA-256 of restic's `config` object as it was when the id was verified. It is written once and never changes, so an
   * equal one is the same repository, and no run need ask restic, whose every start costs half a second of key derivation.
   */
  config?: string;
  /** Id of the user's own key (`keys/<id>`), if one was made. */
  recoveryKey?: string;
  /** When the bucket was claimed, in RFC 3339; until the repository is initialised. */
  claimed?: string;
}

export const digestOf = (config: string): string =>
  createHash('sha256').update(Buffer.from(config, 'latin1')).digest('hex');

export const isSame = (a: Omit<Owner, 'uid'>, b: Omit<Owner, 'uid'>): boolean =>
  a.cluster === b.cluster && a.namespace === b.namespace && a.name === b.name;

/** Reads an owner object. */
export function parseOwner(text: string, bucket: string): OwnerObject {
  const damaged = (why: string) =>
    new Fault(
      'RepositoryDamaged',
      `The object ${OWNER_KEY} in the bucket ${bucket} ${why}, so the owner of the repository is unknown: nothing was done. ` +
        'Find out who wrote it; without it the repository can be taken over by adoptFrom: unowned.',
    );
  let value: Partial<OwnerObject> | null;
  try {
    value = JSON.parse(Buffer.from(text, 'latin1').toString('utf8')) as Partial<OwnerObject> | null;
  } catch {
    throw damaged('is not JSON');
  }
  if (value?.version !== 1) throw damaged('is of a version that this mover does not know');
  for (const field of ['cluster', 'namespace', 'name', 'uid'] as const) {
    if (typeof value[field] !== 'string') throw damaged(`lacks ${field}`);
  }
  return value as OwnerObject;
}

export async function readOwner(bucket: Bucket): Promise<OwnerObject | undefined> {
  const text = await bucket.get(OWNER_KEY);
  return text === undefined ? undefined : parseOwner(text, bucket.name);
}

/**
 * Writes the owner object, reads it back, and goes on only if it is there: of two that write at once, one sees the other.
 * `claim` writes it only where there is none.
 */
export async function writeOwner(
  bucket: Bucket,
  owner: OwnerObject,
  how: 'claim' | 'replace',
): Promise<void> {
  const written = await bucket.put(OWNER_KEY, `${JSON.stringify(owner, null, 2)}\n`, how === 'claim');
  const found = await readOwner(bucket);
  if (!found || !isSame(found, owner)) {
    throw new Fault(
      'RepositoryOwnedByAnother',
      `The bucket ${bucket.name} was claimed by ${found ? ownerName(found) : 'nobody that can be read'} at the same moment: nothing was written into it.`,
    );
  }
  if (!written) {
    throw new Fault(
      'RepositoryLocked',
      `Another Job of this ServiceBackup claims the bucket ${bucket.name} at this moment: the next run will find it ready.`,
    );
  }
}

/** Whether the recovery key is in the repository still; if somebody removed it, the owner object forgets it, too. */
export async function keyIsThere(bucket: Bucket, { recoveryKey, ...owner }: OwnerObject): Promise<boolean> {
  if (!recoveryKey) return false;
  if ((await bucket.get(`keys/${recoveryKey}`)) !== undefined) return true;
  await writeOwner(bucket, owner, 'replace');
  return false;
}
