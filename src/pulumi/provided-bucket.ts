import { core } from '@pulumi/kubernetes';
import {
  all,
  ComponentResource,
  type ComponentResourceOptions,
  type CustomResource,
  type CustomResourceOptions,
  type Input,
  type Output,
  output,
  type Resource,
} from '@pulumi/pulumi';
import { DEFAULTS, type Deletes, repositoryStatements, secretOf } from '../api';
import type * as plain from '../constructs';
import { problemsOfKeys } from '../constructs/backup-bucket-problems';
import { problemsOfBucketName } from '../constructs/bucket-name';
import { problemsOfNamespace } from '../constructs/names';
import { problemsOfBackupS3 } from '../constructs/s3-config';
import { accepted } from './accepted';
import type { Fields } from './inputs';

/** A class of a provider's module: what it takes, and which Outputs it has. */
export type ProviderClass<Args, Outputs extends string = never> = new (
  name: string,
  args: Args,
  opts?: CustomResourceOptions,
) => CustomResource & Readonly<Record<Outputs, Output<string>>>;

/** What a bucket is called, and where its keys go. */
export interface ProvidedBucketArgs {
  /** Name of the bucket. Another name makes another bucket, and leaves this one with all that is in it. */
  readonly bucketName: Input<string>;
  /**
   * The `s3BackupConfig` of the BackupConfig. It names the Secrets, which are made for this bucket, so that their names must have
   * `{bucket}` in them. With `maintenanceCredentials` the user of `s3Credentials` may delete locks alone, a second user everything.
   */
  readonly s3: Fields<plain.S3BackupConfig>;
  /**
   * Namespace in which Jobs run, which must be there: `operator.jobNamespace`, with `{ dependsOn: operator }`.
   * @default 'service-backup-jobs'
   */
  readonly jobNamespace?: Input<string>;
}

/** The same, when it is known. */
interface Given {
  readonly bucketName: string;
  readonly s3: plain.S3BackupConfig;
  readonly jobNamespace?: string;
}

const problemsOf = ({ bucketName, s3, jobNamespace = DEFAULTS.jobNamespace }: Given): string[] => [
  ...problemsOfBucketName('bucketName', bucketName),
  ...problemsOfNamespace('jobNamespace', jobNamespace),
  ...problemsOfBackupS3('s3', s3, jobNamespace),
  ...problemsOfKeys(s3),
];

/** What a resource is called in the stack, and its options. */
interface Place {
  /** Letters, digits and hyphens, since the provider makes names of it that it draws. */
  readonly name: string;
  readonly options: CustomResourceOptions;
}

type Bucket = CustomResource & Readonly<Record<'bucket' | 'arn', Output<string>>>;

/** How a provider makes a bucket and users. */
interface Making {
  /** The bucket, which stays when it leaves the stack, with what belongs to it. */
  bucket(name: Output<string>, place: Place): { bucket: Bucket; needed: Resource[] };
  /**
   * A user who has keys, and may do what the policy says. The provider draws its name, so that it is nobody else's: there are systems
   * on which a user of the same name would get new keys, and so be taken from whoever has it.
   */
  user(policy: Output<string>, place: Place): { id: Output<string>; key: Output<string>; needed: Resource[] };
}

/** The bucket of a repository, with users of its own, made by a provider. */
export abstract class ProvidedBucket extends ComponentResource {
  /** Name of the bucket. Whatever is made with it waits until all is there that a backup needs: bucket, users, rights, Secrets. */
  readonly bucketName: Output<string>;

  protected constructor(
    type: string,
    name: string,
    args: ProvidedBucketArgs,
    making: Making,
    opts: ComponentResourceOptions | undefined,
  ) {
    super(`service-backup:index:${type}`, name, {}, opts);
    const given = output(
      accepted(this, name, args, (given: Given) => problemsOf(given).map((problem) => `${name}: ${problem}`)),
    );
    const place = (what: string, dependsOn: Resource[] = []): Place => ({
      name: `${name}-${what}`.replace(/[^A-Za-z0-9-]+/g, '-'),
      options: { parent: this, dependsOn },
    });

    const made = making.bucket(
      given.apply(({ bucketName }) => bucketName),
      place('bucket'),
    );
    const secrets = usersOf(args).map(({ what, credentials, deletes }) => {
      // Nobody gets keys to a bucket that could not be made, e.g. since somebody else has it.
      const user = making.user(policyOf(made.bucket, deletes), place(what, [made.bucket, ...made.needed]));
      const where = given.apply(({ bucketName, s3 }) => secretOf(bucketName, s3[credentials]!));
      const { name, options } = place(`${what}-secret`, user.needed);
      const namespace = given.apply(({ jobNamespace }) => jobNamespace ?? DEFAULTS.jobNamespace);
      const stringData = all([where, user.id, user.key]).apply(([names, id, key]) => ({
        [names.accessKeyIDProperty]: id,
        [names.secretKeyProperty]: key,
      }));
      return new core.v1.Secret(
        name,
        { metadata: { name: where.secretName, namespace }, stringData },
        options,
      );
    });
    this.bucketName = all([made.bucket.bucket, all(secrets.map(({ metadata }) => metadata))]).apply(
      ([bucketName]) => bucketName,
    );
    this.registerOutputs({ bucketName: this.bucketName });
  }
}

interface User {
  readonly what: string;
  readonly credentials: 's3Credentials' | 'maintenanceCredentials';
  readonly deletes: Deletes;
}

const usersOf = ({ s3 }: ProvidedBucketArgs): User[] =>
  s3.maintenanceCredentials === undefined
    ? [{ what: 'user', credentials: 's3Credentials', deletes: 'everything' }]
    : [
        { what: 'user', credentials: 's3Credentials', deletes: 'locks' },
        { what: 'maintenance', credentials: 'maintenanceCredentials', deletes: 'everything' },
      ];

/** What a user may do, in the bucket alone. Its ARN is not 'arn:aws:…' everywhere. */
const policyOf = ({ bucket, arn }: Bucket, deletes: Deletes): Output<string> =>
  all([bucket, arn]).apply(([bucket, arn]) => {
    const here = (resource: string) => resource.replace(`arn:aws:s3:::${bucket}`, arn);
    const Statement = repositoryStatements(bucket, deletes).map((statement) => ({
      ...statement,
      Resource: statement.Resource.map(here),
    }));
    return JSON.stringify({ Version: '2012-10-17', Statement });
  });
