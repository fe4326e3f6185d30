import {
  type BackupConfig,
  DEFAULTS,
  type RepositoryRef,
  type ServiceBackup,
  type ServiceBackupSettings,
} from '../api';
import { isKubeError } from '../kube/error';
import type { Namespace } from '../kube/objects';
import { RESOURCES } from '../kube/resources';
import type { Rest } from '../kube/rest';
import { repositoryRef } from '../operator/repository-ref';
import { endpointOf } from '../operator/settings';
import { Failure } from './failure';
import { nameOf, type ServiceReference } from './service-reference';

/** A ServiceBackup with all that a Job for it needs. */
export interface Declaration {
  service: ServiceBackup;
  settings: ServiceBackupSettings;
  jobNamespace: string;
  /** UID of kube-system. */
  cluster: string;
  repository: RepositoryRef;
  startDeadlineSeconds: number;
  deadlineSeconds: number;
}

/** @throws Failure when there is none of that name. */
export async function readService(kube: Rest, reference: ServiceReference): Promise<ServiceBackup> {
  const service = await kube.get<ServiceBackup>(
    RESOURCES.serviceBackups,
    reference.name,
    reference.namespace,
  );
  if (!service)
    throw new Failure(
      `There is no ServiceBackup ${nameOf(reference)}: 'service-backup status' lists those of the cluster.`,
    );
  return service;
}

export async function listServices(kube: Rest): Promise<ServiceBackup[]> {
  try {
    const all = await kube.list<ServiceBackup>(RESOURCES.serviceBackups);
    return all.sort((a, b) => nameOf(a.metadata).localeCompare(nameOf(b.metadata)));
  } catch (error) {
    if (isKubeError(error, 'NotFound'))
      throw new Failure('This cluster does not know ServiceBackups: deploy the operator first.');
    throw error;
  }
}

/** @throws Failure that names what is missing. */
export async function readDeclaration(
  kube: Rest,
  reference: ServiceReference,
  operatorNamespace: string,
): Promise<Declaration> {
  const [service, system] = await Promise.all([
    readService(kube, reference),
    kube.get<Namespace>(RESOURCES.namespaces, 'kube-system'),
  ]);
  const configName = service.spec.backupConfig ?? DEFAULTS.configName;
  const config = await kube.get<BackupConfig>(RESOURCES.backupConfigs, configName, operatorNamespace);
  if (!config)
    throw new Failure(
      `There is no BackupConfig ${configName} in namespace ${operatorNamespace}: name the operator's namespace by --operator-namespace.`,
    );
  const settings = config.spec.serviceBackup;
  const { s3BackupConfig, jobSpec = {} } = settings;
  const cluster = system?.metadata.uid ?? '';
  const access = {
    s3: s3BackupConfig,
    endpoint: endpointOf(s3BackupConfig),
    stallSeconds: jobSpec.stallSeconds ?? DEFAULTS.stallSeconds,
  };
  return {
    service,
    settings,
    jobNamespace: jobSpec.jobNS ?? DEFAULTS.jobNamespace,
    cluster,
    repository: repositoryRef(service, access, cluster),
    startDeadlineSeconds: jobSpec.startDeadlineSeconds ?? DEFAULTS.startDeadlineSeconds,
    deadlineSeconds: jobSpec.deadlineSeconds ?? DEFAULTS.deadlineSeconds,
  };
}
