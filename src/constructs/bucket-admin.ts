import type { SecretKeyPair } from './secret-key';

/** Where versitygw takes the requests of its administrator. */
export interface VersitygwOptions {
  /**
   * URL of its admin API, e.g. 'https://s3-admin.example.net:7071', if it has a port of its own (`--admin-port`).
   * @default - that of the S3 system
   */
  readonly endpoint?: string;
}

/** Who may make buckets and users on an S3 system, and by which interface. */
export class BucketAdmin {
  /**
   * versitygw, with users of its own (`--iam-dir` or another of its IAM services). The keys are those of its root user, or of a user of
   * the role `admin`: `SecretKey.pair(secret, accessKeyProperty, secretKeyProperty)`, a Secret in the Job namespace.
   */
  static versitygw(credentials: SecretKeyPair, { endpoint }: VersitygwOptions = {}): BucketAdmin {
    return new BucketAdmin('versitygw', credentials, endpoint);
  }

  private constructor(
    /** The interface. */
    readonly api: 'versitygw',
    /** The keys of the administrator. */
    readonly credentials: SecretKeyPair,
    /** URL of the interface, if it is another than that of the S3 system. */
    readonly endpoint?: string,
  ) {}
}
