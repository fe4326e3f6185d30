import { ApiObject } from 'cdk8s';
import type { IConstruct } from 'constructs';
import { GROUP } from '../api';

interface Manifest {
  metadata: { namespace?: string };
  spec: {
    serviceBackup: {
      s3BackupConfig: { s3Host: string; s3Credentials: { secretName: string } };
      resticPasswordSecret: { secretName: string };
      notify?: { success?: string; failure?: string };
    };
  };
}

/** A BackupConfig that the app declares. */
export interface AppConfig {
  readonly construct: IConstruct;
  readonly settings: Manifest['spec']['serviceBackup'];
}

/** The BackupConfigs of `namespace` among the constructs of an app. */
export function configsOf(constructs: readonly IConstruct[], namespace: string): AppConfig[] {
  return constructs
    .filter(ApiObject.isApiObject)
    .filter(({ kind, apiGroup }) => kind === 'BackupConfig' && apiGroup === GROUP)
    .map((object) => ({ construct: object.node.scope ?? object, manifest: object.toJson() as Manifest }))
    .filter(({ manifest }) => manifest.metadata.namespace === namespace)
    .map(({ construct, manifest }) => ({ construct, settings: manifest.spec.serviceBackup }));
}

/** Names of the Secrets that they have credentials from. */
export const secretsOf = (configs: readonly Pick<AppConfig, 'settings'>[]): string[] =>
  configs.flatMap(({ settings: { s3BackupConfig, resticPasswordSecret } }) => [
    s3BackupConfig.s3Credentials.secretName,
    resticPasswordSecret.secretName,
  ]);
