import type { ComponentResourceOptions, Input } from '@pulumi/pulumi';
import { ProvidedBucket, type ProvidedBucketArgs, type ProviderClass } from './provided-bucket';

/** What is used of the module `@pulumi/aws`, from version 7. `{ s3, iam }` of its submodules will do. */
export interface AwsModule {
  /** `@pulumi/aws/s3` */
  readonly s3: {
    /** The bucket. */
    readonly Bucket: ProviderClass<Record<'bucket', Input<string>>, 'bucket' | 'arn'>;
    /** Keeps it from being made public. */
    readonly BucketPublicAccessBlock: ProviderClass<
      Record<'bucket', Input<string>> &
        Record<'blockPublicAcls' | 'blockPublicPolicy' | 'ignorePublicAcls' | 'restrictPublicBuckets', true>
    >;
  };
  /** `@pulumi/aws/iam` */
  readonly iam: {
    /** A user. */
    readonly User: ProviderClass<object, 'name'>;
    /** What it may do. */
    readonly UserPolicy: ProviderClass<Record<'user' | 'policy', Input<string>>>;
    /** Its keys. */
    readonly AccessKey: ProviderClass<Record<'user', Input<string>>, 'secret'>;
  };
}

export interface AwsBackupBucketArgs extends ProvidedBucketArgs {
  /** The module `@pulumi/aws`, as `import * as aws` gives it. */
  readonly aws: AwsModule;
}

/**
 * The bucket of a repository in AWS S3, with an IAM user that may do there what restic needs and nothing elsewhere, and the Secret with
 * its keys in the Job namespace.
 *
 * The bucket stays, with all that is in it, whatever becomes of the component: when it is destroyed, when its bucketName changes.
 * The users, their keys and the Secrets go with it: keys that nobody looks after would go on opening the bucket, and new ones are
 * made at any time. A key that was made by hand keeps its user from being deleted, which then fails.
 */
export class AwsBackupBucket extends ProvidedBucket {
  constructor(name: string, { aws, ...args }: AwsBackupBucketArgs, opts?: ComponentResourceOptions) {
    super(
      'AwsBackupBucket',
      name,
      args,
      {
        bucket(bucketName, { name, options }) {
          const stays = { ...options, retainOnDelete: true };
          const bucket = new aws.s3.Bucket(name, { bucket: bucketName }, stays);
          const closed = {
            bucket: bucket.bucket,
            blockPublicAcls: true,
            blockPublicPolicy: true,
            ignorePublicAcls: true,
            restrictPublicBuckets: true,
          } as const;
          return { bucket, needed: [new aws.s3.BucketPublicAccessBlock(name, closed, stays)] };
        },
        user(policy, { name, options }) {
          const user = new aws.iam.User(name, {}, options);
          const rights = new aws.iam.UserPolicy(name, { user: user.name, policy }, options);
          const { id, secret } = new aws.iam.AccessKey(name, { user: user.name }, options);
          return { id, key: secret, needed: [rights] };
        },
      },
      opts,
    );
  }
}
