import { ApiObject } from 'cdk8s';
import { k8s } from 'cdk8s-plus-28';
import { Construct } from 'constructs';
import { crds, DEFAULTS, type Role } from '../api';
import { BackupConfig } from './backup-config';
import type { BackupConfigSettings } from './backup-config-settings';
import { problemsOfOperator } from './backup-operator-problems';
import { bundle } from './bundle';
import { clusterScoped } from './cluster-scoped';
import { jobTemplate } from './job-template';
import { KEPT } from './kept';
import { type MonitoringOptions, monitoring } from './monitoring';
import { namespaces } from './namespaces';
import { operatorDeployment } from './operator-deployment';
import { announceOperator } from './operator-namespace';
import { report } from './problems';
import { nameOf, type ObjectReference } from './reference';
import { rights } from './rights';

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

/** The operator, with all that it needs: kinds, rights, programs, templates of Jobs, settings. One a cluster. */
export class BackupOperator extends Construct {
  /** The operator's Deployment. */
  readonly deployment: ApiObject;
  /** The template of backup Jobs, to patch with `addJsonPatch`. */
  readonly moverTemplate: ApiObject;
  /** The template of restore Jobs, to patch with `addJsonPatch`. */
  readonly restoreTemplate: ApiObject;
  /** The template of Jobs that see the repository and no volume (check, prune, list, recovery key), to patch with `addJsonPatch`. */
  readonly maintenanceTemplate: ApiObject;

  constructor(scope: Construct, id: string, props: BackupOperatorProps = {}) {
    super(scope, id);
    const given = {
      namespace: props.namespace ?? DEFAULTS.operatorNamespace,
      jobNamespace: props.jobNamespace ?? DEFAULTS.jobNamespace,
    };
    const namespace = nameOf(given.namespace);
    const jobNamespace = nameOf(given.jobNamespace);
    const images = {
      node: props.images?.node ?? 'docker.io/library/node:24.9.0-bookworm-slim',
      restic: props.images?.restic ?? 'docker.io/restic/restic:0.18.0',
    };
    const { cpuRequest = '20m', memoryRequest = '64Mi', memoryLimit = '256Mi' } = props.resources ?? {};

    // In the order in which they are applied: namespaces and kinds before what needs them.
    announceOperator(this, namespace);
    namespaces(this, given, props.createNamespaces ?? true);
    for (const crd of crds()) {
      const metadata = { ...crd.metadata, annotations: KEPT };
      clusterScoped(new ApiObject(this, `crd-${metadata.name}`, { ...crd, metadata }));
    }
    rights(this, namespace, jobNamespace);

    const program = bundle(this, 'mover', jobNamespace, ['--max-semi-space-size=1']);
    const template = (role: Role) => jobTemplate(this, { role, namespace: jobNamespace, program, images });
    this.moverTemplate = template('mover');
    this.restoreTemplate = template('restore');
    this.maintenanceTemplate = template('maintenance');
    this.deployment = operatorDeployment(this, {
      namespace,
      jobNamespace,
      image: images.node,
      resources: {
        requests: {
          cpu: k8s.Quantity.fromString(cpuRequest),
          memory: k8s.Quantity.fromString(memoryRequest),
        },
        limits: { memory: k8s.Quantity.fromString(memoryLimit) },
      },
    });
    if (props.monitoring) monitoring(this, namespace, props.monitoring === true ? {} : props.monitoring);
    if (props.config) {
      new BackupConfig(this, DEFAULTS.configName, {
        ...props.config,
        jobNamespace,
        metadata: { name: DEFAULTS.configName, namespace },
      });
    }
    report(this, problemsOfOperator(given, props));
  }
}
