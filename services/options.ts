import type { OperatorImages } from 'service-backup';

/** What differs from cluster to cluster. */
export interface ServicesOptions {
  /**
   * The S3 system that holds the backup buckets.
   * @default - the environment variable S3_HOST; else 's3.example.net'
   */
  readonly s3Host?: string;
  /**
   * Its region.
   * @default - the environment variable AWS_REGION; else 'us-east-1'
   */
  readonly region?: string;
  /**
   * The S3 system on which services keep their own buckets.
   * @default - the environment variable SERVICE_S3_HOST; else 's3.services.example.net'
   */
  readonly serviceS3Host?: string;
  /**
   * Namespace of the operator.
   * @default 'service-backup'
   */
  readonly namespace?: string;
  /**
   * Secret with the keys of the S3 system, AccessKey and SecretKey.
   * @default 's3-backup'
   */
  readonly s3Secret?: string;
  /**
   * Secret with the password of the repositories, pw.
   * @default 'restic-pw'
   */
  readonly passwordSecret?: string;
  /**
   * Images that are pulled from elsewhere.
   * @default - the stock images of Node and restic
   */
  readonly images?: OperatorImages;
}
