import type { BackupConfigSpecServiceBackupS3ServiceConfigAddressing as Addressing } from '../../imports/servicebackup.io';
import { problemsOfSecret, type SecretKeyPair } from './secret-key';
import { noneOf, outside, tooLong } from './values';

/** An S3 system. */
export interface S3Config {
  /** Host name (https is meant), or a URL beginning with http:// or https://, without a bucket; e.g. 's3.example.net'. */
  readonly s3Host: string;
  /**
   * Region that requests are signed for.
   * @default 'us-east-1', which self-hosted systems accept
   */
  readonly region?: string;
  /**
   * Trust of the TLS certificate.
   * @default - the well-known certificate authorities
   */
  readonly tls?: {
    /**
     * PEM certificates to trust in addition to the well-known ones, at most 65,536 characters.
     * @default - none
     */
    readonly caBundle?: string;
  };
  /** The keys: `SecretKey.pair(secret, accessKeyProperty, secretKeyProperty)`, a Secret in the Job namespace. */
  readonly s3Credentials: SecretKeyPair;
}

/** The S3 system that holds the backup buckets. */
export interface S3BackupConfig extends S3Config {
  /**
   * The keys of another user, by whom snapshots are forgotten and repositories checked and pruned. With it the user of `s3Credentials`,
   * with whose keys the Jobs run that read your data, need not be allowed to delete anything but locks (docs/backup-buckets.md).
   * @default - those of `s3Credentials`
   */
  readonly maintenanceCredentials?: SecretKeyPair;
}

/** The S3 system of the services' own buckets. */
export interface S3ServiceConfig extends S3Config {
  /**
   * Where requests name the bucket: 'path': `https://host/bucket/key`; 'virtual': `https://bucket.host/key`.
   * @default 'path'
   */
  readonly addressing?: 'path' | 'virtual';
  /**
   * Every n-th run of a bucket reads every object again, whatever the listing says: some systems do not tell by it that metadata or
   * tags alone have changed. 1 to 10,000; 1 is every run.
   * @default 30
   */
  readonly fullPassRuns?: number;
}

/** As the manifest has it. */
const s3ConfigOf = ({ s3Host, region, tls, s3Credentials }: S3Config) => ({
  s3Host,
  region,
  tls: tls && { caBundle: tls.caBundle },
  s3Credentials: credentialsOf(s3Credentials),
});

const credentialsOf = ({ secretName, accessKeyIDProperty, secretKeyProperty }: SecretKeyPair) => ({
  secretName,
  // `cdk8s import` writes names in its own case here; the manifest has the CRD's.
  accessKeyIdProperty: accessKeyIDProperty,
  secretKeyProperty,
});

/** As the manifest has it. */
export const s3BackupConfigOf = (config: S3BackupConfig) => ({
  ...s3ConfigOf(config),
  maintenanceCredentials: config.maintenanceCredentials && credentialsOf(config.maintenanceCredentials),
});

/** As the manifest has it. */
export const s3ServiceConfigOf = (config: S3ServiceConfig) => ({
  ...s3ConfigOf(config),
  addressing: config.addressing as Addressing | undefined,
  fullPassRuns: config.fullPassRuns,
});

const S3_HOST = /^(https?:\/\/)?[A-Za-z0-9.:[\]_-]+\/?$/;

/** What is wrong with the keys that `property` names. */
export const problemsOfPair = (property: string, pair: SecretKeyPair, jobNamespace: string): string[] => {
  const { accessKeyIDProperty, secretKeyProperty } = pair;
  return problemsOfSecret(property, pair, { accessKeyIDProperty, secretKeyProperty }, jobNamespace);
};

/** What is wrong with the S3 system of the backups, that `property` names. */
export const problemsOfBackupS3 = (property: string, s3: S3BackupConfig, jobNamespace: string): string[] => [
  ...problemsOfS3(property, s3, jobNamespace),
  ...(s3.maintenanceCredentials
    ? problemsOfPair(`${property}.maintenanceCredentials`, s3.maintenanceCredentials, jobNamespace)
    : []),
];

/** What is wrong with the S3 system that `property` names. */
function problemsOfS3(property: string, s3: S3Config, jobNamespace: string): string[] {
  const { s3Host, region, tls, s3Credentials } = s3;
  const problems = problemsOfPair(`${property}.s3Credentials`, s3Credentials, jobNamespace);
  if (!S3_HOST.test(s3Host)) {
    problems.push(
      `${property}.s3Host '${s3Host}' is neither a host name nor a URL without a path: write it like 's3.example.net'.`,
    );
  }
  if (tls?.caBundle !== undefined && !tls.caBundle.includes('-----BEGIN CERTIFICATE-----')) {
    problems.push(
      `${property}.tls.caBundle has no certificate in it: give the text of a PEM file, which begins with '-----BEGIN CERTIFICATE-----'.`,
    );
  }
  return [
    ...problems,
    ...tooLong(`${property}.s3Host`, s3Host, 512, "e.g. 's3.example.net'"),
    ...tooLong(`${property}.region`, region, 64, "e.g. 'eu-central-1'"),
    ...tooLong(
      `${property}.tls.caBundle`,
      tls?.caBundle,
      65_536,
      'e.g. the authorities of this S3 system alone',
    ),
  ];
}

/** What is wrong with the S3 system of the services, if one is named. */
export const problemsOfServiceS3 = (s3: S3ServiceConfig | undefined, jobNamespace: string): string[] =>
  s3 === undefined
    ? []
    : [
        ...problemsOfS3('s3ServiceConfig', s3, jobNamespace),
        ...noneOf('s3ServiceConfig.addressing', s3.addressing, ['path', 'virtual']),
        ...outside('s3ServiceConfig.fullPassRuns', s3.fullPassRuns, 1, 10_000),
      ];
