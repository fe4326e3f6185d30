import type { ServiceBackupSettings, ServiceS3 } from '../api';
import { type Settings, sourceOf } from '../operator/settings';
import { Failure } from './failure';

/** The S3 system of the services' own buckets, as a task names it, and its keys. */
export interface ServiceSystem {
  s3: ServiceS3;
  credentials: NonNullable<Settings['source']>['credentials'];
}

/** @throws Failure when the config does not say where the services' buckets are. */
export function serviceSystem(settings: ServiceBackupSettings): ServiceSystem {
  const { source } = sourceOf(settings);
  if (!source)
    throw new Failure(
      "The BackupConfig does not say where the services' buckets are: set s3ServiceConfig in it.",
    );
  const { credentials, fullPassRuns: _, ...s3 } = source;
  return { s3, credentials };
}
