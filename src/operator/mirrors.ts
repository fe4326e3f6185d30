import { LABEL, TASK_LABEL } from '../api/group';
import type { BackupConfig, ServiceBackup } from '../api/kinds';
import { configSpecOf } from '../api/misfit';
import { Mirror, type MirrorOptions } from '../kube/mirror';
import type {
  CsiDriver,
  Job,
  KubeObject,
  Node,
  PersistentVolume,
  Pod,
  PodTemplate,
  VolumeAttachment,
} from '../kube/objects';
import { RESOURCES, type Resource } from '../kube/resources';
import type { Rest } from '../kube/rest';
import { type BackupView, backupView } from './backup-view';
import { byName } from './by-name';
import { type Failure, sentence } from './failure';
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
  /** All objects of a resource are there: at first, and again after trouble. */
  live(resource: string): void;
}

/** The part of the cluster that is followed. Claims, pods and events of services are not: they are read when needed. */
export class Mirrors {
  readonly backups: Mirror<ServiceBackup, BackupView, 'bucket' | 'job' | 'node'>;
  readonly configs: Mirror<BackupConfig, ConfigView>;
  readonly jobs: Mirror<Job, JobView, 'owner' | 'ownerKey'>;
  readonly pods: Mirror<Pod, PodView, 'job' | 'owner' | 'node'>;
  readonly nodes: Mirror<Node, NodeView>;
  readonly volumes: Mirror<PersistentVolume, VolumeView, 'claim'>;
  readonly attachments: Mirror<VolumeAttachment, AttachmentView, 'volume'>;
  readonly drivers: Mirror<CsiDriver, boolean>;
  readonly templates: Mirror<PodTemplate, PodTemplate>;
  private readonly namespaces: { operator: string; jobs: string };
  private nodeRecord?: Readonly<Record<string, NodeView>>;
  private readonly all: Mirror<KubeObject, unknown>[] = [];

  constructor(kube: Rest, namespaces: { operator: string; jobs: string }, listeners: Listeners) {
    const mirror = <T extends KubeObject, S, I extends string = never>(
      resource: Resource,
      select: (object: T) => S,
      {
        onChange,
        ...more
      }: Partial<Omit<MirrorOptions<T, S, I>, 'onChange'>> & {
        onChange?(now: S | undefined, before: S | undefined, key: string): void;
      } = {},
    ): Mirror<T, S, I> => {
      const made = new Mirror<T, S, I>(kube, {
        resource,
        select,
        ...more,
        onChange: (key, now, before) => onChange?.(now, before, key),
        onTrouble: (error) => listeners.trouble(resource.plural, error),
        onLive: () => listeners.live(resource.plural),
      });
      this.all.push(made as unknown as Mirror<KubeObject, unknown>);
      return made;
    };
    const ofJobs = {
      namespace: namespaces.jobs,
      labelSelector: `${LABEL.task} in (${TASK_LABEL.backup},${TASK_LABEL.bucket},${TASK_LABEL.maintain})`,
    };
    this.namespaces = namespaces;
    this.backups = mirror(RESOURCES.serviceBackups, backupView, {
      onChange: (now, before, key) => listeners.backup(key, now, before),
      indexes: {
        bucket: ({ bucket }) => bucket,
        job: ({ open }) => open?.job,
        node: ({ open }) => open?.node || undefined,
      },
    });
    this.configs = mirror(RESOURCES.backupConfigs, configView, {
      namespace: namespaces.operator,
      onChange: (now, before) => listeners.config((now ?? before)!.name),
    });
    this.jobs = mirror(RESOURCES.jobs, jobView, {
      ...ofJobs,
      onChange: listeners.job,
      indexes: { owner: ({ owner }) => owner, ownerKey: ({ ownerKey }) => ownerKey },
    });
    this.pods = mirror(RESOURCES.pods, podView, {
      ...ofJobs,
      onChange: listeners.pod,
      indexes: {
        job: ({ job }) => job,
        owner: ({ owner }) => owner,
        node: ({ node }) => node || undefined,
      },
    });
    this.nodes = mirror(RESOURCES.nodes, nodeView, {
      onChange: (now, before) => {
        this.nodeRecord = undefined;
        listeners.node(now, before);
      },
    });
    this.volumes = mirror(RESOURCES.persistentVolumes, volumeView, {
      indexes: { claim: ({ claim }) => claim && `${claim.namespace}/${claim.name}` },
    });
    this.attachments = mirror(RESOURCES.volumeAttachments, attachmentView, {
      indexes: { volume: ({ volume }) => volume },
    });
    this.drivers = mirror(RESOURCES.csiDrivers, attachRequired);
    this.templates = mirror(RESOURCES.podTemplates, templateView, { namespace: namespaces.jobs });
  }

  jobNamed(name: string): JobView | undefined {
    return this.jobs.get(`${this.namespaces.jobs}/${name}`);
  }

  /** The claim that Jobs of this BackupConfig copy buckets to. */
  scratchClaim(config: string): string | undefined {
    const view = this.configs.get(`${this.namespaces.operator}/${config}`);
    return view && 'config' in view ? view.config.spec.serviceBackup.scratchVol?.claimName : undefined;
  }

  /** Made once for as long as no node changes: every plan is given it. */
  get nodesByName(): Readonly<Record<string, NodeView>> {
    this.nodeRecord ??= byName([...this.nodes.values()].map((node) => [node.name, node]));
    return this.nodeRecord;
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

/** A BackupConfig, or why it cannot be understood. */
export type ConfigView = { name: string } & ({ config: BackupConfig } | { misfit: Failure });

/** Of a config only what is set by people, and known: `managedFields` and the rest are of no use. */
export function configView({ apiVersion, metadata, spec }: BackupConfig): ConfigView {
  const { name, namespace, uid } = metadata;
  const known = configSpecOf(spec);
  if (typeof known !== 'string')
    return {
      name,
      config: {
        apiVersion,
        kind: 'BackupConfig',
        metadata: { name, namespace, uid, resourceVersion: '' },
        spec: known,
      },
    };
  const message = sentence(
    `BackupConfig '${name}' cannot be understood: ${known}. Correct it, and apply the CRDs of this operator's version.`,
  );
  return { name, misfit: { reason: 'ConfigInvalid', message } };
}

const templateView = ({ metadata, template }: PodTemplate): PodTemplate => ({
  metadata: { name: metadata.name },
  template,
});
