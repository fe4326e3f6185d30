import { type Owner, ownerName, UNOWNED } from '../api/task';
import { Fault } from './fault';
import { isSame, OWNER_KEY, type OwnerObject } from './owner';

/** What was seen of a bucket, by reads that succeeded. */
export interface Seen {
  bucket: string;
  owner?: OwnerObject;
  /** restic's `config` is there: without it there is no repository. */
  config: boolean;
  /** The bucket's first keys; listed only when the owner object or `config` is missing. */
  keys: string[];
}

/** What the task says. */
export interface Asked {
  owner: Owner;
  knownId?: string;
  adoptFrom?: string;
  /**
   * `read` (list, restore) changes nothing in the bucket, not even who owns it; `tend` (maintain, recovery key) wants the repository
   * to be ours, and there; `write` (backup) may make it.
   */
  intent: 'write' | 'tend' | 'read';
  now: Date;
}

/** Who claimed and has not initialised after so long is dead: restic is stopped after five minutes without progress. */
const CLAIM_MINUTES = 10;

export type Decision =
  /** The repository is there and ours. */
  | { act: 'use'; owner: 'as it is' | 'replace' | 'claim' }
  /** There is nothing but, at most, our own claim: initialise, once. */
  | { act: 'initialise'; owner: 'replace' | 'claim' };

/**
 * Whose is the repository, and may it be initialised? Pure; what is unclear is refused. See
 * docs/adr/0001-repository-ownership-and-adoption.md.
 *
 *   owner object      config   other objects   status or owner   →
 *                                              know an id
 *   another's         …        …               …                 RepositoryOwnedByAnother, unless adoptFrom names it
 *   none              yes      …               …                 RepositoryUnowned, unless adoptFrom is 'unowned'
 *   none              no       yes             …                 BucketNotEmpty
 *   none, or ours     no       no              yes               RepositoryMissing
 *   none              no       no              no                claim, initialise
 *   ours              no       no              no                initialise; RepositoryLocked while the claim is young
 *   ours              no       yes             no                RepositoryDamaged
 *   ours              yes      …               …                 use
 */
export function decide(seen: Seen, asked: Asked): Decision {
  const { owner, bucket } = seen;
  const others = seen.keys.filter((key) => key !== OWNER_KEY);

  if (owner && !isSame(owner, asked.owner) && asked.adoptFrom !== ownerName(owner)) {
    throw new Fault(
      'RepositoryOwnedByAnother',
      `The repository in the bucket ${bucket} belongs to ${ownerName(owner)}, and this is ${ownerName(asked.owner)}: ` +
        `nothing was written. To take it over for good, set adoptFrom: '${ownerName(owner)}'; else use another bucket.`,
    );
  }
  if (!owner && seen.config && asked.adoptFrom !== UNOWNED) {
    throw new Fault(
      'RepositoryUnowned',
      `The bucket ${bucket} holds a restic repository that no ServiceBackup owns: nothing was written. ` +
        `To take it over, set adoptFrom: '${UNOWNED}'; else use another bucket.`,
    );
  }
  if (!owner && !seen.config && others.length > 0) {
    throw new Fault(
      'BucketNotEmpty',
      `The bucket ${bucket} holds objects that are no repository of ours (${others.slice(0, 3).join(', ')}): ` +
        'nothing was written. Use an empty bucket.',
    );
  }

  const ownership = !owner
    ? 'claim'
    : isSame(owner, asked.owner) && owner.uid === asked.owner.uid
      ? 'as it is'
      : 'replace';
  if (seen.config) return { act: 'use', owner: asked.intent === 'read' ? 'as it is' : ownership };

  const known = asked.knownId ?? owner?.repository;
  if (known) {
    throw new Fault(
      'RepositoryMissing',
      `The bucket ${bucket} should hold the repository ${known.slice(0, 8)}, and its config object is gone. ` +
        'Nothing was initialised in its place: restore the bucket, or look whether s3Host and bucket are the right ones.',
    );
  }
  if (asked.intent !== 'write') {
    throw new Fault(
      'RepositoryMissing',
      `The bucket ${bucket} holds no repository yet: no backup was ever made into it.`,
    );
  }
  const minutes = (asked.now.getTime() - Date.parse(owner?.claimed ?? '')) / 60_000;
  if (minutes < CLAIM_MINUTES) {
    throw new Fault(
      'RepositoryLocked',
      `Another Job claimed the bucket ${bucket} at ${owner?.claimed} and may be initialising it, which must be done alone. ` +
        `If it was killed, the first run later than ${CLAIM_MINUTES} minutes after that will do it.`,
    );
  }
  if (others.length > 0) {
    throw new Fault(
      'RepositoryDamaged',
      `The bucket ${bucket} holds the beginning of a repository (${others.slice(0, 3).join(', ')}) without its config object: ` +
        'it was initialised incompletely, or damaged. If no backup was ever made into it, empty the bucket by hand.',
    );
  }
  return { act: 'initialise', owner: ownership === 'claim' ? 'claim' : 'replace' };
}
