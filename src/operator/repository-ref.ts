import { DEFAULTS } from '../api/group';
import type { ServiceBackup } from '../api/kinds';
import type { RepositoryRef } from '../api/task';
import type { Settings } from './settings';

/** The repository of a ServiceBackup, as every task names it. `cluster` is the UID of kube-system. */
export function repositoryRef(
  backup: ServiceBackup,
  settings: Pick<Settings, 's3' | 'endpoint' | 'stallSeconds'>,
  cluster: string,
  deadPods: readonly string[] = [],
): RepositoryRef {
  const { metadata, spec, status } = backup;
  const { region, tls } = settings.s3;
  return {
    endpoint: settings.endpoint,
    region: region ?? DEFAULTS.region,
    bucket: spec.backupBucketName,
    ...(tls?.caBundle && { caBundle: tls.caBundle }),
    owner: { cluster, namespace: metadata.namespace, name: metadata.name, uid: metadata.uid },
    ...(status?.repository && { knownId: status.repository.id }),
    ...(spec.adoptFrom && { adoptFrom: spec.adoptFrom }),
    stallSeconds: settings.stallSeconds,
    ...(deadPods.length > 0 && { deadPods: [...deadPods] }),
  };
}
