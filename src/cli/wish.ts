import type { RestoreTask } from '../api';
import { parseAsOf } from './as-of';
import { UsageError } from './failure';
import type { BucketRequest, RestoreRequest } from './restore-plan';
import { type TargetFlags, targetOf } from './restore-target';
import type { ServiceReference } from './service-reference';
import { isQuantity } from './sizes';

/** What the person wants, understood. */
export type Wish =
  | { command: 'status'; service?: ServiceReference }
  | { command: 'run'; service: ServiceReference }
  | { command: 'snapshots'; service: ServiceReference; item?: string }
  | { command: 'restore'; service: ServiceReference; request: RestoreRequest; understood?: string }
  | { command: 'restore-bucket'; service: ServiceReference; request: BucketRequest; understood?: string }
  | { command: 'acknowledge'; service: ServiceReference; yes: boolean }
  | { command: 'recovery-key'; service: ServiceReference; again: boolean };

/** The flags of `restore`, as they were written. */
export interface RestoreFlags extends TargetFlags {
  snapshot?: string;
  asOf?: string;
  size?: string;
  storageClass?: string;
}

/** @throws UsageError that names the flag, what is wrong with it, and how to write it. */
export function restoreWish(
  service: ServiceReference,
  flags: RestoreFlags,
  at: { now: Date; timeZone: string },
): Wish {
  const to = targetOf(flags);
  if (flags.snapshot !== undefined && flags.asOf !== undefined)
    throw new UsageError('--snapshot and --as-of both say which snapshot: leave one out.');
  if (flags.snapshot !== undefined && !/^[0-9a-fA-F]{4,64}$/.test(flags.snapshot))
    throw new UsageError(
      `--snapshot '${flags.snapshot}' is not the id of a snapshot: copy it from 'service-backup snapshots'.`,
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
  const { item, size, storageClass, prefix, overwrite = false, dryRun = false } = flags;
  const request = { item, select, size, storageClass };
  return {
    service,
    ...(asOf && { understood: asOf.understood }),
    ...('claim' in to
      ? { command: 'restore', request: { ...request, toClaim: to.claim } }
      : {
          command: 'restore-bucket',
          request: { ...request, toBucket: to.bucket, ...(prefix && { prefix }), overwrite, dryRun },
        }),
  };
}
