import type { Role } from './group';

/**
 * What a role may do to files, as uid 0 without any other capability. The set of a restore was measured by leaving each one out
 * (test/cluster/mover/restore.test.ts); the only thing that its container can write is the new volume.
 */
export const CAPABILITIES: Record<Role, readonly string[]> = {
  mover: [
    /** Reads every file, whatever its owner and mode; writes none. */
    'DAC_READ_SEARCH',
  ],
  /** It only speaks with the S3 system. */
  maintenance: [],
  /** It speaks with S3 systems, and owns what is on its scratch volume. */
  bucket: [],
  restore: [
    /** Gives files to their owners. */
    'CHOWN',
    /** Writes into a volume whose root the driver gave to another user; enters closed directories to count what arrived. */
    'DAC_OVERRIDE',
    /** Sets mode and times of files that have another owner by then. */
    'FOWNER',
    /** Keeps the setgid bit of what belongs to a foreign group. Without it the kernel clears it and *reports no error*. */
    'FSETID',
    /** Device nodes, as chroot jails have them. */
    'MKNOD',
    /** Files that carry capabilities of their own. */
    'SETFCAP',
  ],
};
