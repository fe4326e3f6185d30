import type { IConstruct } from 'constructs';
import { mayBeSame } from '../api';
import { allConfigs, configsOf, maintenanceSecretsOf, secretsOf, serviceSecretsOf } from './app-configs';
import type { BackupOperatorProps } from './backup-operator-props';
import type { AcrossApp } from './problems';

// Keys that may delete are for Jobs that read no data. In 's3-{bucket}' the fence takes any name for that of a bucket, so that a Job with
// data would get 's3-x-maintenance', too; and a bucket that is really called 'x-maintenance' would share that Secret with the bucket 'x'.
// So names of the two kinds must differ whatever the bucket is. An exception in the fence would refuse that bucket its backups instead.

/** Maintenance Secrets of BackupConfigs, where Jobs that read data may have a Secret of that name: configs of a namespace share an operator. */
export const metByConfigs: AcrossApp = (constructs) => {
  const configs = allConfigs(constructs);
  return configs.flatMap((config) =>
    maintenanceSecretsOf([config]).flatMap((name) => {
      const neighbours = configs.filter(({ namespace }) => namespace === config.namespace);
      const others = [...secretsOf(neighbours), ...serviceSecretsOf(neighbours)];
      const property = 's3BackupConfig.maintenanceCredentials.secretName';
      return meeting(property, name, others).map((problem) => ({ construct: config.construct, problem }));
    }),
  );
};

/** The same, of the names that an operator is given itself. */
export const metByOperator =
  (
    operator: IConstruct,
    namespace: string,
    { secrets = [], maintenanceSecrets = [] }: BackupOperatorProps,
  ): AcrossApp =>
  (constructs) => {
    const configs = configsOf(constructs, namespace);
    const others = [...secretsOf(configs), ...serviceSecretsOf(configs), ...secrets];
    const own = maintenanceSecrets.flatMap((name, at) => meeting(`maintenanceSecrets[${at}]`, name, others));
    const property = 's3BackupConfig.maintenanceCredentials.secretName';
    const theirs = maintenanceSecretsOf(configs).flatMap((name) => meeting(property, name, secrets));
    return [...own, ...theirs].map((problem) => ({ construct: operator, problem }));
  };

function meeting(property: string, name: string, others: readonly string[]): string[] {
  const met = others.find((other) => mayBeSame(name, other));
  return met === undefined
    ? []
    : [
        `${property} '${name}' can be the same Secret as '${met}', which Jobs that read data may have, and they must not have the keys that may delete: use a name that begins otherwise, e.g. 'maintenance-{bucket}'.`,
      ];
}
