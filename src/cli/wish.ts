import type { RestoreTask } from '../api';
import { parseAsOf } from './as-of';
import { UsageError } from './failure';
import type { RestoreRequest } from './restore-plan';
import { isClaimName, type ServiceReference } from './service-reference';
import { isQuantity } from './sizes';

/** What the person wants, understood. */
export type Wish =
  | { command: 'status'; service?: ServiceReference }
  | { command: 'run'; service: ServiceReference }
  | { command: 'snapshots'; service: ServiceReference; item?: string }
  | { command: 'restore'; service: ServiceReference; request: RestoreRequest; understood?: string }
  | { command: 'acknowledge'; service: ServiceReference; yes: boolean }
  | { command: 'recovery-key'; service: ServiceReference; again: boolean };

/** The flags of `restore`, as they were written. */
export interface RestoreFlags {
  item?: string;
  snapshot?: string;
  asOf?: string;
  toClaim: string;
  size?: string;
  storageClass?: string;
}

/** @throws UsageError that names the flag, what is wrong with it, and how to write it. */
export function restoreWish(
  service: ServiceReference,
  flags: RestoreFlags,
  at: { now: Date; timeZone: string },
): Wish {
  if (flags.snapshot !== undefined && flags.asOf !== undefined)
    throw new UsageError('--snapshot and --as-of both say which snapshot: leave one out.');
  if (flags.snapshot !== undefined && !/^[0-9a-fA-F]{4,64}$/.test(flags.snapshot))
    throw new UsageError(
      `--snapshot '${flags.snapshot}' is not the id of a snapshot: copy it from 'service-backup snapshots'.`,
    );
  if (!isClaimName(flags.toClaim))
    throw new UsageError(
      `--to-claim '${flags.toClaim}' is not a name that a claim can have: lower-case letters, digits and hyphens.`,
    );
  if (flags.size !== undefined && !isQuantity(flags.size))
    throw new UsageError(`--size '${flags.size}' is not a size: write it as Kubernetes does, e.g. 20Gi.`);
  const asOf = flags.asOf === undefined ? undefined : parseAsOf(flags.asOf, at);
  const select: RestoreTask['select'] =
    flags.snapshot !== undefined
      ? { snapshot: flags.snapshot.toLowerCase() }
      : asOf
        ? { asOf: asOf.instant.toISOString() }
        : { latest: true };
  const { item, toClaim, size, storageClass } = flags;
  return {
    command: 'restore',
    service,
    request: { item, select, toClaim, size, storageClass },
    ...(asOf && { understood: asOf.understood }),
  };
}
