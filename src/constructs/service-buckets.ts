import type { IConstruct } from 'constructs';
import { matches, patternsFor } from '../api/patterns';
import type { AppConfig } from './app-configs';
import type { Entry } from './item';
import type { Found } from './problems';

/** A ServiceBackup, as far as buckets go. */
export interface BucketsOf {
  readonly construct: IConstruct;
  readonly namespace?: string;
  readonly backupBucketName: string;
  readonly entries: readonly Entry[];
  /** Its BackupConfig, if the app declares it. */
  readonly config?: AppConfig;
}

/** What is wrong with the services' own buckets, where the BackupConfig is in the app. */
export function problemsOfServiceBuckets(declarations: readonly BucketsOf[]): Found[] {
  const repositories = new Map<string, IConstruct>();
  for (const { construct, backupBucketName, config } of declarations)
    if (config) repositories.set(placeOf(config.settings.s3BackupConfig, backupBucketName), construct);
  return declarations.flatMap(({ construct, namespace, entries, config }) =>
    entries.flatMap(({ type, at, name = '' }) => {
      const problem =
        config && type === 's3' ? problemOf(config, name, { namespace, repositories }) : undefined;
      return problem ? [{ construct, problem: `backups[${at}] names the bucket '${name}', ${problem}` }] : [];
    }),
  );
}

function problemOf(
  { construct, settings: { s3ServiceConfig, buckets } }: AppConfig,
  bucket: string,
  { namespace, repositories }: { namespace?: string; repositories: ReadonlyMap<string, IConstruct> },
): string | undefined {
  const config = `the BackupConfig ${construct.node.path}`;
  if (!s3ServiceConfig)
    return `but ${config} does not say where the services' buckets are: set s3ServiceConfig there.`;
  const owner = repositories.get(placeOf(s3ServiceConfig, bucket));
  if (owner)
    return `which holds the repository of ${owner.node.path}: name the bucket in which the service keeps its data.`;
  if (!buckets || namespace === undefined) return undefined;
  const may = patternsFor(namespace, buckets, ({ service = [] }) => service);
  return may.some((pattern) => matches(pattern, bucket))
    ? undefined
    : `which ${config} does not let namespace '${namespace}' back up: allow it by 'service' in its 'buckets'.`;
}

/** A bucket of an S3 system, whose URL can be written in several ways. */
const placeOf = ({ s3Host }: { s3Host: string }, bucket: string): string =>
  `${s3Host.toLowerCase().replace(/^https:\/\/|\/$/g, '')}/${bucket}`;
