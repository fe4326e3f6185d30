import { App, type Chart } from 'cdk8s';
import { build } from '../scripts/build';
import { everything, type ServicesOptions } from '../services';
import type { Cluster } from './cluster';
import { until, type Waiting } from './steps';

export const OPERATOR_NAMESPACE = 'service-backup';
export const JOB_NAMESPACE = 'service-backup-jobs';

interface Manifest {
  kind: string;
  metadata: { name: string; namespace?: string };
}

/** What `services/` synthesises to, for this cluster. */
export function synthesise(options: ServicesOptions): Manifest[] {
  const app = new App();
  everything(app, options);
  return app.charts.flatMap((chart: Chart) => chart.toJson() as Manifest[]);
}

/** Applies objects as GitOps tools do: server-side, definitions and namespaces before what needs them. */
export async function apply(cluster: Cluster, manifests: Manifest[], waiting: Waiting): Promise<void> {
  const first = (m: Manifest) => m.kind === 'CustomResourceDefinition' || m.kind === 'Namespace';
  const send = async (objects: Manifest[]) => {
    if (objects.length === 0) return;
    const list = { apiVersion: 'v1', kind: 'List', items: objects };
    await cluster.kubectl(
      ['apply', '--server-side', '--field-manager=demo', '--force-conflicts', '-f', '-'],
      JSON.stringify(list),
    );
  };
  waiting('the API server to take the definitions');
  await send(manifests.filter(first));
  const crds = manifests
    .filter((m) => m.kind === 'CustomResourceDefinition')
    .map((m) => `crd/${m.metadata.name}`);
  if (crds.length > 0)
    await cluster.kubectl(['wait', '--for=condition=Established', '--timeout=30s', ...crds]);
  waiting('the API server to take the objects');
  await send(manifests.filter((m) => !first(m)));
}

/** Writes the two Secrets that the Jobs need: S3 keys and restic password. People use their own secret store for it. */
export async function writeSecrets(cluster: Cluster): Promise<void> {
  const secret = (name: string, stringData: Record<string, string>) => ({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name, namespace: JOB_NAMESPACE },
    stringData,
  });
  const items = [
    secret('s3-backup', { AccessKey: cluster.s3.accessKeyId, SecretKey: cluster.s3.secretAccessKey }),
    secret('restic-pw', { pw: 'correct horse battery staple' }),
  ];
  await cluster.kubectl(['apply', '-f', '-'], JSON.stringify({ apiVersion: 'v1', kind: 'List', items }));
}

/** Waits until every Deployment of the namespaces is available. */
export async function waitForDeployments(
  cluster: Cluster,
  namespaces: string[],
  seconds: number,
  waiting: Waiting,
): Promise<void> {
  let pending: string[] = [];
  await until(
    `deployments of ${namespaces.join(', ')} available`,
    seconds,
    async () => {
      pending = [];
      for (const namespace of namespaces) {
        const out = await cluster.kubectl(['get', 'deployments', '-n', namespace, '-o', 'json']);
        for (const d of (JSON.parse(out) as { items: DeploymentStatus[] }).items) {
          const { replicas = 0, updatedReplicas = 0, availableReplicas = 0, observedGeneration } = d.status;
          const settled = [replicas, updatedReplicas, availableReplicas].every(
            (count) => count === d.spec.replicas,
          );
          if (!settled || observedGeneration !== d.metadata.generation) {
            pending.push(`${namespace}/${d.metadata.name}`);
          }
        }
      }
      waiting(`pods of ${pending.join(', ')}`);
      return pending.length === 0 || undefined;
    },
    () => `not available: ${pending.join(', ')}`,
  );
}

interface DeploymentStatus {
  metadata: { name: string; generation: number };
  spec: { replicas: number };
  status: {
    observedGeneration?: number;
    replicas?: number;
    updatedReplicas?: number;
    availableReplicas?: number;
  };
}

/** Bundles operator, mover and command line, as a release does. */
export const buildBundles = (): Promise<unknown> => build();
