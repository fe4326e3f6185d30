import { type ChildProcess, spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Cluster } from '../../demo/cluster';
import { JOB_NAMESPACE, OPERATOR_NAMESPACE } from '../../demo/deploy';
import { nodeDirectories } from '../../testbed/cluster/node-config';
import { NODES } from '../../testbed/layout';

/** Often enough for a restic that only asks one thing. Milliseconds. */
const PAUSE = 25;
/** Objects that are there for a moment, and change. */
const WATCHED = {
  ServiceBackups: ['servicebackups', '-A'],
  Jobs: ['jobs', '-n', JOB_NAMESPACE],
  'pods and their termination messages': ['pods', '-n', JOB_NAMESPACE],
  events: ['events', '-A'],
};
const OTHERS = 'leases,configmaps,podtemplates,backupconfigs,deployments,validatingadmissionpolicies';

const LOGS = NODES.flatMap((node) =>
  nodeDirectories(node).flatMap(({ own, seenAt }) => (seenAt === '/var/log/pods' ? [own] : [])),
);

const read = (path: string): string => {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    // It has gone meanwhile.
    return '';
  }
};

/** Keeps everything that anybody can see while work is done: arguments of processes, logs, objects in all their states. */
export class Recorder {
  readonly #arguments = new Set<string>();
  readonly #logs = new Map<string, string>();
  readonly #watched = new Map<string, string>();
  readonly #watches: ChildProcess[] = [];
  readonly #polling: NodeJS.Timeout;

  constructor(private readonly cluster: Cluster) {
    const { kubectlPath, kubeconfig } = cluster;
    for (const [name, what] of Object.entries(WATCHED)) {
      const child = spawn(kubectlPath, ['get', ...what, '-w', '-o', 'json'], {
        env: { ...process.env, ...(kubeconfig && { KUBECONFIG: kubeconfig }) },
        stdio: ['ignore', 'pipe', 'ignore'],
      });
      child.stdout.setEncoding('utf8').on('data', (text: string) => {
        this.#watched.set(name, (this.#watched.get(name) ?? '') + text);
      });
      this.#watches.push(child);
    }
    this.#polling = setInterval(() => {
      // The containers' processes are this machine's.
      for (const pid of readdirSync('/proc'))
        if (/^\d/.test(pid)) this.#arguments.add(read(`/proc/${pid}/cmdline`).replaceAll('\0', ' '));
      for (const directory of LOGS)
        for (const pod of readdirSync(directory))
          if (pod.startsWith(`${JOB_NAMESPACE}_`)) this.#readLogs(join(directory, pod));
    }, PAUSE);
  }

  #readLogs(pod: string): void {
    for (const entry of readdirSync(pod, { recursive: true, encoding: 'utf8' }))
      if (entry.endsWith('.log')) this.#logs.set(join(pod, entry), read(join(pod, entry)));
  }

  stop(): void {
    clearInterval(this.#polling);
    for (const watch of this.#watches) watch.kill('SIGKILL');
  }

  /** What was seen until now, by where. */
  async seen(): Promise<Record<string, string>> {
    const pod = ['get', 'pods', '-n', OPERATOR_NAMESPACE, '-l', 'app.kubernetes.io/component=operator', '-o'];
    const name = await this.cluster.kubectl([...pod, 'jsonpath={.items[0].metadata.name}']);
    const metrics = `/api/v1/namespaces/${OPERATOR_NAMESPACE}/pods/${name}:8080/proxy/metrics`;
    return {
      'arguments of processes': [...this.#arguments].join('\n'),
      logs: [
        ...this.#logs.values(),
        await this.cluster.kubectl(['logs', name, '-n', OPERATOR_NAMESPACE]),
      ].join('\n'),
      ...Object.fromEntries(this.#watched),
      'other objects': await this.cluster.kubectl(['get', OTHERS, '-A', '-o', 'json']),
      metrics: await this.cluster.kubectl(['get', '--raw', metrics]),
    };
  }
}
