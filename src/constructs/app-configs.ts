import { ApiObject } from 'cdk8s';
import type { IConstruct } from 'constructs';
import { GROUP } from '../api';
import type { BucketRule } from './bucket-rules';

interface S3 {
  s3Host: string;
  s3Credentials: { secretName: string };
}

interface BackupS3 extends S3 {
  maintenanceCredentials?: { secretName: string };
}

interface Manifest {
  metadata: { name: string; namespace?: string };
  spec: {
    serviceBackup: {
      s3BackupConfig: BackupS3;
      s3ServiceConfig?: S3;
      scratchVol?: { claimName?: string };
      resticPasswordSecret: { secretName: string };
      notify?: { success?: string; failure?: string };
      buckets?: readonly BucketRule[];
    };
  };
}

/** A BackupConfig that the app declares. */
export interface AppConfig {
  readonly construct: IConstruct;
  readonly name: string;
  readonly namespace?: string;
  readonly settings: Manifest['spec']['serviceBackup'];
}

/** The BackupConfigs among the constructs of an app. */
export function allConfigs(constructs: readonly IConstruct[]): AppConfig[] {
  return constructs
    .filter(ApiObject.isApiObject)
    .filter(({ kind, apiGroup }) => kind === 'BackupConfig' && apiGroup === GROUP)
    .map((object) => {
      const { metadata, spec } = object.toJson() as Manifest;
      return { construct: object.node.scope ?? object, ...metadata, settings: spec.serviceBackup };
    });
}

/** Those of `namespace`. */
export const configsOf = (constructs: readonly IConstruct[], namespace: string): AppConfig[] =>
  allConfigs(constructs).filter((config) => config.namespace === namespace);

type Settings = Pick<AppConfig, 'settings'>;

/** Names of the Secrets with which they come to repositories. */
export const secretsOf = (configs: readonly Settings[]): string[] =>
  configs.flatMap(({ settings: { s3BackupConfig, resticPasswordSecret } }) => [
    s3BackupConfig.s3Credentials.secretName,
    resticPasswordSecret.secretName,
  ]);

/** Names of the Secrets whose keys may delete in repositories, where others need not. */
export const maintenanceSecretsOf = (configs: readonly Settings[]): string[] =>
  configs.flatMap(
    ({ settings: { s3BackupConfig } }) => s3BackupConfig.maintenanceCredentials?.secretName ?? [],
  );

/** Names of the Secrets with which they come to the services' buckets. */
export const serviceSecretsOf = (configs: readonly Settings[]): string[] =>
  configs.flatMap(({ settings: { s3ServiceConfig } }) => s3ServiceConfig?.s3Credentials.secretName ?? []);

/** Names of the claims on which they have buckets copied. */
export const scratchClaimsOf = (configs: readonly Settings[]): string[] =>
  configs.flatMap(({ settings: { scratchVol } }) => scratchVol?.claimName ?? []);
