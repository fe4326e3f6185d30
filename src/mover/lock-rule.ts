import { podNamesOf } from '../api/contract';
import type { Place } from './storage-fault';

/** A lock in the repository: what restic wrote into it, and what the S3 system says of the object. */
export interface Lock {
  /** Key of the object, `locks/<id>`. */
  key: string;
  /** When restic last renewed it, by the S3 system's clock: restic writes a new object each time. */
  modified: string;
  /** Who holds it. Absent if it could not be read. */
  holder?: {
    /** The kernel's host name: in a pod, the pod's. */
    hostname: string;
    pid: number;
    username: string;
    exclusive: boolean;
    /** By the holder's own clock. */
    time: string;
  };
}

/** What tells the dead from the living. */
export interface Witness {
  /** UID of kube-system. */
  cluster: string;
  /** Pods whose mover is known to have ended. */
  deadPods: readonly string[];
  /** What time it is where the objects are; without it no age is known. */
  now?: string;
}

/** restic renews a lock every 5 minutes, and gives up when it could not for 30. */
export const DEAD_AFTER_MINUTES = 35;

const isOurs = (lock: Lock, { cluster }: Pick<Witness, 'cluster'>): boolean =>
  lock.holder?.hostname.startsWith(podNamesOf(cluster)) ?? false;

/**
 * Whether a lock's holder is proven dead. Only pods of this very cluster can be: their names carry its hash. Nobody else's lock is
 * ever judged, however old. See docs/adr/0007-dead-locks.md.
 */
export function isDead(lock: Lock, witness: Witness): boolean {
  if (!lock.holder || !isOurs(lock, witness)) return false;
  if (witness.deadPods.includes(lock.holder.hostname)) return true;
  // Both by one clock. What cannot be read (NaN) is never older.
  const minutes = (Date.parse(witness.now ?? '') - Date.parse(lock.modified)) / 60_000;
  return minutes > DEAD_AFTER_MINUTES;
}

/** Who holds the repository, since when, and what to do about it. */
export function heldBy(locks: readonly Lock[], cluster: string, at: Place): string {
  const [lock] = locks;
  if (!lock) return `The repository in the bucket ${at.bucket} was locked a moment ago: try again.`;
  const { holder } = lock;
  const who = holder
    ? `${holder.hostname} (process ${holder.pid} of ${holder.username}) since ${holder.time.replace(/\.\d+Z$/, 'Z')}`
    : 'somebody who cannot be read from the lock';
  const others = locks.length > 1 ? `, and by ${locks.length - 1} more` : '';
  const mend = isOurs(lock, { cluster })
    ? `If that pod is dead, its lock is removed when it has not been renewed for ${DEAD_AFTER_MINUTES} minutes (last at ${lock.modified}).`
    : `If that process is dead, delete the object ${lock.key} of the bucket by hand; nothing of ours does.`;
  return `The repository in the bucket ${at.bucket} at ${at.endpoint} is locked by ${who}${others}: wait for it. ${mend}`;
}
