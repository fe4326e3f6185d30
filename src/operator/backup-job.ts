import { bucketOf, CONTRACT_VERSION } from '../api/contract';
import { LABEL, SCRATCH, TASK_LABEL } from '../api/group';
import type { ServiceBackup } from '../api/kinds';
import type { RunGroup } from '../api/service-backup';
import type { BackupBucketsTask, BackupTask, RepositoryRef } from '../api/task';
import type { Job, PodSpec, Volume, VolumeMount } from '../kube/objects';
import { acknowledged } from './acknowledgement';
import { optionsOf } from './items';
import { withMover } from './job';
import type { BucketPlacement, Placement } from './placement';
import { retentionTask, type Snapshot } from './retention-task';
import { scratchVolume } from './scratch';
import type { Settings } from './settings';
import { measuredBefore } from './shrink';
import { knownItems } from './step';

/** A group whose Job is to be made. */
interface GroupJob {
  step: RunGroup;
  run: string;
  deadlineSeconds: number;
  /** In the run's last group: items that earlier groups backed up with success. */
  retentionOf?: Snapshot[];
}

export interface BackupJob extends GroupJob {
  /** Of the group's items, in its order. */
  placements: Placement[];
}

export interface BucketJob extends GroupJob {
  /** Of the group's items, in its order. */
  buckets: BucketPlacement[];
}

const mountPath = (index: number): string => `/volumes/${index}`;

/** What the task of a group says, whatever its items are. */
function taskOf(
  { step, run, retentionOf }: GroupJob,
  backup: ServiceBackup,
  settings: Settings,
  repository: RepositoryRef,
) {
  const known = new Map(knownItems(backup.status).map((item) => [item.name, item]));
  const approved = acknowledged(backup, settings.retention);
  return {
    version: CONTRACT_VERSION,
    run,
    repository,
    items: step.items.map((name) => {
      const item = known.get(name);
      const { exclude = [], allowEmpty = false, onUnreadable = 'Warn' } = optionsOf(backup, name);
      // Somebody has looked at the shrink and approves: what it measures now is what it will be compared with.
      const previous = item?.shrunkFrom && approved ? undefined : measuredBefore(item);
      return { name, exclude, allowEmpty, onUnreadable, ...(previous && { previous }) };
    }),
    ...(retentionOf && { retention: retentionTask(retentionOf, backup, settings) }),
  } as const;
}

type TaskOf<J, T> = (job: J, backup: ServiceBackup, settings: Settings, repository: RepositoryRef) => T;

export const backupTask: TaskOf<BackupJob, BackupTask> = (...given) => {
  const task = taskOf(...given);
  const items = task.items.map((item, index) => ({ type: 'pvc' as const, ...item, path: mountPath(index) }));
  return { ...task, kind: 'backup', items };
};

export const bucketsTask: TaskOf<BucketJob, BackupBucketsTask> = (job, backup, settings, repository) => {
  const task = taskOf(job, backup, settings, repository);
  const { credentials: _, ...source } = settings.source!;
  const items = task.items.map((item) => ({ type: 's3' as const, ...item, bucket: bucketOf(item.name)! }));
  return { ...task, kind: 'backup-buckets', source: { ...source, scratch: SCRATCH.path }, items };
};

/**
 * The exact mountpoints, without propagation: a read-only mount of a parent would leave the volume below it writable, and a
 * volume that comes back would be mounted over ours.
 */
export function withVolumes(job: Job, placements: readonly Placement[]): Job {
  const volumes: Volume[] = placements.map(({ path }, index) => ({
    name: volumeName(index),
    hostPath: { path, type: 'Directory' },
  }));
  const mounts: VolumeMount[] = placements.map((_, index) => ({
    name: volumeName(index),
    mountPath: mountPath(index),
    readOnly: true,
    mountPropagation: 'None',
  }));
  const mounted = withMover(job, (mover) => ({
    ...mover,
    volumeMounts: [...(mover.volumeMounts ?? []), ...mounts],
  }));
  return withSpec(mounted, (spec) => ({ ...spec, volumes: [...(spec.volumes ?? []), ...volumes] }));
}

/** The volume that buckets are copied to, writable. */
export function withScratch(job: Job, { scratch }: Pick<Settings, 'scratch'>): Job {
  const mount: VolumeMount = { name: SCRATCH.volume, mountPath: SCRATCH.path };
  const mounted = withMover(job, (mover) => ({
    ...mover,
    volumeMounts: [...(mover.volumeMounts ?? []), mount],
  }));
  return withSpec(mounted, (spec) => ({
    ...spec,
    volumes: [...(spec.volumes ?? []), scratchVolume(scratch)],
  }));
}

const volumeName = (index: number): string => `volume-${index}`;

/** The items whose volumes the kubelet speaks of. */
export const itemsNamedIn = (words: readonly string[], items: readonly string[]): string[] =>
  items.filter((_, index) => words.some((word) => word.includes(`volume "${volumeName(index)}"`)));

/** Pinned by the node's name, so that the scheduler still accounts for it; and never two readers of volumes on one node. */
export const onNode = (job: Job, node: string): Job =>
  withSpec(job, (spec) => ({
    ...spec,
    affinity: {
      ...spec.affinity,
      nodeAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: {
          nodeSelectorTerms: [{ matchFields: [{ key: 'metadata.name', operator: 'In', values: [node] }] }],
        },
      },
      podAntiAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: [
          {
            labelSelector: { matchLabels: { [LABEL.task]: TASK_LABEL.backup } },
            topologyKey: 'kubernetes.io/hostname',
          },
        ],
      },
    },
  }));

function withSpec(job: Job, change: (spec: PodSpec) => PodSpec): Job {
  const { template } = job.spec!;
  return { ...job, spec: { ...job.spec, template: { ...template, spec: change(template.spec) } } };
}
