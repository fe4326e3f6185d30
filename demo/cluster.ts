import { execFile } from 'node:child_process';
import { AwsClient } from 'aws4fetch';
import { down, type Testbed, up } from '../testbed';

/** A place to run the demo on. */
export interface Cluster {
  readonly name: string;
  /** Path of a kubeconfig; undefined: kubectl's own default. */
  readonly kubeconfig: string | undefined;
  /** The program `kubectl`. */
  readonly kubectlPath: string;
  /** Two nodes that can run pods. */
  readonly nodes: readonly [string, string];
  /** Storage classes with the two ways of staging; undefined: the cluster's default class. */
  readonly storageClasses: { plain: string | undefined; handle: string | undefined };
  readonly s3: { host: string; accessKeyId: string; secretAccessKey: string; region: string };
  kubectl(args: string[], input?: string): Promise<string>;
  createBucket(name: string): Promise<void>;
  /** What a person who kept it does to end it. */
  readonly howToEnd: string;
  /** Takes away what `useTestbed` or the demo brought. */
  leave(): Promise<void>;
}

function runKubectl(program: string, kubeconfig: string | undefined) {
  const env = { ...process.env, ...(kubeconfig && { KUBECONFIG: kubeconfig }) };
  return (args: string[], input?: string) =>
    new Promise<string>((resolve, reject) => {
      const child = execFile(program, args, { env, maxBuffer: 64 << 20 }, (error, stdout, stderr) => {
        if (error) reject(new Error(`kubectl ${args.join(' ')}: ${stderr.trim() || error.message}`));
        else resolve(stdout);
      });
      child.stdin?.end(input ?? '');
    });
}

/** The testbed of this repository, booted if need be. */
export async function useTestbed(onProgress?: (step: string, waitingFor?: string) => void): Promise<Cluster> {
  return ofTestbed(await up({ onProgress }));
}

export function ofTestbed(testbed: Testbed): Cluster {
  const { endpoint, ...keys } = testbed.s3;
  return {
    name: 'testbed',
    kubeconfig: testbed.kubeconfig,
    kubectlPath: testbed.bin('kubectl'),
    nodes: ['node-1', 'node-2'],
    storageClasses: { plain: 'plain', handle: 'ceph' },
    s3: { host: endpoint, ...keys },
    kubectl: runKubectl(testbed.bin('kubectl'), testbed.kubeconfig),
    createBucket: (name) => testbed.createBucket(name),
    howToEnd: 'npm run testbed -- down',
    leave: () => down(),
  };
}

/** The cluster that KUBECONFIG names, with an S3 system that four environment variables name. */
export async function useCurrentCluster(env: NodeJS.ProcessEnv): Promise<Cluster> {
  const missing = ['S3_HOST', 'AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY'].filter((name) => !env[name]);
  if (missing.length > 0) {
    throw new Error(
      `--use-current-cluster needs an S3 system that the cluster's pods reach: set ${missing.join(', ')}.`,
    );
  }
  const kubectl = runKubectl('kubectl', undefined);
  const known = JSON.parse(await kubectl(['get', 'nodes', '-o', 'json'])) as { items: NodeSummary[] };
  const nodes = known.items.filter(({ spec }) => !spec.unschedulable).map(({ metadata }) => metadata.name);
  if (nodes.length < 2)
    throw new Error(
      `The demo moves a service between nodes: it needs two, and this cluster has ${nodes.length}.`,
    );
  for (const namespace of ['service-backup', 'service-backup-jobs', 'guestbook', 'wiki']) {
    if (await kubectl(['get', 'namespace', namespace, '--ignore-not-found', '-o', 'name'])) {
      throw new Error(
        `The demo would use the namespace '${namespace}', but this cluster has one already: nothing was done.`,
      );
    }
  }
  const host = env.S3_HOST!;
  const s3 = {
    host,
    accessKeyId: env.AWS_ACCESS_KEY_ID!,
    secretAccessKey: env.AWS_SECRET_ACCESS_KEY!,
    region: env.AWS_REGION ?? 'us-east-1',
  };
  return {
    name: 'current cluster',
    kubeconfig: env.KUBECONFIG,
    kubectlPath: 'kubectl',
    nodes: [nodes[0]!, nodes[1]!],
    storageClasses: { plain: env.STORAGE_CLASS, handle: env.STORAGE_CLASS },
    s3,
    kubectl,
    createBucket: (name) => createBucket(s3, name),
    howToEnd: 'kubectl delete namespace guestbook wiki service-backup-jobs service-backup',
    leave: async () => {
      await kubectl([
        'delete',
        'namespace',
        'guestbook',
        'wiki',
        'service-backup-jobs',
        'service-backup',
        '--ignore-not-found',
      ]);
      console.log(
        'Left as they are: the CRDs and cluster roles, and the buckets guestbook-backup and wiki-backup.',
      );
    },
  };
}

interface NodeSummary {
  metadata: { name: string };
  spec: { unschedulable?: boolean };
}

async function createBucket(s3: Cluster['s3'], name: string): Promise<void> {
  const client = new AwsClient({ ...s3, service: 's3' });
  const base = /^https?:/.test(s3.host) ? s3.host : `https://${s3.host}`;
  const answer = await client.fetch(`${base}/${name}`, { method: 'PUT' });
  // 409: it exists already.
  if (!answer.ok && answer.status !== 409)
    throw new Error(`creating the bucket ${name}: ${answer.status} ${await answer.text()}`);
}
