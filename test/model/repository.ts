import { MINUTE } from './agenda';
import type { Container } from './container';

export interface Snapshot {
  id: string;
  run: string;
  item: string;
}

/** Written by restic, and left behind by whoever is killed. */
interface Lock {
  holder: Container;
  exclusive: boolean;
}

/** docs/adr/0007-dead-locks.md: restic renews a lock every 5 minutes. */
const DEAD_AFTER = 35 * MINUTE;

/** A restic repository in a bucket. */
export class Repository {
  readonly snapshots: Snapshot[] = [];
  private locks: Lock[] = [];
  /** False: the S3 system cannot be reached. */
  reachable = true;

  /** A mover's snapshot carries the run as its tag. */
  add(run: string, item: string): string {
    const number = (this.snapshots.length + 1).toString(16).padStart(8, '0');
    const id = number.repeat(8);
    this.snapshots.push({ id, run, item });
    return id;
  }

  /** Status and outcomes name a snapshot by its first digits. */
  find(id: string): Snapshot | undefined {
    return this.snapshots.find((snapshot) => id !== '' && snapshot.id.startsWith(id));
  }

  made(run: string, item: string): Snapshot | undefined {
    return this.snapshots.findLast((snapshot) => snapshot.run === run && snapshot.item === item);
  }

  /** True if the lock was free for it. Any number may hold it together, or one alone. */
  lock(holder: Container, exclusive: boolean, now: number): boolean {
    this.removeDead(holder.work.deadPods, now);
    const others = this.locks.filter((lock) => lock.holder !== holder);
    if (exclusive ? others.length > 0 : others.some((lock) => lock.exclusive)) return false;
    this.locks = [...others, { holder, exclusive }];
    return true;
  }

  unlock(holder: Container): void {
    this.locks = this.locks.filter((lock) => lock.holder !== holder);
  }

  private removeDead(pods: readonly string[], now: number): void {
    this.locks = this.locks.filter(
      ({ holder }) => !pods.includes(holder.pod) && now - (holder.endedAt ?? now) <= DEAD_AFTER,
    );
  }
}
