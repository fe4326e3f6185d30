import { readFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { NODE_FLAGS } from '../../src/constructs/operator-deployment';
import { JOB_NAMESPACE, OPERATOR_NAMESPACE } from './cluster';
import { processes } from './index';
import { cpuSeconds, residentMemory } from './kernel';
import { LOOPBACK, PORTS, paths } from './layout';

const ROOT = join(__dirname, '..', '..');

export interface OperatorOptions {
  /** Of its process, and of its pod. @default 'operator' */
  name?: string;
  /** Of its Lease and its BackupConfigs. */
  namespace?: string;
  /** Where it finds the API server. @default - the API server's own */
  apiServer?: number;
  /** Of /metrics and /readyz. @default 28080 */
  port?: number;
}

/** The operator, as a process of this machine: it can be killed at any moment, and started again as the kubelet would. */
export class OperatorProcess {
  readonly name: string;
  private readonly port: number;

  constructor(private readonly options: OperatorOptions = {}) {
    this.name = options.name ?? 'operator';
    this.port = options.port ?? 28_080;
  }

  /** Fulfilled as soon as the process is there. */
  start(): number {
    return processes.start({
      name: this.name,
      command: [join(ROOT, 'node_modules/.bin/node'), ...NODE_FLAGS, join(ROOT, 'build/operator.js')],
      env: {
        SERVICE_ACCOUNT_DIRECTORY: paths.account,
        KUBERNETES_SERVICE_HOST: LOOPBACK,
        KUBERNETES_SERVICE_PORT: String(this.options.apiServer ?? PORTS.apiserver),
        POD_NAMESPACE: this.options.namespace ?? OPERATOR_NAMESPACE,
        POD_NAME: this.name,
        JOB_NAMESPACE,
        PORT: String(this.port),
        NODE_OPTIONS: '',
      },
    });
  }

  /** Waits until it calls itself ready. */
  ready(seconds = 120): Promise<boolean> {
    return processes.serving(this.name, seconds, () => this.ask('/readyz').then(() => true));
  }

  /** SIGKILL, as lack of memory or a dead node would; fulfilled when it is gone. */
  kill = (): Promise<void> => processes.kill(this.name);

  signal(signal: NodeJS.Signals): void {
    const pid = processes.pidOf(this.name);
    if (pid === undefined) throw new Error(`${this.name} does not run: see ${processes.logOf(this.name)}.`);
    process.kill(pid, signal);
  }

  /** Of its process; none when it has ended. */
  get pid(): number | undefined {
    return processes.pidOf(this.name);
  }

  /** Resident memory in MiB. */
  residentMemory = (): number => residentMemory(this.name);
  /** CPU time that it used so far, in seconds. */
  cpuSeconds = (): number => cpuSeconds(this.name);

  /** What it logged, from the beginning. */
  log = (): string => readFileSync(processes.logOf(this.name), 'utf8');

  private ask(path: string): Promise<string> {
    return new Promise((resolve, reject) => {
      const asked = request(
        { host: LOOPBACK, port: this.port, path, agent: false, timeout: 2000 },
        (response) => {
          let text = '';
          response.setEncoding('utf8').on('data', (chunk: string) => {
            text += chunk;
          });
          response.once('end', () =>
            response.statusCode === 200 ? resolve(text) : reject(new Error(text.trim())),
          );
        },
      );
      asked.once('timeout', () => asked.destroy(new Error('no answer within 2 s')));
      asked.once('error', reject);
      asked.end();
    });
  }
}
