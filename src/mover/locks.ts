import type { RepositoryRef } from '../api/task';
import { podNamesOf } from '../api/contract';
import { Fault } from './fault';
import type { Ended, Restic } from './restic';
import type { Bucket, Listed } from './s3';

/** restic refreshes a lock every 5 minutes, and itself takes one of 30 for stale. */
const DEAD_AFTER_MINUTES = 35;

/** What restic wrote into a lock. */
export interface Lock {
  /** Its id: the object is `locks/<id>`. */
  id: string;
  /** Of the kernel that holds it: in a pod, the pod's name. */
  hostname: string;
  exclusive: boolean;
  /** Since when it is held, by the holder's clock. */
  time: string;
}

/** What tells whether a lock's holder lives. */
export interface Evidence {
  /** Minutes since it was refreshed, by the S3 system's clock alone. */
  minutesOld: number;
  /** UID of kube-system. */
  cluster: string;
  /** Pods of this cluster whose container is known to have ended. */
  deadPods: readonly string[];
}

/**
 * Whether a lock's holder is proven dead (docs/adr/0007-dead-locks.md). Of another cluster, or of a person's machine, nobody here can prove it.
 *
 *   host name of           the kubelet says    refreshed          →
 *   another's              …                   …                  alive, as far as we know
 *   a pod of our cluster   it has ended        …                  dead
 *   a pod of our cluster   nothing             > 35 minutes ago   dead: it cannot reach S3, and restic gives up by itself
 *   a pod of our cluster   nothing             since              alive
 */
export const isDead = (lock: Pick<Lock, 'hostname'>, { minutesOld, cluster, deadPods }: Evidence): boolean =>
  lock.hostname.startsWith(podNamesOf(cluster)) &&
  (deadPods.includes(lock.hostname) || minutesOld > DEAD_AFTER_MINUTES);

/** The locks of one repository. */
export class Locks {
  readonly #bucket: Bucket;
  readonly #restic: Restic;
  readonly #repository: Pick<RepositoryRef, 'owner' | 'deadPods'>;
  readonly #note: (sentence: string) => void;

  constructor(
    bucket: Bucket,
    restic: Restic,
    repository: Pick<RepositoryRef, 'owner' | 'deadPods'>,
    note: (sentence: string) => void,
  ) {
    this.#bucket = bucket;
    this.#restic = restic;
    this.#repository = repository;
    this.#note = note;
  }

  /**
   * Does what wants the repository for itself: takes away the locks of the dead, and, if it was locked none the less, once more.
   *
   * @throws RepositoryLocked, naming who holds it and which object it is
   */
  async exclusively(work: () => Promise<Ended>): Promise<Ended> {
    await this.removeDead();
    return this.unlocked(work);
  }

  /** Does what other locks do not hinder, as a rule: those of the dead are looked for only when it was locked out. */
  async unlocked(work: () => Promise<Ended>): Promise<Ended> {
    const ended = await work();
    if (ended.code !== 11) return ended;
    const living = await this.removeDead();
    const again = await work();
    if (again.code !== 11) return again;
    throw lockedBy(living, this.#bucket.name);
  }

  /** Removes exactly the locks whose holders are proven dead, and gives the others. */
  async removeDead(): Promise<Lock[]> {
    const { objects, now } = await this.#bucket.listObjects('locks/');
    const living: Lock[] = [];
    for (const object of objects) {
      const lock = await this.#read(object);
      if (!lock) continue;
      if (!isDead(lock, this.#evidence(object, now))) {
        living.push(lock);
        continue;
      }
      await this.#bucket.delete(object.key);
      this.#note(
        `Removed the lock of ${lock.hostname}, which had ended without taking it away (${object.key}).`,
      );
    }
    return living;
  }

  #evidence(object: Listed, now: number): Evidence {
    return {
      minutesOld: (now - object.modified) / 60_000,
      cluster: this.#repository.owner.cluster,
      deadPods: this.#repository.deadPods ?? [],
    };
  }

  /** Undefined if it has gone meanwhile, or cannot be read: what cannot be read is not removed. */
  async #read({ key }: Listed): Promise<Lock | undefined> {
    const id = key.slice('locks/'.length);
    const asked = await this.#restic.ask<Omit<Lock, 'id'>>(['cat', 'lock', id, '--no-lock']);
    return asked.answer && { ...asked.answer, id };
  }
}

function lockedBy([lock, ...others]: readonly Lock[], bucket: string): Fault {
  if (!lock) {
    return new Fault(
      'RepositoryLocked',
      `The repository in the bucket ${bucket} was locked for a moment: the next run tries again.`,
    );
  }
  const more = others.length > 0 ? `, and ${others.length} more` : '';
  return new Fault(
    'RepositoryLocked',
    `${lock.hostname} holds ${lock.exclusive ? 'an exclusive' : 'a'} lock on the repository in the bucket ${bucket} since ${lock.time.slice(0, 19)}${more}. ` +
      `If it works there, wait for it; if it is dead for sure, delete the object locks/${lock.id}.`,
  );
}
