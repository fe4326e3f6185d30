import { all, type ComponentResourceOptions, type Input, type Output } from '@pulumi/pulumi';
import * as plain from '../constructs';
import { ConstructComponent } from './construct-component';
import type { Fields } from './inputs';
import { placeOf } from './metadata';

export interface BackupBucketArgs extends Fields<Omit<plain.BackupBucketProps, 'jobNamespace'>> {
  /**
   * Namespace in which Jobs run, and which holds the Secrets: `operator.jobNamespace`, with `{ dependsOn: operator }`.
   * @default 'service-backup-jobs'
   */
  readonly jobNamespace?: Input<string>;
}

/**
 * A bucket of one service's own, with a user who may do in it what backups need, and nothing elsewhere; and the Secret with that user's
 * keys. They are made by a Job in the Job namespace, with the keys of the S3 system's administrator, for which the deployment waits.
 * Destroying it takes this Job away, and never the bucket, a user, a policy or a Secret.
 */
export class BackupBucket extends ConstructComponent<plain.BackupBucketProps> {
  /** Name of the bucket. Whatever is made with it waits until the Job has made the bucket, the users and the Secrets. */
  readonly bucketName: Output<string>;

  constructor(name: string, args: BackupBucketArgs, opts?: ComponentResourceOptions) {
    super(
      'BackupBucket',
      name,
      {
        args,
        construct: (chart, id, props) => new plain.BackupBucket(chart, id, props),
        // Names have hashes in them, and the task is JSON.
        calculates: true,
      },
      opts,
    );
    const made = placeOf(this.object('Job'));
    this.bucketName = all([args.bucketName, made.name]).apply(([bucketName]) => bucketName);
    this.registerOutputs({ bucketName: this.bucketName });
  }
}
