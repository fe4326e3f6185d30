import path from 'node:path';
import { buildSync } from 'esbuild';
import type { Cluster } from './cluster';
import type { Comparison } from './compare-trees';
import { until } from './steps';

const program = () =>
  buildSync({
    entryPoints: [path.join(__dirname, 'compare-trees.ts')],
    bundle: true,
    minify: true,
    platform: 'node',
    format: 'cjs',
    write: false,
    footer: { js: 'module.exports.main();' },
  }).outputFiles[0]!.text;

/**
 * Compares the volume of a claim with that of another one, in a pod that mounts both read-only: contents, modes, owners, times,
 * symbolic and hard links. The pod runs on `node`, since the first volume may be in use there.
 */
export async function compareClaims(
  cluster: Cluster,
  pair: { namespace: string; original: string; restored: string; node: string },
): Promise<Comparison> {
  const name = `compare-${pair.original}`.slice(0, 63);
  const volume = (role: string, claimName: string) => ({ name: role, persistentVolumeClaim: { claimName } });
  const pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: pair.namespace },
    spec: {
      restartPolicy: 'Never',
      nodeName: pair.node,
      automountServiceAccountToken: false,
      terminationGracePeriodSeconds: 0,
      volumes: [volume('original', pair.original), volume('restored', pair.restored)],
      containers: [
        {
          name: 'compare',
          image: 'docker.io/library/node:24.9.0-bookworm-slim',
          command: ['node', '-e', program(), '/original', '/restored'],
          volumeMounts: ['original', 'restored'].map((role) => ({
            name: role,
            mountPath: `/${role}`,
            readOnly: true,
          })),
        },
      ],
    },
  };
  const at = ['-n', pair.namespace];
  await cluster.kubectl(['delete', 'pod', name, ...at, '--ignore-not-found', '--now']);
  await cluster.kubectl(['create', '-f', '-'], JSON.stringify(pod));
  let phase = '';
  await until(
    `the comparison of ${pair.namespace}/${pair.original} with ${pair.restored}`,
    120,
    async () => {
      phase = await cluster.kubectl(['get', 'pod', name, ...at, '-o', 'jsonpath={.status.phase}']);
      return phase === 'Succeeded' || phase === 'Failed' ? phase : undefined;
    },
    () => `pod ${pair.namespace}/${name} ${phase}`,
  );
  const log = await cluster.kubectl(['logs', name, ...at]);
  await cluster.kubectl(['delete', 'pod', name, ...at, '--now', '--wait=false']);
  if (phase === 'Failed' && !log.startsWith('{'))
    throw new Error(`comparing ${pair.namespace}/${pair.original}: ${log}`);
  return JSON.parse(log) as Comparison;
}
