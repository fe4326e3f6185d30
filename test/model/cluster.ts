import type { BackupConfig, ServiceBackup } from '../../src/api/kinds';
import type { ServiceBackupStatus } from '../../src/api/service-backup';
import type { JobView, NodeView, PodView } from '../../src/operator/views';
import { Agenda } from './agenda';
import { Collection } from './collection';
import type { Work } from './work';

/** Where a claim's volume is attached. */
export interface VolumeObject {
  item: string;
  /** '' while it is attached nowhere. */
  node: string;
  attachment: string;
}

export interface JobObject extends JobView {
  work: Work;
  deadlineSeconds: number;
  /** Of the template that it was made of. */
  version: number;
  /** Its controller has made its pod. */
  hasPod: boolean;
}

export interface PodObject extends PodView {
  /** UID of its Job. */
  jobUid: string;
}

/** What the API server holds. */
export class Cluster {
  readonly agenda: Agenda;
  readonly jobs: Collection<JobObject>;
  readonly pods: Collection<PodObject>;
  readonly nodes: Collection<NodeView>;
  readonly volumes: Collection<VolumeObject>;
  readonly configs: Collection<BackupConfig>;
  backup: ServiceBackup;
  /** Names of claims that have the labels of selectors. */
  labelled: readonly string[] = [];
  /** Nodes on which other services' Jobs are. */
  busy: readonly string[] = [];
  /** Of the template that Jobs are made of. */
  version = 1;
  /** Versions whose program is gone. */
  readonly withoutProgram = new Set<number>();
  /** How it refuses Jobs: a quota, or a policy. */
  refuses: 403 | 422 | undefined;
  private made = 0;
  /** Told of every write of the ServiceBackup. */
  readonly wrote: (() => void)[] = [];

  constructor(backup: ServiceBackup, now: number) {
    this.agenda = new Agenda(now);
    this.jobs = new Collection(this.agenda);
    this.pods = new Collection(this.agenda);
    this.nodes = new Collection(this.agenda);
    this.volumes = new Collection(this.agenda);
    this.configs = new Collection(this.agenda);
    this.backup = backup;
  }

  /** A name, or UID, that was never given before. */
  unique(prefix: string): string {
    this.made += 1;
    return `${prefix}-${this.made.toString(36).padStart(5, 'b')}`;
  }

  /** Whoever prunes may do so before the next version is there. */
  pruneProgram(): void {
    this.withoutProgram.add(this.version);
  }

  upgrade(): void {
    this.pruneProgram();
    this.version += 1;
  }

  /** Users write the spec; the generation counts it. */
  declare(spec: Partial<ServiceBackup['spec']>): void {
    const { metadata } = this.backup;
    this.put({
      ...this.backup,
      spec: { ...this.backup.spec, ...spec },
      metadata: { ...metadata, generation: (metadata.generation ?? 0) + 1 },
    });
  }

  /** False on a conflict: somebody has written since that version. */
  replaceStatus(resourceVersion: string | undefined, status: ServiceBackupStatus): boolean {
    if (this.backup.metadata.resourceVersion !== resourceVersion) return false;
    const text = JSON.stringify(status);
    // What changes nothing is no new version, and nobody is told.
    if (text !== JSON.stringify(this.backup.status))
      this.put({ ...this.backup, status: JSON.parse(text) as ServiceBackupStatus });
    return true;
  }

  private put(backup: ServiceBackup): void {
    const resourceVersion = String(Number(this.backup.metadata.resourceVersion) + 1);
    this.backup = { ...backup, metadata: { ...backup.metadata, resourceVersion } };
    for (const tell of this.wrote) tell();
  }

  podOf(job: Pick<JobObject, 'name' | 'uid'>): PodObject | undefined {
    return this.pods.list().find((pod) => pod.job === job.name && pod.jobUid === job.uid);
  }

  /** `kubectl delete pod`, the garbage collector, or an eviction: its kubelet is asked to end it. */
  deletePod(name: string, why: Partial<PodObject> = {}): void {
    const pod = this.pods.get(name);
    if (!pod || pod.deleting) return;
    if (pod.node) this.pods.patch(name, { ...why, deleting: true });
    else this.pods.delete(name);
  }
}

export const isTerminal = ({ phase }: Pick<PodView, 'phase'>): boolean =>
  phase === 'Succeeded' || phase === 'Failed';
