import { spawn } from 'node:child_process';
import path from 'node:path';
import type { Cluster } from './cluster';

const PROGRAM = path.join(__dirname, '..', 'build', 'cli.js');

export interface Run {
  code: number;
  stdout: string;
  stderr: string;
}

/** Runs `service-backup` as a person does. */
export function serviceBackup(cluster: Pick<Cluster, 'kubeconfig'>, args: string[]): Promise<Run> {
  return new Promise((resolve, reject) => {
    const env = { ...process.env, ...(cluster.kubeconfig && { KUBECONFIG: cluster.kubeconfig }) };
    const child = spawn(process.execPath, [PROGRAM, ...args], { env });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (chunk) => {
      stdout += chunk;
    });
    child.stderr.on('data', (chunk) => {
      stderr += chunk;
    });
    child.on('error', reject);
    child.on('close', (code) => resolve({ code: code ?? 1, stdout, stderr }));
  });
}

/** The same, failing unless what was asked for happened. */
export async function mustServiceBackup(
  cluster: Pick<Cluster, 'kubeconfig'>,
  args: string[],
): Promise<string> {
  const run = await serviceBackup(cluster, args);
  if (run.code !== 0)
    throw new Error(
      `service-backup ${args.join(' ')} exited ${run.code}: ${run.stderr.trim() || run.stdout.trim()}`,
    );
  return run.stdout;
}
