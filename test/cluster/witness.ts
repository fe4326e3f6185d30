import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Cluster } from '../../demo/cluster';
import { nameOf, type Service } from '../../demo/round';
import type { ServiceBackup } from '../../src/api';

export interface SeenEvent {
  reason: string;
  message: string;
  involvedObject?: { uid?: string };
}

/** Watches every ServiceBackup and event: one look for many tests that wait at once, and nothing that was there for a moment is missed. */
export class Witness {
  readonly #watches: ChildProcess[];
  readonly #states = new Map<string, ServiceBackup[]>();
  readonly #events: SeenEvent[] = [];
  #look: (() => void)[] = [];

  constructor(cluster: Pick<Cluster, 'kubectlPath' | 'kubeconfig'>) {
    this.#watches = [
      this.#watch<ServiceBackup>(cluster, 'servicebackups', (backup) => {
        const known = this.#states.get(nameOf(backup.metadata)) ?? [];
        this.#states.set(nameOf(backup.metadata), [...known, backup]);
      }),
      this.#watch<SeenEvent>(cluster, 'events', (event) => this.#events.push(event)),
    ];
  }

  stop(): void {
    for (const watch of this.#watches) watch.kill('SIGKILL');
  }

  /** As it is now. */
  backup(service: Service): ServiceBackup | undefined {
    return this.history(service).at(-1);
  }

  /** As it was, and is. */
  history(service: Service): readonly ServiceBackup[] {
    return this.#states.get(nameOf(service)) ?? [];
  }

  /** Of this very object: those of an earlier one of the same name are kept for an hour. */
  events(service: Service): SeenEvent[] {
    const uid = this.backup(service)?.metadata.uid;
    return this.#events.filter(({ involvedObject }) => uid !== undefined && involvedObject?.uid === uid);
  }

  /** Looks again at everything that is seen until there is an answer. */
  async until<T>(
    what: string,
    seconds: number,
    probe: () => T | undefined,
    lastSeen: () => string = () => '',
  ): Promise<T> {
    const deadline = Date.now() + seconds * 1000;
    for (;;) {
      const answer = probe();
      if (answer !== undefined) return answer;
      const left = deadline - Date.now();
      if (left <= 0)
        throw new Error(`${what} did not come about within ${seconds} s; last seen: ${lastSeen()}`);
      let timer: NodeJS.Timeout | undefined;
      await new Promise<void>((resolve) => {
        this.#look.push(resolve);
        timer = setTimeout(resolve, left);
      });
      clearTimeout(timer);
    }
  }

  #watch<T>(
    { kubectlPath, kubeconfig }: Pick<Cluster, 'kubectlPath' | 'kubeconfig'>,
    resource: string,
    see: (object: T) => void,
  ): ChildProcess {
    const child = spawn(kubectlPath, ['get', resource, '-A', '-w', '-o', 'jsonpath={@}{"\\n"}'], {
      env: { ...process.env, ...(kubeconfig && { KUBECONFIG: kubeconfig }) },
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    createInterface(child.stdout!).on('line', (line) => {
      see(JSON.parse(line) as T);
      const waiting = this.#look;
      this.#look = [];
      for (const look of waiting) look();
    });
    return child;
  }
}
