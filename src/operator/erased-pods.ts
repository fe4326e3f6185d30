import type { Clock } from './clock';
import { isDead } from './living-pods';
import type { NodeView, PodView } from './views';

/** After so long a lock that nobody renews is dead by itself, whoever held it. Milliseconds. */
const MEMORY = 40 * 60_000;

/**
 * Pods that are gone from the cluster, and whose mover had ended for certain when they were last seen: a node that comes back erases
 * its lost pod within a second, and then nobody would know any more that the lock it left is nobody's. An operator that starts anew
 * has forgotten them: then the lock goes by its age.
 */
export class ErasedPods {
  private readonly clock: Clock;
  private readonly known = new Map<string, { owner: string; at: number }>();

  constructor(clock: Clock) {
    this.clock = clock;
  }

  get size(): number {
    return this.known.size;
  }

  add(pod: PodView, nodes: Readonly<Record<string, NodeView>>): void {
    this.forgetOld();
    // Who ended well has taken its lock away.
    if (isDead(pod, nodes) && pod.terminated?.exitCode !== 0)
      this.known.set(pod.name, { owner: pod.owner, at: this.clock.now() });
  }

  /** Their names, of one ServiceBackup's UID. */
  of(owner: string): string[] {
    this.forgetOld();
    return [...this.known].filter(([, erased]) => erased.owner === owner).map(([name]) => name);
  }

  private forgetOld(): void {
    for (const [name, { at }] of this.known) {
      if (this.clock.now() - at < MEMORY) return;
      this.known.delete(name);
    }
  }
}
