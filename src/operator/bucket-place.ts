import { bucketOf, secretNameFor } from '../api/contract';
import { sourceNotAllowed } from './allowed';
import type { Failure } from './failure';
import type { Observed } from './observed';
import type { BucketPlacement, Place } from './placement';
import type { Settings } from './settings';

/** Where an item can be read: of a volume what was looked up; a bucket can be read from anywhere, if it may be. */
export function placeOf(
  item: string,
  observed: Pick<Observed, 'backup' | 'config' | 'places'>,
  settings: Settings,
): Place | BucketPlacement | undefined {
  const bucket = bucketOf(item);
  return bucket === undefined ? observed.places?.[item] : bucketPlace(bucket, observed, settings);
}

function bucketPlace(
  bucket: string,
  { backup, config }: Pick<Observed, 'backup' | 'config'>,
  { source, endpoint, scratch: { claimName } }: Settings,
): BucketPlacement | Failure {
  const { namespace } = backup.metadata;
  if (!source)
    return {
      reason: 'ServiceS3Missing',
      message: `BackupConfig '${config?.metadata.name}' does not say on which S3 system bucket '${bucket}' is: set s3ServiceConfig there, or take the item out.`,
    };
  if (bucket === backup.spec.backupBucketName && source.endpoint === endpoint)
    return {
      reason: 'BucketNotAllowed',
      message: `Bucket '${bucket}' holds the repository of this ServiceBackup, which would grow by itself with each run: take the item out.`,
    };
  const refused = config && sourceNotAllowed({ namespace, bucket }, config);
  return (
    refused ?? {
      node: '',
      because: `bucket of ${source.endpoint}`,
      secret: secretNameFor(source.credentials.secretName, bucket),
      ...(claimName && { claim: claimName }),
    }
  );
}
