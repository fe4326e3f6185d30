import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { App } from 'cdk8s';
import { synthTree } from 'service-backup';
import { build } from '../scripts/build';
import type { Cluster } from './cluster';
import { type SceneOptions, scene } from './services';
import { until, type Waiting } from './steps';

export const OPERATOR_NAMESPACE = 'service-backup';
export const JOB_NAMESPACE = 'service-backup-jobs';

/** Where the demo's tree is written, as `npm run synth` writes dist/. */
export const TREE = join(__dirname, '../build/demo');

/** Writes what the demo deploys on this cluster, as a tree for GitOps. */
export function synthesise(options: SceneOptions): void {
  const app = new App({ outdir: TREE, outputFileExtension: '.yaml' });
  scene(app, options);
  synthTree(app);
}

/** Begins a new tree: what an earlier demo wrote is no promise to anybody. */
export function synthesiseAnew(options: SceneOptions): void {
  rmSync(TREE, { recursive: true, force: true });
  synthesise(options);
}

/** Of a kind that was made this moment kubectl finds no conditions, and fails where it is told to wait for one: it is asked again. */
export const untilEstablished = (kubectl: (args: string[]) => Promise<string>, ...kinds: string[]) =>
  until('the kinds to be established', 30, () =>
    kubectl(['wait', '--for=condition=Established', '--timeout=30s', ...kinds]).catch((error) => {
      if (!`${error}`.includes('accessor error')) throw error;
      return undefined;
    }),
  );

/** Applies the tree, or a folder of it, as docs/gitops.md has it: server-side, the kinds first. */
export async function apply(cluster: Cluster, waiting: Waiting, folder = ''): Promise<void> {
  const send = (...where: string[]) =>
    cluster.kubectl(['apply', '--server-side', '--field-manager=demo', '--force-conflicts', ...where]);
  if (!folder) {
    const crds = join(TREE, 'crds');
    waiting('the API server to take the kinds');
    await send('-f', crds);
    await untilEstablished((args) => cluster.kubectl(args), '-f', crds);
  }
  waiting('the API server to take the objects');
  await send('-R', '-f', join(TREE, folder));
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
