import { DEFAULTS, type ServiceBackupSettings, type ServiceS3 } from '../api';
import { endpointOf } from '../operator/settings';
import { Failure } from './failure';

type ServiceConfig = NonNullable<ServiceBackupSettings['s3ServiceConfig']>;

/** @throws Failure when the config does not say where the services' own buckets are. */
export function serviceConfigOf({ s3ServiceConfig }: ServiceBackupSettings): ServiceConfig {
  if (!s3ServiceConfig)
    throw new Failure(
      "The BackupConfig does not say where the services' buckets are: set s3ServiceConfig in it.",
    );
  return s3ServiceConfig;
}

/** The S3 system of the services' own buckets, as a task names it. */
export const serviceS3 = (config: ServiceConfig): ServiceS3 => ({
  endpoint: endpointOf(config),
  region: config.region ?? DEFAULTS.region,
  ...(config.tls?.caBundle && { caBundle: config.tls.caBundle }),
  addressing: config.addressing ?? 'path',
});
