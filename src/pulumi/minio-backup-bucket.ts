import type { ComponentResourceOptions, Input } from '@pulumi/pulumi';
import { ProvidedBucket, type ProvidedBucketArgs, type ProviderClass } from './provided-bucket';

/** What is used of the module `@pulumi/minio`. */
export interface MinioModule {
  /** The bucket. */
  readonly S3Bucket: ProviderClass<Record<'bucket', Input<string>>, 'bucket' | 'arn'>;
  /** A user, whose name and secret are its keys. */
  readonly IamUser: ProviderClass<object, 'name' | 'secret'>;
  /** What somebody may do. */
  readonly IamPolicy: ProviderClass<Record<'policy', Input<string>>, 'name'>;
  /** Who may do it. */
  readonly IamUserPolicyAttachment: ProviderClass<Record<'userName' | 'policyName', Input<string>>>;
}

export interface MinioBackupBucketArgs extends ProvidedBucketArgs {
  /** The module `@pulumi/minio`, as `import * as minio` gives it. */
  readonly minio: MinioModule;
}

/**
 * The bucket of a repository on MinIO, with a user that may do there what restic needs and nothing elsewhere, and the Secret with its
 * keys in the Job namespace.
 *
 * The bucket stays, with all that is in it, whatever becomes of the component: when it is destroyed, when its bucketName changes.
 * The users, their policies and the Secrets go with it: keys that nobody looks after would go on opening the bucket, and new ones are
 * made at any time.
 */
export class MinioBackupBucket extends ProvidedBucket {
  constructor(name: string, { minio, ...args }: MinioBackupBucketArgs, opts?: ComponentResourceOptions) {
    super(
      'MinioBackupBucket',
      name,
      args,
      {
        bucket(bucketName, { name, options }) {
          const stays = { ...options, retainOnDelete: true };
          return { bucket: new minio.S3Bucket(name, { bucket: bucketName }, stays), needed: [] };
        },
        user(policy, { name, options }) {
          const user = new minio.IamUser(name, {}, options);
          const rights = new minio.IamPolicy(name, { policy }, options);
          const attached = { userName: user.name, policyName: rights.name };
          const attachment = new minio.IamUserPolicyAttachment(name, attached, options);
          return { id: user.name, key: user.secret, needed: [attachment] };
        },
      },
      opts,
    );
  }
}
