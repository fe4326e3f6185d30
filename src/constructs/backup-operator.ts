import { ApiObject } from 'cdk8s';
import { Construct } from 'constructs';
import { crds, DEFAULTS, type Role } from '../api';
import { BackupConfig } from './backup-config';
import { problemsOfOperator } from './backup-operator-problems';
import type { BackupOperatorProps } from './backup-operator-props';
import { bundle } from './bundle';
import { clusterScoped } from './cluster-scoped';
import { fence } from './fence';
import { imagesOf } from './images';
import { annotateJobs } from './job-annotations';
import { jobTemplate } from './job-template';
import { KEPT } from './kept';
import { metByOperator } from './maintenance-secrets';
import { monitoring } from './monitoring';
import { namespaces } from './namespaces';
import { networkPolicies, unreachable } from './network-policies';
import { operatorDeployment } from './operator-deployment';
import { announceOperator } from './operator-namespace';
import { report, reportAcross } from './problems';
import { nameOf } from './reference';
import { rights } from './rights';
import { warn } from './warnings';

const NO_FENCE =
  'fence is false: nothing keeps whoever has the token of the operator from every Secret in the Job namespace, nor from all that is on the nodes; use Kubernetes 1.30 or newer, and leave it out.';

/** The operator, with all that it needs: kinds, rights, programs, templates of Jobs, settings. One a cluster. */
export class BackupOperator extends Construct {
  /** The operator's Deployment. */
  readonly deployment: ApiObject;
  /** The template of backup Jobs, to patch with `addJsonPatch`. */
  readonly moverTemplate: ApiObject;
  /** The template of restore Jobs, to patch with `addJsonPatch`. */
  readonly restoreTemplate: ApiObject;
  /** The template of Jobs that back up buckets, or restore them, to patch with `addJsonPatch`. */
  readonly bucketTemplate: ApiObject;
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
    const images = imagesOf(props.images);
    const kubeletDirectory = props.kubeletDirectory ?? DEFAULTS.kubeletDirectory;

    // In the order in which they are applied: namespaces and kinds before what needs them.
    announceOperator(this, { namespace, jobNamespace });
    namespaces(this, given, props.createNamespaces ?? true);
    for (const crd of crds()) {
      const metadata = { ...crd.metadata, annotations: KEPT };
      clusterScoped(new ApiObject(this, `crd-${metadata.name}`, { ...crd, metadata }));
    }
    rights(this, namespace, jobNamespace);

    const program = bundle(this, 'mover', { namespace: jobNamespace });
    const template = (role: Role) =>
      jobTemplate(this, { role, namespace: jobNamespace, program, images, props });
    this.moverTemplate = template('mover');
    this.restoreTemplate = template('restore');
    this.maintenanceTemplate = template('maintenance');
    this.bucketTemplate = template('bucket');
    const annotated = {
      mover: this.moverTemplate,
      maintenance: this.maintenanceTemplate,
      bucket: this.bucketTemplate,
    };
    annotateJobs(this.node, namespace, annotated, props);
    if (props.fence ?? true) fence(this, { namespace, jobNamespace, kubeletDirectory });
    else warn(this, NO_FENCE);
    this.deployment = operatorDeployment(this, { namespace, jobNamespace, kubeletDirectory, images, props });
    const network = props.networkPolicies === true ? {} : props.networkPolicies || undefined;
    if (network) networkPolicies(this, { namespace, jobNamespace }, network);
    if (props.monitoring) monitoring(this, namespace, props.monitoring === true ? {} : props.monitoring);
    if (props.config) {
      new BackupConfig(this, DEFAULTS.configName, {
        ...props.config,
        jobNamespace,
        metadata: { name: DEFAULTS.configName, namespace },
      });
    }
    report(
      this,
      problemsOfOperator(given, props),
      network && unreachable({ namespace, jobNamespace }, network),
    );
    reportAcross(this.node.root, metByOperator(this, namespace, props));
  }
}
