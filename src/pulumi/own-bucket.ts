import { BUCKET_PLACEHOLDER, DEFAULTS } from '../api';
import type { S3BackupConfig } from '../constructs';
import { problemsOfBucketName } from '../constructs/bucket-name';
import { problemsOfNamespace } from '../constructs/names';
import { problemsOfSecret } from '../constructs/secret-key';

/** A bucket that has users of its own. */
export interface OwnBucket {
  readonly bucketName: string;
  readonly s3: S3BackupConfig;
  readonly jobNamespace?: string;
}

/** What is wrong with it. What it takes from the BackupConfig beside the Secrets is looked at there. */
export function problemsOfOwnBucket({ bucketName, s3, jobNamespace }: OwnBucket): string[] {
  const problems = [
    ...problemsOfBucketName('bucketName', bucketName),
    ...problemsOfNamespace('jobNamespace', jobNamespace),
    ...problemsOfOwnSecret('s3Credentials', s3, jobNamespace),
    ...problemsOfOwnSecret('maintenanceCredentials', s3, jobNamespace),
  ];
  if (s3.s3Credentials.secretName === s3.maintenanceCredentials?.secretName)
    problems.push(
      `s3.maintenanceCredentials.secretName '${s3.s3Credentials.secretName}' is that of s3Credentials, too, but they are two users: use another, e.g. 's3-${BUCKET_PLACEHOLDER}-maintenance'.`,
    );
  return problems;
}

function problemsOfOwnSecret(
  which: 's3Credentials' | 'maintenanceCredentials',
  s3: S3BackupConfig,
  jobNamespace: string = DEFAULTS.jobNamespace,
): string[] {
  const credentials = s3[which];
  if (!credentials) return [];
  const { secretName, accessKeyIDProperty, secretKeyProperty } = credentials;
  const keys = { accessKeyIDProperty, secretKeyProperty };
  const problems = problemsOfSecret(`s3.${which}`, credentials, keys, jobNamespace);
  if (!secretName.includes(BUCKET_PLACEHOLDER))
    problems.push(
      `s3.${which}.secretName '${secretName}' is the same for every bucket, but this one has keys of its own: put '${BUCKET_PLACEHOLDER}' into it, e.g. 's3-${BUCKET_PLACEHOLDER}'.`,
    );
  return problems;
}
