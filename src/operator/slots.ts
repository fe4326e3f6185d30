import type { Clock } from './clock';
import type { Mirrors } from './mirrors';
import { isScratchPlace, scratchPlace } from './scratch';
import { isOver } from './sweep';
import { type Place, Turns } from './turns';

type Seen = Pick<Mirrors, 'backups' | 'jobs' | 'pods' | 'nodes' | 'jobNamed' | 'scratchClaim'>;

/** Tells Turns what the mirrors see of Jobs and open steps. Of each Job all is looked at anew: in which order things are seen does not matter. */
export class Slots {
  readonly turns: Turns;
  private readonly mirrors: Seen;

  constructor(mirrors: Seen, { wake, clock }: { wake?(key: string): void; clock?: Clock } = {}) {
    this.mirrors = mirrors;
    this.turns = new Turns({
      isReady: (place) => isScratchPlace(place) || mirrors.nodes.get(place)?.ready === true,
      wake: wake ?? (() => {}),
      clock,
    });
    for (const { name } of mirrors.jobs.values()) this.see(name);
    for (const { open } of mirrors.backups.values()) this.see(open?.job);
  }

  /** Something has happened to a Job, its pod, or the step that it is made for. */
  see(job: string | undefined): void {
    if (!job) return;
    const found = this.mirrors.jobNamed(job);
    if (found && isOver(found, this.mirrors.pods.by('job', job)[0])) {
      this.turns.free(job);
      return;
    }
    const place = found
      ? { node: scratchPlace(found.scratch) || found.node, owner: found.owner }
      : this.decided(job);
    if (place) this.turns.take(job, place);
    else this.turns.unseen(job);
  }

  /** After a restart nothing else tells of what was decided and has no Job yet. */
  private decided(job: string): Place | undefined {
    const [backup] = this.mirrors.backups.by('job', job);
    if (!backup) return undefined;
    const { config, open, uid: owner } = backup;
    const node = open!.buckets ? scratchPlace(this.mirrors.scratchClaim(config)) : open!.node;
    return { node, owner };
  }
}
