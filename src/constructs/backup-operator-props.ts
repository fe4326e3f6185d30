import type { k8s } from 'cdk8s-plus-28';
import type { BackupConfigSettings } from './backup-config-settings';
import type { OperatorImages } from './images';
import type { JobOptions } from './job-options';
import type { MonitoringOptions } from './monitoring';
import type { NetworkPolicyOptions } from './network-policies';
import type { ObjectReference } from './reference';

/** What the operator asks of its node, as quantities of Kubernetes: '20m', '64Mi'. */
export interface OperatorResources {
  /** @default '20m' */
  readonly cpuRequest?: string;
  /** @default - none */
  readonly cpuLimit?: string;
  /** @default '64Mi' */
  readonly memoryRequest?: string;
  /**
   * What it may use at most; not less than `memoryRequest`.
   * @default '256Mi'
   */
  readonly memoryLimit?: string;
}

/** How much the operator logs. */
export type LogLevel = 'debug' | 'info' | 'warn';

/** What the operator is, and what may be decided for all its ServiceBackups. */
export interface BackupOperatorProps {
  /**
   * Settings of the BackupConfig 'default', declared with the operator.
   * @default - none: declare BackupConfigs apart
   */
  readonly config?: BackupConfigSettings;
  /**
   * Namespace of the operator. ServiceBackups of other apps must name it, too, if it is not the default.
   * @default 'service-backup'
   */
  readonly namespace?: ObjectReference | string;
  /**
   * Namespace in which Jobs run and which holds the Secrets. Whoever may write in it owns all backups: use it for nothing else. A
   * Namespace that the app declares itself gets the label that lets its pods read volumes by host path, unless it has one.
   * @default 'service-backup-jobs'
   */
  readonly jobNamespace?: ObjectReference | string;
  /**
   * Whether the two Namespaces are synthesised, unless the app declares them itself. If not, label the Job namespace
   * `pod-security.kubernetes.io/enforce: privileged` yourself: its pods read volumes by host path.
   * @default true
   */
  readonly createNamespaces?: boolean;
  /**
   * Names of Secrets in the Job namespace that BackupConfigs name which this app does not declare, with `{bucket}` where these have it. The
   * API server refuses the operator a Job with credentials from another Secret.
   * @default - those that the BackupConfigs of this app name
   */
  readonly secrets?: readonly string[];
  /**
   * Names of Secrets that such BackupConfigs name in `maintenanceCredentials`. Only Jobs that look after repositories may have them: no name
   * in `secrets` may mean one of them.
   * @default - those that the BackupConfigs of this app name
   */
  readonly maintenanceSecrets?: readonly string[];
  /**
   * Names of claims in the Job namespace that BackupConfigs which this app does not declare name in `scratchVol`. The API server refuses the
   * operator a Job with another claim.
   * @default - those that the BackupConfigs of this app name
   */
  readonly scratchClaims?: readonly string[];
  /**
   * Whether the API server holds the operator to the Jobs that it needs, by ValidatingAdmissionPolicies. Without them whoever has the
   * operator's token can read every Secret in the Job namespace and everything on every node. Only for clusters older than Kubernetes
   * 1.30, which do not know the kind; the synthesis warns.
   * @default true
   */
  readonly fence?: boolean;
  /**
   * Directory of the kubelets, the same on every node: what they are given as `--root-dir`. Absolute, without `..`.
   * @default '/var/lib/kubelet'
   */
  readonly kubeletDirectory?: string;
  /**
   * Images.
   * @default - the stock images of Node and restic
   */
  readonly images?: OperatorImages;
  /**
   * What the operator asks of its node.
   * @default - 20m CPU and 64Mi memory, at most 256Mi
   */
  readonly resources?: OperatorResources;
  /**
   * Labels of the nodes on which the operator may run, and Jobs that read no volume (buckets, check, prune, list, recovery key). A Job
   * that reads volumes goes where they are.
   * @default - any node
   */
  readonly nodeSelector?: Record<string, string>;
  /**
   * Taints that the same pods tolerate. A Job that reads volumes tolerates all of them, `NoExecute` for five minutes.
   * @default - none; the operator leaves a node that is lost after 30 seconds
   */
  readonly tolerations?: readonly k8s.Toleration[];
  /**
   * Name of the PriorityClass of the operator's pod.
   * @default - that of the cluster
   */
  readonly priorityClassName?: string;
  /**
   * How much the operator logs: each look at a ServiceBackup ('debug'), its decisions ('info'), or only what goes wrong ('warn').
   * @default 'info'
   */
  readonly logLevel?: LogLevel;
  /**
   * What the pods of Jobs are, beside what they must be.
   * @default - 50m CPU and 256Mi memory, the cluster's priority, the container runtime's SELinux label
   */
  readonly jobs?: JobOptions;
  /**
   * Whether NetworkPolicies come with it, which leave operator and Jobs the ports that they need. See docs/options.md.
   * @default false
   */
  readonly networkPolicies?: boolean | NetworkPolicyOptions;
  /**
   * Whether a PodMonitor and a PrometheusRule come with it, for the Prometheus Operator, whose kinds the cluster must know. With
   * another Prometheus: docs/monitoring.md.
   * @default false
   */
  readonly monitoring?: boolean | MonitoringOptions;
}
