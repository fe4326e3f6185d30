import type { RepositoryRef } from '../api/task';
import { heldBy, isDead, type Lock } from './lock-rule';
import type { Call, Ended, Restic } from './restic';
import { causeFault } from './restic-fault';
import type { Bucket } from './s3';

const LOCKED = 11;
const NO_KEY_OPENS = 12;

/** restic says the same of a wrong password and of a repository that has lost its keys; the password need not be looked for then. */
export async function mustHaveKeys(bucket: Bucket): Promise<void> {
  const { objects } = await bucket.list('keys/');
  if (objects.length === 0) throw causeFault('RepositoryDamaged', bucket.place, 'its keys are gone');
}

/**
 * The locks of the repository. restic's own way of removing them judges by the host name and process id, and took the lock of a
 * living backup elsewhere; here exactly that object goes whose holder is proven dead, and no other.
 */
export class Locks {
  readonly #bucket: Bucket;
  readonly #restic: Restic;
  readonly #repository: RepositoryRef;
  readonly #note: (sentence: string) => void;

  /** @param note is told of each lock that was removed */
  constructor(bucket: Bucket, restic: Restic, repository: RepositoryRef, note: (sentence: string) => void) {
    this.#bucket = bucket;
    this.#restic = restic;
    this.#repository = repository;
    this.#note = note;
  }

  /**
   * Removes what the pods left that the operator knows to be dead: the next Job may not hear of them any more. A backup goes on
   * whether or not that can be done.
   */
  async bury(): Promise<void> {
    if (!this.#repository.deadPods?.length) return;
    try {
      await this.#removeDead();
    } catch {
      // Who needs the repository for itself will meet it, and say so.
    }
  }

  /** A call beside which backups may go on. Dead locks are looked for only if one is in the way. */
  async share(call: Call): Promise<Ended> {
    const ended = await this.#run(call);
    if (ended.code !== LOCKED) return ended;
    return this.#again(call, ended, (lock) => lock.holder?.exclusive !== false);
  }

  /** A call that wants the repository for itself: the locks of the dead go first. */
  async own(call: Call): Promise<Ended> {
    await this.#removeDead();
    const ended = await this.#run(call);
    if (ended.code !== LOCKED) return ended;
    return this.#again(call, ended, () => true);
  }

  async #run(call: Call): Promise<Ended> {
    const ended = await this.#restic.run({ ...call, args: [...call.args, ...this.#restic.retryLock] });
    if (ended.code === NO_KEY_OPENS) await mustHaveKeys(this.#bucket);
    return ended;
  }

  /** Once more, if nobody is known to be in the way any longer; then it is told who is. */
  async #again(call: Call, before: Ended, inTheWay: (lock: Lock) => boolean): Promise<Ended> {
    let locks = (await this.#removeDead()).filter(inTheWay);
    let ended = before;
    if (!locks.some(({ holder }) => holder)) {
      ended = await this.#run(call);
      if (ended.code !== LOCKED) return ended;
      locks = (await this.#removeDead()).filter(inTheWay);
    }
    return { ...ended, held: heldBy(locks, this.#repository.owner.cluster, ended.at) };
  }

  /** Removes the locks whose holders are dead. @returns those that remain */
  async #removeDead(): Promise<Lock[]> {
    const { objects, date } = await this.#bucket.list('locks/');
    const { owner, deadPods = [] } = this.#repository;
    const alive: Lock[] = [];
    for (const { key, modified } of objects) {
      const lock = await this.#read(key, modified);
      if (!isDead(lock, { cluster: owner.cluster, deadPods, now: date })) {
        alive.push(lock);
        continue;
      }
      await this.#bucket.delete(key);
      this.#note(`Removed the lock of pod ${lock.holder?.hostname}, which ended without removing it.`);
    }
    return alive;
  }

  async #read(key: string, modified: string): Promise<Lock> {
    const id = key.slice('locks/'.length);
    const { answer } = await this.#restic.ask<NonNullable<Lock['holder']>>(['cat', 'lock', id, '--no-lock']);
    return { key, modified, ...(typeof answer?.hostname === 'string' && { holder: answer }) };
  }
}
