import { ApiObject } from 'cdk8s';
import type { IConstruct } from 'constructs';
import { GROUP } from '../api';

interface Config {
  metadata: { namespace?: string };
  spec: {
    serviceBackup: {
      s3BackupConfig: { s3Credentials: { secretName: string } };
      resticPasswordSecret: { secretName: string };
    };
  };
}

/** Names of the Secrets that the BackupConfigs of an app have credentials from, those of `namespace`. */
export function knownSecrets(root: IConstruct, namespace: string): string[] {
  const configs = root.node
    .findAll()
    .filter(ApiObject.isApiObject)
    .filter(({ kind, apiGroup }) => kind === 'BackupConfig' && apiGroup === GROUP)
    .map((object) => object.toJson() as Config)
    .filter(({ metadata }) => metadata.namespace === namespace);
  return configs.flatMap(({ spec: { serviceBackup } }) => [
    serviceBackup.s3BackupConfig.s3Credentials.secretName,
    serviceBackup.resticPasswordSecret.secretName,
  ]);
}
