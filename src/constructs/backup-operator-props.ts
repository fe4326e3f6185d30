import type { BackupConfigSettings } from './backup-config-settings';
import type { MonitoringOptions } from './monitoring';
import type { ObjectReference } from './reference';

/** Images, all of them stock: our programs travel as data. */
export interface OperatorImages {
  /**
   * Node 22.19 or newer.
   * @default 'docker.io/library/node:24.9.0-bookworm-slim'
   */
  readonly node?: string;
  /**
   * restic 0.18 as /usr/bin/restic, statically linked; the certificates of the well-known authorities as
   * /etc/ssl/certs/ca-certificates.crt; and `cp`.
   * @default 'docker.io/restic/restic:0.18.0'
   */
  readonly restic?: string;
}

/** What the operator asks of its node, as quantities of Kubernetes: '20m', '64Mi'. */
export interface OperatorResources {
  /** @default '20m' */
  readonly cpuRequest?: string;
  /** @default '64Mi' */
  readonly memoryRequest?: string;
  /** @default '256Mi' */
  readonly memoryLimit?: string;
}

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
   * Names of Secrets in the Job namespace that BackupConfigs name which this app does not declare. The API server refuses the operator a
   * Job with credentials from another Secret.
   * @default - those that the BackupConfigs of this app name
   */
  readonly secrets?: readonly string[];
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
   * Whether a PodMonitor and a PrometheusRule come with it, for the Prometheus Operator, whose kinds the cluster must know. With
   * another Prometheus: docs/monitoring.md.
   * @default false
   */
  readonly monitoring?: boolean | MonitoringOptions;
}
