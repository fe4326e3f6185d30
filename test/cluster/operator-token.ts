import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parse } from 'yaml';
import type { Cluster } from '../../demo/cluster';
import { attach } from '../../testbed';

export interface Answer {
  code: number;
  stderr: string;
}

/** kubectl with the operator's own token: what it may do, and what not. */
export interface AsOperator {
  kubectl(args: string[], input?: string): Promise<Answer>;
  close(): void;
}

export async function asOperator(cluster: Cluster): Promise<AsOperator> {
  const folder = mkdtempSync(path.join(tmpdir(), 'operator-token-'));
  const testbed = await attach();
  const token = (await cluster.kubectl(['create', 'token', 'service-backup', '-n', 'service-backup'])).trim();
  const admin = parse(await cluster.kubectl(['config', 'view', '--raw', '-o', 'yaml']));
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: admin.clusters,
    users: [{ name: 'operator', user: { token } }],
    contexts: [{ name: 'operator', context: { cluster: admin.clusters[0].name, user: 'operator' } }],
    'current-context': 'operator',
  };
  const kubeconfig = path.join(folder, 'config');
  writeFileSync(kubeconfig, JSON.stringify(config), { mode: 0o600 });
  return {
    kubectl: (args, input = '') =>
      new Promise((resolve) => {
        const env = { ...process.env, KUBECONFIG: kubeconfig };
        const child = execFile(testbed.bin('kubectl'), args, { env }, (error, _out, stderr) =>
          resolve({ code: error ? 1 : 0, stderr }),
        );
        child.stdin?.end(input);
      }),
    close: () => rmSync(folder, { recursive: true }),
  };
}
