import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Cluster } from '../../demo/cluster';
import { JOB_NAMESPACE } from '../../demo/deploy';
import { nameOf, type Service } from '../../demo/round';
import { ANNOTATION, LABEL, type ServiceBackup } from '../../src/api';

export interface SeenEvent {
  reason: string;
  message: string;
  involvedObject?: { uid?: string };
}

interface Job {
  metadata: {
    name: string;
    uid: string;
    labels?: Record<string, string>;
    annotations?: Record<string, string>;
  };
}

export interface SeenJob {
  name: string;
  uid: string;
  /** `namespace/name` of its ServiceBackup. */
  service: string;
  run: string;
}

/**
 * Watches every ServiceBackup, Job and event: one look for many tests that wait at once, and nothing that was there for a moment is
 * missed. It outlives the API server.
 */
export class Witness {
  #stopped = false;
  readonly #watches = new Set<ChildProcess>();
  readonly #states = new Map<string, ServiceBackup[]>();
  readonly #events: SeenEvent[] = [];
  readonly #jobs = new Map<string, SeenJob>();
  #look: (() => void)[] = [];

  constructor(cluster: Pick<Cluster, 'kubectlPath' | 'kubeconfig'>) {
    this.#watch<ServiceBackup>(cluster, ['servicebackups', '-A'], (backup) => {
      const known = this.#states.get(nameOf(backup.metadata)) ?? [];
      this.#states.set(nameOf(backup.metadata), [...known, backup]);
    });
    this.#watch<SeenEvent>(cluster, ['events', '-A'], (event) => this.#events.push(event));
    this.#watch<Job>(
      cluster,
      ['jobs', '-n', JOB_NAMESPACE],
      ({ metadata: { name, uid, labels, annotations } }) =>
        this.#jobs.set(uid, {
          name,
          uid,
          service: annotations?.[ANNOTATION.serviceBackup] ?? '',
          run: labels?.[LABEL.run] ?? '',
        }),
    );
  }

  stop(): void {
    this.#stopped = true;
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

  /** Every Job that was ever made for it, in whichever run. */
  jobs(service: Service): SeenJob[] {
    return [...this.#jobs.values()].filter((job) => job.service === nameOf(service));
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
    cluster: Pick<Cluster, 'kubectlPath' | 'kubeconfig'>,
    what: string[],
    see: (object: T) => void,
  ): void {
    const { kubectlPath, kubeconfig } = cluster;
    const child = spawn(kubectlPath, ['get', ...what, '-w', '-o', 'jsonpath={@}{"\\n"}'], {
      env: { ...process.env, ...(kubeconfig && { KUBECONFIG: kubeconfig }) },
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    this.#watches.add(child);
    child.on('close', () => {
      this.#watches.delete(child);
      // The API server is away: kubectl asks for some seconds, and gives up.
      if (!this.#stopped) setTimeout(() => this.#stopped || this.#watch(cluster, what, see), 200).unref();
    });
    createInterface(child.stdout!).on('line', (line) => {
      see(JSON.parse(line) as T);
      const waiting = this.#look;
      this.#look = [];
      for (const look of waiting) look();
    });
  }
}
