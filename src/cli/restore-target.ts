import { BUCKET_NAME, bucketOf } from '../api';
import { UsageError } from './failure';
import { isClaimName } from './service-reference';

/** The flags of `restore` that say where to, and how. */
export interface TargetFlags {
  item?: string;
  toClaim?: string;
  toBucket?: string;
  prefix?: string;
  overwrite?: boolean;
  dryRun?: boolean;
}

export type RestoreTarget = { claim: string } | { bucket: string };

const ONLY_OF_BUCKETS = [
  ['--prefix', 'prefix'],
  ['--overwrite', 'overwrite'],
  ['--dry-run', 'dryRun'],
] as const;

/**
 * A volume is restored to a claim, a bucket to a bucket.
 *
 * @throws UsageError that names the flag, what is wrong with it, and how to write it.
 */
export function targetOf({ item, toClaim, toBucket, ...flags }: TargetFlags): RestoreTarget {
  if (toClaim !== undefined && toBucket !== undefined)
    throw new UsageError('--to-claim and --to-bucket both say where to restore: leave one out.');
  const wanted = item === undefined ? undefined : bucketOf(item) === undefined ? 'claim' : 'bucket';
  if (toClaim === undefined && toBucket === undefined)
    throw new UsageError(
      wanted
        ? `--to-${wanted} is missing: write --to-${wanted} NAME, the ${wanted} that item ${item} is restored to.`
        : '--to-claim or --to-bucket is missing: write --to-claim NAME for a volume, --to-bucket NAME for a bucket.',
    );
  if (toBucket !== undefined) {
    if (wanted === 'claim')
      throw new UsageError(
        `--to-bucket '${toBucket}' is for buckets, and item ${item} is a claim: write --to-claim NAME, or --item s3:BUCKET.`,
      );
    if (!new RegExp(BUCKET_NAME).test(toBucket))
      throw new UsageError(
        `--to-bucket '${toBucket}' is not a name that a bucket can have: 3 to 63 lower-case letters, digits, dots and hyphens.`,
      );
    if (flags.prefix === '')
      throw new UsageError("--prefix '' is empty: leave it out to restore every object.");
    return { bucket: toBucket };
  }
  const claim = toClaim ?? '';
  if (wanted === 'bucket')
    throw new UsageError(
      `--to-claim '${claim}' is for volumes, and item ${item} is a bucket: write --to-bucket NAME.`,
    );
  const [misplaced] = ONLY_OF_BUCKETS.filter(([, flag]) => flags[flag] !== undefined);
  if (misplaced)
    throw new UsageError(`${misplaced[0]} is for buckets, and --to-claim restores a volume: leave it out.`);
  if (!isClaimName(claim))
    throw new UsageError(
      `--to-claim '${claim}' is not a name that a claim can have: lower-case letters, digits and hyphens.`,
    );
  return { claim };
}
