import type { Displaced } from '../../src/operator/observed';
import { MINUTE, SECOND } from './agenda';
import type { Cluster } from './cluster';
import type { Kubelets } from './kubelets';

const DETACHES = 3 * SECOND;
/** maxWaitForUnmountDuration of the attach/detach controller: then a volume is taken from a node that is not healthy. */
const FORCES = 6 * MINUTE;

/** Pods of the service that must start on another node, and wait for their volume: the kubelet cannot unmount what a mover reads. */
export class Displacement {
  private readonly wishes = new Map<string, Displaced & { since: number }>();
  private readonly cluster: Cluster;
  private readonly kubelets: Kubelets;

  constructor(cluster: Cluster, kubelets: Kubelets) {
    this.cluster = cluster;
    this.kubelets = kubelets;
  }

  wish(item: string, node: string): void {
    if (this.cluster.volumes.get(item)?.node === node) return;
    const since = this.cluster.agenda.now;
    this.wishes.set(item, { item, pod: this.cluster.unique('service'), node, since });
    this.look(item, since);
  }

  list(): readonly Displaced[] {
    return [...this.wishes.values()].map(({ item, pod, node }) => ({ item, pod, node }));
  }

  private look(item: string, since: number): void {
    const { agenda, volumes } = this.cluster;
    agenda.after(DETACHES, () => {
      const wish = this.wishes.get(item);
      if (wish?.since !== since) return;
      const from = volumes.get(item)?.node ?? '';
      const held = this.kubelets.isCut(from)
        ? agenda.now - since < FORCES
        : this.kubelets.running().some(({ node, work }) => node === from && work.items.includes(item));
      if (held) {
        agenda.after(MINUTE / 2, () => this.look(item, since));
        return;
      }
      this.wishes.delete(item);
      move(this.cluster, item, wish.node);
    });
  }
}

/** Another node, another VolumeAttachment; '' detaches it. */
export function move(cluster: Cluster, item: string, node: string): void {
  if (cluster.volumes.get(item)?.node !== node)
    cluster.volumes.set(item, { item, node, attachment: cluster.unique(`csi-${item}`) });
}
