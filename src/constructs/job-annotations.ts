import { type ApiObject, Lazy } from 'cdk8s';
import type { IConstruct } from 'constructs';
import { ANNOTATION } from '../api';
import {
  type AppConfig,
  configsOf,
  maintenanceSecretsOf,
  scratchClaimsOf,
  secretsOf,
  serviceSecretsOf,
} from './app-configs';
import type { BackupOperatorProps } from './backup-operator-props';

interface Templates {
  readonly mover: ApiObject;
  readonly maintenance: ApiObject;
  readonly bucket: ApiObject;
}

/** Says on the templates which Secrets and claims their Jobs may have: those that the BackupConfigs of `namespace` name, and further ones. */
export function annotateJobs(
  { root }: IConstruct['node'],
  namespace: string,
  { mover, maintenance, bucket }: Templates,
  { secrets = [], maintenanceSecrets = [], scratchClaims = [] }: BackupOperatorProps,
): void {
  const annotate = (template: ApiObject, annotation: string, names: (configs: AppConfig[]) => string[]) => {
    // BackupConfigs may be declared later in the program.
    const produce = () => [...new Set(names(configsOf(root.node.findAll(), namespace)))].join(',');
    template.metadata.addAnnotation(annotation, Lazy.any({ produce }));
  };
  annotate(mover, ANNOTATION.secrets, (configs) => [...secretsOf(configs), ...secrets]);
  // Whoever reads data must not come to the keys that may delete: maintenance-secrets.ts sees to it that no name above means them.
  annotate(maintenance, ANNOTATION.secrets, (configs) => [
    ...secretsOf(configs),
    ...secrets,
    ...maintenanceSecretsOf(configs),
    ...maintenanceSecrets,
  ]);
  annotate(bucket, ANNOTATION.secrets, (configs) => [
    ...secretsOf(configs),
    ...serviceSecretsOf(configs),
    ...secrets,
  ]);
  annotate(bucket, ANNOTATION.scratchClaims, (configs) => [...scratchClaimsOf(configs), ...scratchClaims]);
}
