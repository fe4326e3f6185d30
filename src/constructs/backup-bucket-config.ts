import type { IConstruct } from 'constructs';
import type { S3BackupConfig } from '../api';
import { allConfigs } from './app-configs';
import type { BackupBucketProps } from './backup-bucket-props';
import type { Found } from './problems';
import { ServiceBackup } from './service-backup';
import { urlOf } from './url';

interface Declaration extends IConstruct {
  readonly props: BackupBucketProps;
}

/** The BackupConfig by which a ServiceBackup of the app comes to a bucket must name what was made for it. */
export function problemsOfUse(buckets: readonly Declaration[], constructs: readonly IConstruct[]): Found[] {
  if (buckets.length === 0) return [];
  const configs = allConfigs(constructs);
  const declarations = constructs.filter((construct) => construct instanceof ServiceBackup);
  return buckets.flatMap((construct) => {
    const { bucketName, s3 } = construct.props;
    const user = declarations.find(({ backupBucketName }) => backupBucketName === bucketName);
    const config = user?.configAmong(configs);
    if (!user || !config) return [];
    const [made, used] = [fieldsOf(s3), fieldsOf(config.settings.s3BackupConfig as S3BackupConfig)];
    const field = FIELDS.find((name) => made[name] !== used[name]);
    if (!field) return [];
    const problem = `s3.${field} is not that of BackupConfig '${config.name}', by which ${user.node.path} comes to this bucket: give both the same value.`;
    return [{ construct, problem }];
  });
}

const FIELDS = ['s3Host', 's3Credentials', 'maintenanceCredentials'] as const;

function fieldsOf({ s3Host, s3Credentials, maintenanceCredentials }: S3BackupConfig) {
  const keys = (pair: S3BackupConfig['s3Credentials'] | undefined) =>
    pair && [pair.secretName, pair.accessKeyIDProperty, pair.secretKeyProperty].join('\n');
  return {
    s3Host: urlOf(s3Host),
    s3Credentials: keys(s3Credentials),
    maintenanceCredentials: keys(maintenanceCredentials),
  };
}
