import type { IConstruct } from 'constructs';
import { BUCKET_PLACEHOLDER, mayBeSame } from '../api';
import type { BackupBucketProps } from './backup-bucket-props';
import { usersOf } from './backup-bucket-task';
import type { BucketAdmin } from './bucket-admin';
import { problemsOfBucketName } from './bucket-name';
import { problemsOfImages } from './images';
import { problemsOfName, problemsOfNamespace } from './names';
import type { Found } from './problems';
import { problemsOfKind } from './reference';
import { problemsOfBackupS3, problemsOfPair, type S3BackupConfig } from './s3-config';
import type { SecretKeyPair } from './secret-key';
import { urlOf } from './url';

/** What a BackupBucket asks for, and where. */
interface Declaration extends IConstruct {
  readonly props: BackupBucketProps;
  readonly jobNamespace: string;
}

/** What is wrong with the BackupBuckets of an app: each by itself, and with one another. */
export const problemsOfBuckets = (buckets: readonly Declaration[]): Found[] => [
  ...buckets.flatMap((construct) =>
    problemsOf(construct.props, construct.jobNamespace).map((problem) => ({ construct, problem })),
  ),
  ...shared(buckets),
];

function problemsOf(props: BackupBucketProps, namespace: string): string[] {
  const { bucketName, s3, admin, jobNamespace, images = {} } = props;
  return [
    ...problemsOfBucketName('bucketName', bucketName),
    ...(jobNamespace === undefined ? [] : problemsOfKind('jobNamespace', jobNamespace, 'Namespace')),
    ...problemsOfNamespace('jobNamespace', namespace),
    ...problemsOfBackupS3('s3', s3, namespace),
    ...problemsOfKeys(s3),
    ...problemsOfAdmin(admin, namespace),
    ...problemsOfImages(images),
    ...(images.pullSecrets ?? []).flatMap((name, at) =>
      problemsOfName(`images.pullSecrets[${at}]`, name, 'Secret'),
    ),
  ];
}

/** Each user of each bucket has a Secret of its own. */
export function problemsOfKeys({ s3Credentials, maintenanceCredentials }: S3BackupConfig): string[] {
  const of = (property: string, keys: SecretKeyPair | undefined, example: string): string[] => {
    if (!keys) return [];
    const { secretName, accessKeyIDProperty, secretKeyProperty } = keys;
    const problems: string[] = [];
    if (!secretName.includes(BUCKET_PLACEHOLDER)) {
      problems.push(
        `${property}.secretName '${secretName}' has no '${BUCKET_PLACEHOLDER}', and would be the Secret of every bucket's user: write it like '${example}'.`,
      );
    }
    if (accessKeyIDProperty === secretKeyProperty) {
      problems.push(
        `${property} has '${secretKeyProperty}' for both keys: name one for the access key id and another for the secret key.`,
      );
    }
    return problems;
  };
  const problems = [
    ...of('s3.s3Credentials', s3Credentials, `s3-${BUCKET_PLACEHOLDER}`),
    ...of('s3.maintenanceCredentials', maintenanceCredentials, `maintenance-${BUCKET_PLACEHOLDER}`),
  ];
  if (maintenanceCredentials && mayBeSame(maintenanceCredentials.secretName, s3Credentials.secretName)) {
    problems.push(
      `s3.maintenanceCredentials.secretName '${maintenanceCredentials.secretName}' can be the same Secret as '${s3Credentials.secretName}' of s3.s3Credentials, of this bucket or another, but they are the keys of two users: use a name that begins otherwise, e.g. 'maintenance-${BUCKET_PLACEHOLDER}'.`,
    );
  }
  return problems;
}

const URL_WITHOUT_PATH = /^https?:\/\/[A-Za-z0-9.:[\]_-]+\/?$/;

function problemsOfAdmin({ credentials, endpoint }: BucketAdmin, namespace: string): string[] {
  const { secretName } = credentials;
  const problems = secretName.includes(BUCKET_PLACEHOLDER)
    ? problemsOfName('admin.secretName', secretName, 'Secret')
    : problemsOfPair('admin', credentials, namespace);
  if (endpoint !== undefined && !URL_WITHOUT_PATH.test(endpoint)) {
    problems.push(
      `admin.endpoint '${endpoint}' is not a URL without a path: write it like 'https://s3-admin.example.net:7071'.`,
    );
  }
  return problems;
}

/** What two of them cannot both have: the bucket; the Secret, since its name is made of the bucket's; and the user. */
function shared(buckets: readonly Declaration[]): Found[] {
  const firsts = new Map<string, IConstruct>();
  return buckets.flatMap((construct) => {
    const { props, jobNamespace } = construct;
    const system = urlOf(props.s3.s3Host);
    const users = usersOf(props);
    const things = [
      `bucket '${props.bucketName}' of ${system}`,
      ...users.map(({ secret }) => `Secret '${secret.secretName}' of namespace '${jobNamespace}'`),
      ...users.map(({ name }) => `user '${name}' of ${urlOf(props.admin.endpoint ?? system)}`),
    ];
    const taken = things.find((thing) => firsts.has(thing));
    const first = taken && firsts.get(taken);
    if (first) {
      const problem = `the ${taken} is already that of ${first.node.path}: declare it once, or give this one another bucketName.`;
      return [{ construct, problem }];
    }
    for (const thing of things) firsts.set(thing, construct);
    return [];
  });
}
