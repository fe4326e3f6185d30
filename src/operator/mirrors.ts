import { LABEL, TASK_LABEL } from '../api/group';
import type { BackupConfig, ServiceBackup } from '../api/kinds';
import { Mirror } from '../kube/mirror';
import type {
  CsiDriver,
  Job,
  KubeObject,
  Node,
  PersistentVolume,
  Pod,
  VolumeAttachment,
} from '../kube/objects';
import { RESOURCES, type Resource } from '../kube/resources';
import type { Rest } from '../kube/rest';
import { type BackupView, backupView } from './backup-view';
import {
  type AttachmentView,
  attachmentView,
  attachRequired,
  type JobView,
  jobView,
  type NodeView,
  nodeView,
  type PodView,
  podView,
  type VolumeView,
  volumeView,
} from './views';

/** What is told when a mirrored object changes. */
export interface Listeners {
  backup(key: string, now: BackupView | undefined, before: BackupView | undefined): void;
  config(name: string): void;
  job(now: JobView | undefined, before: JobView | undefined): void;
  pod(now: PodView | undefined, before: PodView | undefined): void;
  node(now: NodeView | undefined, before: NodeView | undefined): void;
  trouble(resource: string, error: unknown): void;
}

/** The part of the cluster that is followed. Claims, pods and events of services are not: they are read when needed. */
export class Mirrors {
  readonly backups: Mirror<ServiceBackup, BackupView>;
  readonly configs: Mirror<BackupConfig, BackupConfig>;
  readonly jobs: Mirror<Job, JobView>;
  readonly pods: Mirror<Pod, PodView>;
  readonly nodes: Mirror<Node, NodeView>;
  readonly volumes: Mirror<PersistentVolume, VolumeView>;
  readonly attachments: Mirror<VolumeAttachment, AttachmentView>;
  readonly drivers: Mirror<CsiDriver, boolean>;
  private readonly all: Mirror<KubeObject, unknown>[] = [];

  constructor(kube: Rest, namespaces: { operator: string; jobs: string }, listeners: Listeners) {
    const mirror = <T extends KubeObject, S>(
      resource: Resource,
      select: (object: T) => S,
      onChange?: (key: string, now: S | undefined, before: S | undefined) => void,
      selection: { namespace?: string; labelSelector?: string } = {},
    ): Mirror<T, S> => {
      const made = new Mirror<T, S>(kube, {
        resource,
        select,
        onChange,
        ...selection,
        onTrouble: (error) => listeners.trouble(resource.plural, error),
      });
      this.all.push(made as unknown as Mirror<KubeObject, unknown>);
      return made;
    };
    const ofJobs = {
      namespace: namespaces.jobs,
      labelSelector: `${LABEL.task} in (${TASK_LABEL.backup},${TASK_LABEL.maintain})`,
    };
    this.backups = mirror(RESOURCES.serviceBackups, backupView, listeners.backup);
    this.configs = mirror(RESOURCES.backupConfigs, trimmed, (key) => listeners.config(key.split('/')[1]!), {
      namespace: namespaces.operator,
    });
    this.jobs = mirror(RESOURCES.jobs, jobView, (_, now, before) => listeners.job(now, before), ofJobs);
    this.pods = mirror(RESOURCES.pods, podView, (_, now, before) => listeners.pod(now, before), ofJobs);
    this.nodes = mirror(RESOURCES.nodes, nodeView, (_, now, before) => listeners.node(now, before));
    this.volumes = mirror(RESOURCES.persistentVolumes, volumeView);
    this.attachments = mirror(RESOURCES.volumeAttachments, attachmentView);
    this.drivers = mirror(RESOURCES.csiDrivers, attachRequired);
  }

  start(): void {
    for (const mirror of this.all) mirror.start();
  }

  async stop(): Promise<void> {
    await Promise.all(this.all.map((mirror) => mirror.stop()));
  }

  /** Fulfilled when each has listed its objects once. */
  async synced(): Promise<void> {
    await Promise.all(this.all.map((mirror) => mirror.whenSynced));
  }
}

/** Of a config only what is set by people: `managedFields` and the rest are of no use. */
const trimmed = ({ apiVersion, metadata, spec }: BackupConfig): BackupConfig => ({
  apiVersion,
  kind: 'BackupConfig',
  metadata: {
    name: metadata.name,
    namespace: metadata.namespace,
    uid: metadata.uid,
    resourceVersion: '',
  },
  spec,
});
