import type { IConstruct } from 'constructs';
import { mayBeSame, type S3BackupConfig } from '../api';
import { type AppConfig, allConfigs, maintenanceSecretsOf, secretsOf, serviceSecretsOf } from './app-configs';
import type { BackupBucketProps } from './backup-bucket-props';
import type { Found } from './problems';
import { ServiceBackup } from './service-backup';
import { urlOf } from './url';

interface Declaration extends IConstruct {
  readonly props: BackupBucketProps;
}

/** What is wrong between BackupBuckets and the BackupConfigs of an app. */
export function problemsOfUse(buckets: readonly Declaration[], constructs: readonly IConstruct[]): Found[] {
  if (buckets.length === 0) return [];
  const configs = allConfigs(constructs);
  return [...adminWithin(buckets, configs), ...differing(buckets, configs, constructs)];
}

/** In 's3-{bucket}' the fence takes any name for that of a bucket: Jobs of the operator would get 's3-root', too, the keys to all buckets. */
function adminWithin(buckets: readonly Declaration[], configs: readonly AppConfig[]): Found[] {
  const known = [...secretsOf(configs), ...serviceSecretsOf(configs), ...maintenanceSecretsOf(configs)];
  return buckets.flatMap((construct) => {
    const { s3, admin } = construct.props;
    const own = [s3.s3Credentials, s3.maintenanceCredentials].flatMap((keys) => keys?.secretName ?? []);
    const { secretName } = admin.credentials;
    const met = [...own, ...known].find((name) => mayBeSame(secretName, name));
    if (met === undefined) return [];
    const problem = `admin.secretName '${secretName}' can be the same Secret as '${met}', which Jobs of the operator may have, and they must not have the keys of the S3 system's administrator: use a name that begins otherwise, e.g. 'versitygw-root'.`;
    return [{ construct, problem }];
  });
}

/** The BackupConfig by which a ServiceBackup of the app comes to a bucket must name what was made for it. */
function differing(
  buckets: readonly Declaration[],
  configs: readonly AppConfig[],
  constructs: readonly IConstruct[],
): Found[] {
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
