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
}
