/** Labels of the operator's pod. */
export const OPERATOR_LABELS = {
  'app.kubernetes.io/name': 'service-backup',
  'app.kubernetes.io/component': 'operator',
};
/** Name of the port that serves /metrics. */
export const METRICS_PORT = 'http';
