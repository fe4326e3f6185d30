import { App, Chart } from 'cdk8s';
import { BackupOperator, type BackupOperatorProps } from 'service-backup';
import { ALERTS } from '../../src/constructs/alerts';
import { type Manifest, manifests, one } from './app';
import { built } from './built';

beforeAll(built, 60_000);

function operator(props: BackupOperatorProps): Manifest[] {
  const app = new App();
  new BackupOperator(new Chart(app, 'backups'), 'operator', props);
  return manifests(app);
}
const ofPrometheus = (all: Manifest[]) => all.filter((m) => m.apiVersion === 'monitoring.coreos.com/v1');

test('nothing for Prometheus comes unasked: the cluster may not know its kinds', () => {
  expect(ofPrometheus(operator({}))).toEqual([]);
  expect(ofPrometheus(operator({ monitoring: false }))).toEqual([]);
});

test('the PodMonitor finds the pod of the operator, and the port of its metrics', () => {
  const all = operator({ monitoring: true });
  const { selector, podMetricsEndpoints } = one(all, 'PodMonitor').spec;
  const pod = one(all, 'Deployment').spec.template;
  expect(pod.metadata.labels).toMatchObject(selector.matchLabels);
  expect(pod.spec.containers[0].ports.map((port: { name: string }) => port.name)).toEqual([
    podMetricsEndpoints[0].port,
  ]);
});

test("a ServiceBackup's namespace stays the label `namespace`", () => {
  const [endpoint] = one(operator({ monitoring: true }), 'PodMonitor').spec.podMetricsEndpoints;
  expect(endpoint.honorLabels).toBe(true);
});

test('the PrometheusRule has all alerts', () => {
  expect(one(operator({ monitoring: true }), 'PrometheusRule').spec).toEqual({ groups: [ALERTS] });
});

test('both are in the namespace of the operator, with the labels by which Prometheus chooses', () => {
  const labels = { release: 'kube-prometheus-stack' };
  const both = ofPrometheus(operator({ namespace: 'ops', monitoring: { labels } }));
  const metadata = { name: 'service-backup', namespace: 'ops', labels };
  expect(both.map((m) => m.metadata)).toEqual([metadata, metadata]);
});
