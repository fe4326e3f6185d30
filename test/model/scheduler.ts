import { SECOND } from './agenda';
import { type Cluster, isTerminal, type PodObject } from './cluster';

const DECIDES = SECOND / 5;

/** Binds pods to nodes: to the one that a Job names, if it is ready and no other reader of volumes is there; else to any. */
export class Scheduler {
  private readonly cluster: Cluster;

  constructor(cluster: Cluster) {
    this.cluster = cluster;
    const soon = () => {
      if (cluster.pods.list().some(isWaiting)) cluster.agenda.after(DECIDES, () => this.bind());
    };
    cluster.pods.onChange(soon);
    cluster.nodes.onChange(soon);
  }

  private bind(): void {
    const { pods, jobs } = this.cluster;
    for (const pod of pods.list().filter(isWaiting)) {
      const job = jobs.get(pod.job);
      if (!job) continue;
      const node = this.nodeFor(job.work.node, pod);
      const why = `0/${this.cluster.nodes.list().length} nodes are available`;
      if (node) pods.patch(pod.name, { node, unscheduled: undefined });
      else if (!pod.unscheduled) pods.patch(pod.name, { unscheduled: why });
    }
  }

  private nodeFor(wanted: string | undefined, pod: PodObject): string | undefined {
    const { nodes, pods, jobs } = this.cluster;
    const reader = (name: string) =>
      pods
        .list()
        .some(
          (other) =>
            other !== pod &&
            other.node === name &&
            !isTerminal(other) &&
            jobs.get(other.job)?.work.node !== undefined,
        );
    return nodes
      .list()
      .filter(({ name, ready }) => ready && (wanted === undefined || wanted === name))
      .find(({ name }) => wanted === undefined || !reader(name))?.name;
  }
}

const isWaiting = ({ node, deleting, phase }: PodObject): boolean =>
  node === '' && !deleting && phase === 'Pending';
