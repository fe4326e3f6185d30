import {
  type BackupConfig,
  DEFAULTS,
  podTemplateName,
  type RepositoryRef,
  type Role,
  type ServiceBackup,
  type ServiceBackupSettings,
} from '../api';
import { isKubeError } from '../kube/error';
import type { Namespace, PodTemplate } from '../kube/objects';
import { RESOURCES } from '../kube/resources';
import type { Rest } from '../kube/rest';
import { Failure } from './failure';
import { nameOf, type ServiceReference } from './service-reference';

/** A ServiceBackup with all that a Job for it needs. */
export interface Declaration {
  service: ServiceBackup;
  settings: ServiceBackupSettings;
  jobNamespace: string;
  repository: RepositoryRef;
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
  return {
    service,
    settings,
    jobNamespace: settings.jobSpec?.jobNS ?? DEFAULTS.jobNamespace,
    repository: repositoryOf(service, settings, system?.metadata.uid ?? ''),
  };
}

/** @throws Failure when the operator was not deployed there. */
export async function readTemplate(kube: Rest, role: Role, jobNamespace: string): Promise<PodTemplate> {
  const name = podTemplateName(role);
  const template = await kube.get<PodTemplate>(RESOURCES.podTemplates, name, jobNamespace);
  if (!template)
    throw new Failure(
      `There is no PodTemplate ${name} in namespace ${jobNamespace}, of which the Job would be made: deploy the operator again.`,
    );
  return template;
}

function repositoryOf(
  { metadata, spec, status }: ServiceBackup,
  { s3BackupConfig }: ServiceBackupSettings,
  cluster: string,
): RepositoryRef {
  const { s3Host, region, tls } = s3BackupConfig;
  const { namespace, name, uid } = metadata;
  return {
    endpoint: /^https?:/.test(s3Host) ? s3Host.replace(/\/$/, '') : `https://${s3Host.replace(/\/$/, '')}`,
    region: region ?? DEFAULTS.region,
    bucket: spec.backupBucketName,
    ...(tls?.caBundle && { caBundle: tls.caBundle }),
    owner: { cluster, namespace, name, uid },
    ...(status?.repository && { knownId: status.repository.id }),
    ...(spec.adoptFrom && { adoptFrom: spec.adoptFrom }),
  };
}
