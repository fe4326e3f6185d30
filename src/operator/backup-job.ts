import { CONTRACT_VERSION } from '../api/contract';
import { ANNOTATION, LABEL } from '../api/group';
import type { ServiceBackup } from '../api/kinds';
import type { RunGroup } from '../api/service-backup';
import type { BackupTask } from '../api/task';
import type { Job, PodSpec, PodTemplate, Volume, VolumeMount } from '../kube/objects';
import { jobFrom, withMover } from './job';
import { labelValue } from './names';
import type { Placement } from './placement';
import { repositoryRef } from './repository-ref';
import type { Settings } from './settings';

/** Value of LABEL.task on Jobs that read volumes. */
export const BACKUP = 'backup';

/** A group whose Job is to be made. */
export interface BackupJob {
  group: RunGroup;
  run: string;
  /** Of the group's items, in its order. */
  placements: Placement[];
  /** In the run's last group: items that earlier groups backed up with success. */
  retentionOf?: string[];
}

const mountPath = (index: number): string => `/volumes/${index}`;

export function backupTask(
  { group, run, retentionOf }: BackupJob,
  backup: ServiceBackup,
  settings: Settings,
  cluster: string,
): BackupTask {
  const declared = new Map(backup.spec.backups.map((item) => [item.name, item]));
  return {
    version: CONTRACT_VERSION,
    kind: 'backup',
    run,
    repository: repositoryRef(backup, settings, cluster),
    items: group.items.map((name, index) => ({
      type: 'pvc',
      name,
      path: mountPath(index),
      exclude: declared.get(name)?.exclude ?? [],
      allowEmpty: declared.get(name)?.allowEmpty ?? false,
    })),
    ...(retentionOf && { retention: { policy: settings.retention, items: retentionOf } }),
  };
}

/** The Job that reads a group's volumes on their node, where they are mounted already. */
export function backupJob(
  wanted: BackupJob,
  template: PodTemplate,
  backup: ServiceBackup,
  settings: Settings,
  at: { cluster: string; jobNamespace: string },
): Job {
  const { group, placements, run } = wanted;
  const { metadata } = backup;
  const job = jobFrom(template, {
    name: group.job,
    namespace: at.jobNamespace,
    labels: {
      [LABEL.task]: BACKUP,
      [LABEL.serviceBackup]: metadata.uid,
      [LABEL.run]: run,
      [LABEL.node]: labelValue(group.node),
    },
    annotations: {
      [ANNOTATION.serviceBackup]: `${metadata.namespace}/${metadata.name}`,
      [LABEL.node]: group.node,
    },
    task: backupTask(wanted, backup, settings, at.cluster),
    credentials: settings.s3.s3Credentials,
    password: settings.password,
    activeDeadlineSeconds: settings.deadlineSeconds,
  });
  // The exact mountpoint, without propagation: a read-only mount of its parent would leave the volume below it writable, and a
  // volume that comes back would be mounted over ours.
  const volumes: Volume[] = placements.map(({ path }, index) => ({
    name: `volume-${index}`,
    hostPath: { path, type: 'Directory' },
  }));
  const mounts: VolumeMount[] = placements.map((_, index) => ({
    name: `volume-${index}`,
    mountPath: mountPath(index),
    readOnly: true,
    mountPropagation: 'None',
  }));
  const mounted = withMover(job, (mover) => ({
    ...mover,
    volumeMounts: [...(mover.volumeMounts ?? []), ...mounts],
  }));
  const { template: pod } = mounted.spec!;
  const spec: PodSpec = {
    ...pod.spec,
    volumes: [...(pod.spec.volumes ?? []), ...volumes],
    affinity: { ...pod.spec.affinity, ...onNode(group.node) },
  };
  return { ...mounted, spec: { ...mounted.spec, template: { ...pod, spec } } };
}

/** Pinned by the node's name, so that the scheduler still accounts for it; and never two readers of volumes on one node. */
const onNode = (node: string) => ({
  nodeAffinity: {
    requiredDuringSchedulingIgnoredDuringExecution: {
      nodeSelectorTerms: [{ matchFields: [{ key: 'metadata.name', operator: 'In', values: [node] }] }],
    },
  },
  podAntiAffinity: {
    requiredDuringSchedulingIgnoredDuringExecution: [
      {
        labelSelector: { matchLabels: { [LABEL.task]: BACKUP } },
        topologyKey: 'kubernetes.io/hostname',
      },
    ],
  },
});
