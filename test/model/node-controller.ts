import { MINUTE, SECOND } from './agenda';
import type { Cluster } from './cluster';
import type { Kubelets } from './kubelets';

/** Of the controller manager, and of the pods' tolerations. */
const MONITOR_GRACE = 40 * SECOND;
const TOLERATION = 5 * MINUTE;
const COLLECTS = 40 * SECOND;

/** Node lifecycle controller and pod garbage collector, and what befalls the machines. */
export class NodeController {
  private readonly cluster: Cluster;
  private readonly kubelets: Kubelets;
  /** How often each has come and gone: what was planned for an earlier life is void. */
  private readonly lives = new Map<string, number>();

  constructor(cluster: Cluster, kubelets: Kubelets) {
    this.cluster = cluster;
    this.kubelets = kubelets;
  }

  /** Its kubelet, or the whole machine, is lost. */
  lose(name: string, power: boolean): void {
    if (this.kubelets.isCut(name) && power) return;
    this.kubelets.cutOff(name, power);
    const life = this.live(name);
    this.cluster.agenda.after(MONITOR_GRACE, () => {
      if (this.lives.get(name) !== life || !this.cluster.nodes.get(name)) return;
      this.cluster.nodes.patch(name, { ready: false, since: this.instant() });
    });
    this.cluster.agenda.after(MONITOR_GRACE + TOLERATION, () => {
      if (this.lives.get(name) !== life) return;
      // They stay: nobody can say that they have ended.
      for (const pod of this.cluster.pods.list())
        if (pod.node === name) this.cluster.deletePod(pod.name, { disrupted: 'DeletionByTaintManager' });
    });
  }

  comeBack(name: string): void {
    if (!this.kubelets.isCut(name) && this.cluster.nodes.get(name)?.ready) return;
    this.live(name);
    this.kubelets.reconnect(name);
    this.cluster.nodes.set(name, { name, ready: true, since: this.instant(), labels: {} });
  }

  /** `kubectl delete node`, or the cloud's controller: its pods are collected, without asking the kubelet. */
  delete(name: string): void {
    this.live(name);
    this.cluster.nodes.delete(name);
    for (const container of this.kubelets.running()) if (container.node === name) container.disowned = true;
    this.cluster.agenda.after(COLLECTS, () => {
      if (this.cluster.nodes.get(name)) return;
      for (const pod of this.cluster.pods.list().filter(({ node }) => node === name)) {
        if (!['Succeeded', 'Failed'].includes(pod.phase))
          this.cluster.pods.patch(pod.name, { phase: 'Failed', disrupted: 'DeletionByPodGC' });
        this.cluster.pods.patch(pod.name, { deleting: true });
      }
    });
  }

  private live(name: string): number {
    const life = (this.lives.get(name) ?? 0) + 1;
    this.lives.set(name, life);
    return life;
  }

  private instant(): string {
    return new Date(this.cluster.agenda.now).toISOString().replace(/\.\d+Z$/, 'Z');
  }
}
