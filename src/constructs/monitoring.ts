import { ApiObject } from 'cdk8s';
import type { Construct } from 'constructs';
import { ALERTS } from './alerts';
import { METRICS_PORT, OPERATOR_LABELS } from './operator-pod';

/** How Prometheus finds what is synthesised for it. */
export interface MonitoringOptions {
  /**
   * Labels of the PodMonitor and the PrometheusRule, by which a Prometheus chooses what it reads. The chart
   * kube-prometheus-stack wants `{ release: '<name of its release>' }`.
   * @default - none
   */
  readonly labels?: Record<string, string>;
}

/** The operator's metrics and alerts, as objects of the Prometheus Operator. */
export function monitoring(scope: Construct, namespace: string, { labels }: MonitoringOptions): void {
  const metadata = { name: 'service-backup', namespace, ...(labels && { labels }) };
  const apiVersion = 'monitoring.coreos.com/v1';
  new ApiObject(scope, 'pod-monitor', {
    apiVersion,
    kind: 'PodMonitor',
    metadata,
    spec: {
      selector: { matchLabels: OPERATOR_LABELS },
      // Without honorLabels a service's namespace would become `exported_namespace`, and `namespace` the operator's.
      podMetricsEndpoints: [{ port: METRICS_PORT, honorLabels: true }],
    },
  });
  new ApiObject(scope, 'alerts', {
    apiVersion,
    kind: 'PrometheusRule',
    metadata,
    spec: { groups: [ALERTS] },
  });
}
