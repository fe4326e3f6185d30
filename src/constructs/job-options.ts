import type { k8s } from 'cdk8s-plus-28';

/** What each container of a Job asks of its node, as quantities of Kubernetes: '50m', '256Mi'. */
export interface JobResources {
  /** @default '50m' */
  readonly cpuRequest?: string;
  /** @default - none */
  readonly cpuLimit?: string;
  /** @default '256Mi' */
  readonly memoryRequest?: string;
  /**
   * What a Job may use at most; not less than `memoryRequest`. restic keeps the index of the repository in memory: a Job of a large
   * one that is killed for lack of it fails.
   * @default - none
   */
  readonly memoryLimit?: string;
}

/** What the pods of Jobs are, beside what they must be. Single Jobs are patched by their template: `moverTemplate.addJsonPatch`. */
export interface JobOptions {
  /**
   * What each container asks of its node. The two run one after the other.
   * @default - 50m CPU and 256Mi memory, without limits
   */
  readonly resources?: JobResources;
  /**
   * Name of the PriorityClass of their pods.
   * @default - that of the cluster
   */
  readonly priorityClassName?: string;
  /**
   * SELinux label of the pods that read or write volumes. Where SELinux is enforced it must be `{ type: 'spc_t' }`, or the volumes of
   * services cannot be read.
   * @default - that of the container runtime
   */
  readonly seLinuxOptions?: k8s.SeLinuxOptions;
}
