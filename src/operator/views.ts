import { ANNOTATION, LABEL, MOVER_CONTAINER, TASK_LABEL } from '../api/group';
import { keyOf } from '../kube/mirror';
import type {
  ContainerStatus,
  CsiDriver,
  Job,
  Node,
  NodeSelectorTerm,
  PersistentVolume,
  PersistentVolumeClaim,
  Pod,
  VolumeAttachment,
} from '../kube/objects';
import { scratchClaimOf } from './scratch';

/** What is kept of each object: enough to decide, little enough for a cluster of thousands. */
export interface VolumeView {
  name: string;
  /** Set for volumes of a CSI driver. */
  csi?: { driver: string; handle: string };
  block: boolean;
  claim?: { namespace: string; name: string; uid?: string };
  /** Several nodes may write to it at once. */
  shared?: true;
  /** Terms of its node affinity, of which one must hold; absent when any node will do. */
  affinity?: NodeSelectorTerm[];
}

export const volumeView = ({ metadata, spec = {} }: PersistentVolume): VolumeView => ({
  name: metadata.name,
  ...(spec.csi && { csi: { driver: spec.csi.driver, handle: spec.csi.volumeHandle } }),
  block: spec.volumeMode === 'Block',
  ...(spec.claimRef?.name && {
    claim: {
      namespace: spec.claimRef.namespace ?? '',
      name: spec.claimRef.name,
      ...(spec.claimRef.uid && { uid: spec.claimRef.uid }),
    },
  }),
  ...(spec.accessModes?.includes('ReadWriteMany') && { shared: true as const }),
  ...(spec.nodeAffinity?.required && { affinity: spec.nodeAffinity.required.nodeSelectorTerms }),
});

export interface AttachmentView {
  name: string;
  volume: string;
  node: string;
  attached: boolean;
  deleting: boolean;
}

export const attachmentView = ({ metadata, spec, status }: VolumeAttachment): AttachmentView => ({
  name: metadata.name,
  volume: spec.source.persistentVolumeName ?? '',
  node: spec.nodeName,
  attached: status?.attached === true,
  deleting: metadata.deletionTimestamp !== undefined,
});

export interface NodeView {
  name: string;
  ready: boolean;
  /** Since when it is ready, or not. */
  since?: string;
  labels: Record<string, string>;
}

export const nodeView = ({ metadata, status }: Node): NodeView => {
  const ready = status?.conditions?.find((condition) => condition.type === 'Ready');
  return {
    name: metadata.name,
    ready: ready?.status === 'True',
    ...(ready?.lastTransitionTime && { since: ready.lastTransitionTime }),
    labels: metadata.labels ?? {},
  };
};

/** True unless the driver says that its volumes are never attached. */
export const attachRequired = ({ spec }: CsiDriver): boolean => spec?.attachRequired !== false;

export interface JobView {
  name: string;
  uid: string;
  createdAt: string;
  /** UID of its ServiceBackup. */
  owner: string;
  /** `namespace/name` of its ServiceBackup; of a Job that does not say whose it is, its own, by which nobody's is found. */
  ownerKey: string;
  run: string;
  node: string;
  /** It reads buckets: the claim that it copies them to; '' when it has a volume of its own. */
  scratch?: string;
  end?: { state: 'Complete' | 'Failed'; reason: string; message: string };
  /** It will fail once its pod is gone. */
  failing?: string;
}

/** An annotation has no schema: what is no `namespace/name` is nobody's. */
function ownerKeyOf({ annotations = {} }: Job['metadata']): string | undefined {
  const key = annotations[ANNOTATION.serviceBackup];
  return key !== undefined && /^[^/]+\/[^/]+$/.test(key) ? key : undefined;
}

export const jobView = (job: Job): JobView => {
  const { metadata, status } = job;
  const on = (type: string) => status?.conditions?.find((c) => c.type === type && c.status === 'True');
  const end = on('Complete') ?? on('Failed');
  const failing = on('FailureTarget')?.reason;
  return {
    name: metadata.name,
    uid: metadata.uid ?? '',
    createdAt: metadata.creationTimestamp ?? '',
    owner: metadata.labels?.[LABEL.serviceBackup] ?? '',
    ownerKey: ownerKeyOf(metadata) ?? keyOf(metadata),
    run: metadata.labels?.[LABEL.run] ?? '',
    node: metadata.annotations?.[LABEL.node] ?? '',
    ...(metadata.labels?.[LABEL.task] === TASK_LABEL.bucket && { scratch: scratchClaimOf(job) }),
    ...(end && {
      end: {
        state: end.type as 'Complete' | 'Failed',
        reason: end.reason ?? '',
        message: end.message ?? '',
      },
    }),
    ...(failing && { failing }),
  };
};

export interface PodView {
  name: string;
  job: string;
  /** UID of its ServiceBackup. */
  owner: string;
  ownerKey: string;
  node: string;
  phase: string;
  deleting: boolean;
  /** The kubelet's or a controller's word on the whole pod, e.g. `Evicted`. */
  reason?: string;
  message?: string;
  /** Why it is not scheduled, in the scheduler's words. */
  unscheduled?: string;
  /** False while its volumes are not mounted or its network is not there (Kubernetes ≥ 1.29). */
  sandbox?: boolean;
  /** Set when the cluster ended it, e.g. `DeletionByTaintManager`. */
  disrupted?: string;
  /** A container that waits, the init containers first. */
  waiting?: { reason: string; message: string };
  /** The mover's container has started, and may have ended. */
  started: boolean;
  terminated?: { exitCode: number; signal?: number; reason: string; message: string };
}

export const podView = ({ metadata, spec, status = {} }: Pod): PodView => {
  const condition = (type: string) => status.conditions?.find((c) => c.type === type);
  const containers = [...(status.initContainerStatuses ?? []), ...(status.containerStatuses ?? [])];
  const mover = status.containerStatuses?.find((container) => container.name === MOVER_CONTAINER)?.state;
  const scheduled = condition('PodScheduled');
  const sandbox = condition('PodReadyToStartContainers');
  const disrupted = condition('DisruptionTarget');
  const waiting = waitingOf(containers);
  return {
    name: metadata.name,
    job: metadata.labels?.['batch.kubernetes.io/job-name'] ?? '',
    owner: metadata.labels?.[LABEL.serviceBackup] ?? '',
    ownerKey: ownerKeyOf(metadata) ?? '',
    node: spec?.nodeName ?? '',
    phase: status.phase ?? '',
    deleting: metadata.deletionTimestamp !== undefined,
    ...(status.reason && { reason: status.reason }),
    ...(status.message && { message: status.message }),
    ...(scheduled?.status === 'False' && { unscheduled: scheduled.message ?? scheduled.reason ?? '' }),
    ...(sandbox && { sandbox: sandbox.status === 'True' }),
    ...(disrupted?.status === 'True' && { disrupted: disrupted.reason ?? '' }),
    ...(waiting && { waiting }),
    started: Boolean(mover?.running ?? mover?.terminated),
    ...(mover?.terminated && {
      terminated: {
        exitCode: mover.terminated.exitCode,
        ...(mover.terminated.signal && { signal: mover.terminated.signal }),
        reason: mover.terminated.reason ?? '',
        message: mover.terminated.message ?? '',
      },
    }),
  };
};

function waitingOf(containers: ContainerStatus[]): PodView['waiting'] {
  const states = containers.map((container) => container.state?.waiting).filter((state) => state?.reason);
  // A pod waits in all its containers at once; the one that says why is not the one that waits for the others.
  const state = states.find((s) => s?.reason !== 'PodInitializing') ?? states[0];
  return state && { reason: state.reason ?? '', message: state.message ?? '' };
}

/** Of a claim what selectors look at. */
export interface ClaimView {
  name: string;
  labels: Readonly<Record<string, string>>;
  deleting: boolean;
  /** Its owner wrote why it need not be backed up: no selector finds it. */
  excluded: boolean;
  /** Another ServiceBackup covers it. */
  covered: boolean;
}

export const claimView = (
  { metadata: { name, labels = {}, annotations = {}, deletionTimestamp } }: PersistentVolumeClaim,
  coveredElsewhere: ReadonlySet<string>,
): ClaimView => ({
  name,
  labels,
  deleting: deletionTimestamp !== undefined,
  excluded: ANNOTATION.notBackedUp in annotations,
  covered: coveredElsewhere.has(name),
});
