import type { Mirrors } from './mirrors';
import { isOver } from './sweep';

/** A decision is in the mirror after milliseconds; a claim that is older is of a decision that never became one. */
const CLAIM_AGE = 60_000;

/**
 * Which nodes are taken by Jobs. Jobs and open steps come from the mirrors; what was decided a moment ago, and is in no
 * mirror yet, is claimed here, so that two ServiceBackups at work at once never take the same node.
 */
export class Slots {
  private readonly mirrors: Pick<Mirrors, 'backups' | 'jobs' | 'pods' | 'nodes'>;
  private readonly claims = new Map<string, { node: string; owner: string; at: number }>();

  constructor(mirrors: Pick<Mirrors, 'backups' | 'jobs' | 'pods' | 'nodes'>) {
    this.mirrors = mirrors;
  }

  claim(job: string, node: string, owner: string): void {
    this.claims.set(job, { node, owner, at: Date.now() });
  }

  release(job: string): void {
    this.claims.delete(job);
  }

  /**
   * The nodes of other ServiceBackups' Jobs, one entry a Job, '' for one that reads no volume. A node that is not ready takes no
   * Job, and none away.
   */
  busy(uid: string): string[] {
    const taken = new Map<string, string>();
    const over = new Set<string>();
    const pods = new Map([...this.mirrors.pods.values()].map((pod) => [pod.job, pod]));
    for (const job of this.mirrors.jobs.values()) {
      if (isOver(job, pods.get(job.name))) over.add(job.name);
      else if (job.owner !== uid) taken.set(job.name, job.node);
    }
    for (const { uid: owner, open } of this.mirrors.backups.values())
      if (open && owner !== uid && !over.has(open.job)) taken.set(open.job, open.node);
    for (const [job, { node, owner, at }] of this.claims)
      if (Date.now() - at > CLAIM_AGE) this.claims.delete(job);
      else if (owner !== uid && !over.has(job)) taken.set(job, node);
    return [...taken.values()].filter((node) => node === '' || this.mirrors.nodes.get(node)?.ready);
  }
}
