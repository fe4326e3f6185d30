/**
 * The fields that we read of Kubernetes' own kinds, as they stand in the API server's JSON (instants are strings).
 * Whatever else an object holds is kept by passing it on whole.
 */
export interface ObjectMeta {
  name: string;
  namespace?: string;
  uid?: string;
  resourceVersion?: string;
  generation?: number;
  creationTimestamp?: string;
  deletionTimestamp?: string;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  ownerReferences?: { apiVersion: string; kind: string; name: string; uid: string }[];
}

export interface KubeObject {
  apiVersion?: string;
  kind?: string;
  metadata: ObjectMeta;
}

export interface Condition {
  type: string;
  status: string;
  reason?: string;
  message?: string;
  lastTransitionTime?: string;
}

export interface PersistentVolumeClaim extends KubeObject {
  spec?: {
    volumeName?: string;
    volumeMode?: string;
    storageClassName?: string;
    accessModes?: string[];
    resources?: { requests?: Record<string, string> };
  };
  status?: { phase?: string; capacity?: Record<string, string> };
}

export interface NodeSelectorTerm {
  matchExpressions?: { key: string; operator: string; values?: string[] }[];
  matchFields?: { key: string; operator: string; values?: string[] }[];
}

export interface PersistentVolume extends KubeObject {
  spec?: {
    csi?: { driver: string; volumeHandle: string };
    claimRef?: { apiVersion?: string; kind?: string; namespace?: string; name?: string; uid?: string };
    volumeMode?: string;
    accessModes?: string[];
    capacity?: Record<string, string>;
    persistentVolumeReclaimPolicy?: string;
    storageClassName?: string;
    nodeAffinity?: { required?: { nodeSelectorTerms: NodeSelectorTerm[] } };
    [kind: string]: unknown;
  };
  status?: { phase?: string };
}

export interface VolumeAttachment extends KubeObject {
  spec: { attacher: string; nodeName: string; source: { persistentVolumeName?: string } };
  status?: { attached?: boolean };
}

export interface Node extends KubeObject {
  spec?: { unschedulable?: boolean };
  status?: { conditions?: Condition[] };
}

export interface CsiDriver extends KubeObject {
  spec?: { attachRequired?: boolean };
}

export interface StorageClass extends KubeObject {
  provisioner?: string;
}

export interface Namespace extends KubeObject {
  status?: { phase?: string };
}

export interface EnvVar {
  name: string;
  value?: string;
  valueFrom?: { secretKeyRef?: { name: string; key: string }; [source: string]: unknown };
}

export interface VolumeMount {
  name: string;
  mountPath: string;
  readOnly?: boolean;
  mountPropagation?: string;
}

export interface Container {
  name: string;
  image?: string;
  env?: EnvVar[];
  volumeMounts?: VolumeMount[];
  [field: string]: unknown;
}

export interface Volume {
  name: string;
  [source: string]: unknown;
}

export interface PodSpec {
  containers: Container[];
  initContainers?: Container[];
  volumes?: Volume[];
  nodeName?: string;
  affinity?: Record<string, unknown>;
  tolerations?: Record<string, unknown>[];
  [field: string]: unknown;
}

export interface ContainerState {
  waiting?: { reason?: string; message?: string };
  running?: { startedAt?: string };
  terminated?: { exitCode: number; signal?: number; reason?: string; message?: string; finishedAt?: string };
}

export interface ContainerStatus {
  name: string;
  state?: ContainerState;
  ready?: boolean;
  restartCount?: number;
}

export interface Pod extends KubeObject {
  spec?: PodSpec;
  status?: {
    phase?: string;
    reason?: string;
    message?: string;
    conditions?: Condition[];
    initContainerStatuses?: ContainerStatus[];
    containerStatuses?: ContainerStatus[];
  };
}

export interface PodTemplate extends KubeObject {
  template: { metadata?: Partial<ObjectMeta>; spec: PodSpec };
}

export interface Job extends KubeObject {
  spec?: {
    backoffLimit?: number;
    activeDeadlineSeconds?: number;
    template: { metadata?: Partial<ObjectMeta>; spec: PodSpec };
    [field: string]: unknown;
  };
  status?: { conditions?: Condition[]; startTime?: string; completionTime?: string; active?: number };
}

export interface Event extends KubeObject {
  reason?: string;
  message?: string;
}

export interface Lease extends KubeObject {
  metadata: ObjectMeta & { managedFields?: { time?: string }[] };
  spec?: {
    holderIdentity?: string | null;
    leaseDurationSeconds?: number;
    acquireTime?: string;
    renewTime?: string;
    leaseTransitions?: number;
  };
}

export interface StorageClass extends KubeObject {
  provisioner?: string;
  reclaimPolicy?: string;
  volumeBindingMode?: string;
  parameters?: Record<string, string>;
}
