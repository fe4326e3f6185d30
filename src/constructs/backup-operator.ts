import { ApiObject, Lazy } from 'cdk8s';
import { k8s } from 'cdk8s-plus-28';
import { Construct } from 'constructs';
import { ANNOTATION, crds, DEFAULTS, type Role } from '../api';
import { BackupConfig } from './backup-config';
import { problemsOfOperator } from './backup-operator-problems';
import type { BackupOperatorProps } from './backup-operator-props';
import { bundle } from './bundle';
import { clusterScoped } from './cluster-scoped';
import { fence } from './fence';
import { jobTemplate } from './job-template';
import { KEPT } from './kept';
import { knownSecrets } from './known-secrets';
import { monitoring } from './monitoring';
import { namespaces } from './namespaces';
import { operatorDeployment } from './operator-deployment';
import { announceOperator } from './operator-namespace';
import { report } from './problems';
import { nameOf } from './reference';
import { rights } from './rights';

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
    const secrets = Lazy.any({
      produce: () =>
        [...new Set([...knownSecrets(this.node.root, namespace), ...(props.secrets ?? [])])].join(','),
    });
    for (const made of [this.moverTemplate, this.maintenanceTemplate])
      made.metadata.addAnnotation(ANNOTATION.secrets, secrets as string);
    fence(this, { namespace, jobNamespace });
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
