import { type ComponentResourceOptions, type Output, output } from '@pulumi/pulumi';
import { DEFAULTS } from '../api';
import * as plain from '../constructs';
import { ConstructComponent } from './construct-component';
import type { Fields } from './inputs';

/** What decides which objects there are must be known before anything is deployed. */
type Decisions = 'createNamespaces' | 'fence' | 'networkPolicies' | 'monitoring';

export interface BackupOperatorArgs extends Fields<Omit<plain.BackupOperatorProps, Decisions>> {
  /**
   * Whether the two Namespaces are deployed. If not, label the Job namespace `pod-security.kubernetes.io/enforce: privileged`
   * yourself: its pods read volumes by host path.
   * @default true
   */
  readonly createNamespaces?: boolean;
  /**
   * Whether the API server holds the operator to the Jobs that it needs, by ValidatingAdmissionPolicies. Without them whoever has the
   * operator's token can read every Secret in the Job namespace and everything on every node. Only for clusters older than Kubernetes
   * 1.30, which do not know the kind; the deployment warns.
   * @default true
   */
  readonly fence?: boolean;
  /**
   * Whether NetworkPolicies come with it, which leave operator and Jobs the ports that they need. See docs/options.md.
   * @default false
   */
  readonly networkPolicies?: boolean | Fields<plain.NetworkPolicyOptions>;
  /**
   * Whether a PodMonitor and a PrometheusRule come with it, for the Prometheus Operator, whose kinds the cluster must know. With
   * another Prometheus: docs/monitoring.md.
   * @default false
   */
  readonly monitoring?: boolean | Fields<plain.MonitoringOptions>;
}

/**
 * The operator, with all that it needs: kinds, rights, programs, templates of Jobs, settings. One a cluster. The kinds stay when it
 * is destroyed, and so does the Job namespace, with the Secret that opens the repositories.
 */
export class BackupOperator extends ConstructComponent<plain.BackupOperatorProps> {
  /** Namespace of the operator. */
  readonly namespace: Output<string>;
  /** Namespace in which Jobs run and which holds the Secrets. */
  readonly jobNamespace: Output<string>;

  constructor(name: string, args: BackupOperatorArgs = {}, opts?: ComponentResourceOptions) {
    const namespace = output(args.namespace).apply((given) => given ?? DEFAULTS.operatorNamespace);
    const jobNamespace = output(args.jobNamespace).apply((given) => given ?? DEFAULTS.jobNamespace);
    super(
      'BackupOperator',
      name,
      {
        args,
        // Two Namespaces are named by them: they must not be called otherwise in the stack when a name becomes an Output.
        shapedBy: { ...args, namespace, jobNamespace },
        construct: (chart, id, props) => new plain.BackupOperator(chart, id, props),
      },
      opts,
    );
    this.namespace = namespace;
    this.jobNamespace = jobNamespace;
    this.registerOutputs({ namespace, jobNamespace });
  }
}
