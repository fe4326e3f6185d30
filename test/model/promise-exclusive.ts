import { type Cluster, isTerminal, type JobObject } from './cluster';
import type { Container } from './container';
import type { Kubelets } from './kubelets';
import type { Promised } from './promises';
import { must } from './violation';
import { isExclusive } from './work';

/** Forget, check and prune are neither started nor executed while another mover of the repository may live. */
export class ExclusiveMeansAlone implements Promised {
  private readonly cluster: Cluster;
  private readonly kubelets: Kubelets;

  constructor(cluster: Cluster, kubelets: Kubelets) {
    this.cluster = cluster;
    this.kubelets = kubelets;
  }

  onJob(job: JobObject): void {
    if (!isExclusive(job.work)) return;
    const living = this.kubelets.running().find((container) => this.isKnown(container));
    must(
      !living,
      () => `Job ${job.name} was made with exclusive work, while the mover of ${living!.pod} lives`,
    );
  }

  onExclusive(container: Container): void {
    const other = this.kubelets
      .running()
      .find((living) => living !== container && living.atWork && !living.disowned);
    must(
      !other,
      () => `${container.pod} had the repository for itself, while ${other!.pod} was at work in it`,
    );
  }

  /** The cluster's objects tell that it may live. */
  private isKnown({ pod: name, node, disowned }: Container): boolean {
    if (disowned) return false;
    const pod = this.cluster.pods.get(name);
    return pod !== undefined && !isTerminal(pod) && this.cluster.nodes.get(node) !== undefined;
  }
}
