import { API_VERSION } from '../api/group';

/** A kind as the API server addresses it. */
export interface Resource {
  readonly apiVersion: string;
  readonly kind: string;
  readonly plural: string;
  readonly namespaced: boolean;
}

const namespaced = (apiVersion: string, kind: string, plural: string): Resource => ({
  apiVersion,
  kind,
  plural,
  namespaced: true,
});
const clusterWide = (apiVersion: string, kind: string, plural: string): Resource => ({
  apiVersion,
  kind,
  plural,
  namespaced: false,
});

/** Every kind that we speak to the API server about. */
export const RESOURCES = {
  jobs: namespaced('batch/v1', 'Job', 'jobs'),
  pods: namespaced('v1', 'Pod', 'pods'),
  podTemplates: namespaced('v1', 'PodTemplate', 'podtemplates'),
  configMaps: namespaced('v1', 'ConfigMap', 'configmaps'),
  secrets: namespaced('v1', 'Secret', 'secrets'),
  events: namespaced('v1', 'Event', 'events'),
  leases: namespaced('coordination.k8s.io/v1', 'Lease', 'leases'),
  persistentVolumeClaims: namespaced('v1', 'PersistentVolumeClaim', 'persistentvolumeclaims'),
  persistentVolumes: clusterWide('v1', 'PersistentVolume', 'persistentvolumes'),
  nodes: clusterWide('v1', 'Node', 'nodes'),
  namespaces: clusterWide('v1', 'Namespace', 'namespaces'),
  volumeAttachments: clusterWide('storage.k8s.io/v1', 'VolumeAttachment', 'volumeattachments'),
  csiDrivers: clusterWide('storage.k8s.io/v1', 'CSIDriver', 'csidrivers'),
  storageClasses: clusterWide('storage.k8s.io/v1', 'StorageClass', 'storageclasses'),
  serviceBackups: namespaced(API_VERSION, 'ServiceBackup', 'servicebackups'),
  backupConfigs: namespaced(API_VERSION, 'BackupConfig', 'backupconfigs'),
} as const satisfies Record<string, Resource>;

/** Path of a kind's collection, or of one object of it. A namespaced kind without namespace means all namespaces. */
export function pathOf(resource: Resource, namespace?: string, name?: string): string {
  const root = resource.apiVersion.includes('/')
    ? `/apis/${resource.apiVersion}`
    : `/api/${resource.apiVersion}`;
  const within = resource.namespaced && namespace ? `/namespaces/${encodeURIComponent(namespace)}` : '';
  return `${root}${within}/${resource.plural}${name === undefined ? '' : `/${encodeURIComponent(name)}`}`;
}
