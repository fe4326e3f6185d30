import { SECOND } from './agenda';
import { type Cluster, isTerminal, type PodObject } from './cluster';
import type { Container } from './container';
import { finish, Mover, type Surroundings } from './mover';

const STARTS = 2 * SECOND;
const STOPS = 2 * SECOND;
const REPORTS = SECOND / 2;
/** terminationGracePeriodSeconds of the template. */
const GRACE = 90 * SECOND;

/** The machines, with what runs on them. A kubelet that is cut off neither hears nor is heard; its containers go on. */
export class Kubelets {
  readonly containers: Container[] = [];
  private readonly cluster: Cluster;
  private readonly movers = new Map<Container, Mover>();
  private readonly around: Omit<Surroundings, 'agenda' | 'onEnd'>;
  private readonly cut = new Set<string>();

  constructor(cluster: Cluster, around: Omit<Surroundings, 'agenda' | 'onEnd'>) {
    this.cluster = cluster;
    this.around = around;
    cluster.pods.onChange((name) => this.soon(name));
    cluster.volumes.onChange(() => {
      for (const { name, started, node } of cluster.pods.list()) if (node && !started) this.soon(name);
    });
  }

  isCut(node: string): boolean {
    return this.cut.has(node);
  }

  running(): Container[] {
    return this.containers.filter((container) => container.running);
  }

  of(pod: string): Container | undefined {
    return this.containers.find((container) => container.pod === pod);
  }

  cutOff(node: string, power: boolean): void {
    this.cut.add(node);
    if (power) return;
    for (const container of this.running()) if (container.node === node) finish(container, this.surroundings);
  }

  reconnect(node: string): void {
    this.cut.delete(node);
    for (const container of this.containers) if (container.node === node) this.soon(container.pod);
    for (const pod of this.cluster.pods.list()) if (pod.node === node) this.soon(pod.name);
  }

  /** SIGKILL: the lock stays, the report is what was written so far. */
  kill(container: Container): void {
    finish(container, this.surroundings, { exitCode: 137, reason: 'Error', message: container.report });
  }

  private get surroundings(): Surroundings {
    return { ...this.around, agenda: this.cluster.agenda, onEnd: ({ pod }) => this.soon(pod) };
  }

  private soon(pod: string): void {
    this.cluster.agenda.after(REPORTS, () => this.sync(pod));
  }

  /** Brings one pod, and what runs of it, to what the API server wants; and tells how it is. */
  private sync(name: string): void {
    const pod = this.cluster.pods.get(name);
    const container = this.of(name);
    const node = container?.node ?? pod?.node;
    if (!node || this.cut.has(node)) return;
    if (!pod) {
      // Force-deleted, or collected: what still runs of it is ended without grace.
      if (container?.running) this.kill(container);
      return;
    }
    if (isTerminal(pod)) {
      if (container?.running) this.kill(container);
      return;
    }
    if (!container) {
      if (pod.deleting) this.cluster.pods.patch(name, { phase: 'Failed' });
      else this.start(pod);
      return;
    }
    if (!container.running) this.report(pod, container);
    else if (pod.deleting) this.stop(container);
    else if (!pod.started) this.cluster.pods.patch(name, { started: true, phase: 'Running', sandbox: true });
  }

  private start({ name, job, node, sandbox }: PodObject): void {
    const { work, version = 0 } = this.cluster.jobs.get(job) ?? {};
    if (!work) return;
    const isUnstaged =
      work.node !== undefined && work.items.some((item) => this.cluster.volumes.get(item)?.node !== node);
    if (isUnstaged || this.cluster.withoutProgram.has(version)) {
      if (sandbox !== false) this.cluster.pods.patch(name, { sandbox: false });
      return;
    }
    this.cluster.agenda.after(STARTS, () => {
      const pod = this.cluster.pods.get(name);
      if (!pod || pod.deleting || this.cut.has(node) || this.of(name)) return;
      const deaf = !this.around.repository.reachable;
      const container: Container = {
        ...{ pod: name, job, node, work, running: true, atWork: false, deaf, report: '', disowned: false },
      };
      this.containers.push(container);
      this.movers.set(container, new Mover(container, this.surroundings));
      this.cluster.pods.patch(name, { started: true, phase: 'Running', sandbox: true });
    });
  }

  private stop(container: Container): void {
    const { agenda } = this.cluster;
    if (container.deaf)
      agenda.after(GRACE, () => !this.cut.has(container.node) && container.running && this.kill(container));
    else agenda.after(STOPS, () => !this.cut.has(container.node) && this.movers.get(container)?.cancel());
  }

  private report({ name }: PodObject, { exit }: Container): void {
    // After a loss of power the kubelet finds a container of which it does not know how it ended.
    const terminated = exit ?? { exitCode: 137, reason: 'ContainerStatusUnknown', message: '' };
    this.cluster.pods.patch(name, {
      phase: terminated.exitCode === 0 ? 'Succeeded' : 'Failed',
      started: true,
      terminated,
    });
  }
}
