import type { Cluster, JobObject } from './cluster';
import { LATEST, openOf } from './operator';
import type { Promised, Write } from './promises';
import { must } from './violation';

/** A Job is made for the step under way, once; it goes when its end is in status; and only a last failed one stays. */
export class JobsAreMadeOnceAndKept implements Promised {
  private readonly cluster: Cluster;
  /** Steps that are over, and since when. */
  private readonly closed = new Map<string, number>();

  constructor(cluster: Cluster) {
    this.cluster = cluster;
  }

  onWrite({ before, after }: Write): void {
    const [was, is] = [openOf(before), openOf(after)];
    if (was && was.job !== is?.job) this.closed.set(was.job, this.cluster.agenda.now);
    if (is && is.job !== was?.job) must(!this.closed.has(is.job), () => `the name ${is.job} is used again`);
  }

  onJob({ name, owner }: JobObject): void {
    must(owner === this.cluster.backup.metadata.uid, () => `Job ${name} was made for nobody`);
    const { agenda, backup } = this.cluster;
    const closedAt = this.closed.get(name);
    // Of two operators at once the one whose clock is wrong may give a Job up that the other is just about to make: it is swept.
    const since = agenda.now - (closedAt ?? agenda.now);
    must(since <= LATEST, () => `Job ${name} was made for a step that is over since ${since / 1000} s`);
    if (closedAt === undefined)
      must(openOf(backup.status)?.job === name, () => `Job ${name} was made for no step`);
  }

  onJobDeleted({ name, owner }: JobObject): void {
    must(owner === this.cluster.backup.metadata.uid, () => `Job ${name} of somebody else was deleted`);
    const open = openOf(this.cluster.backup.status);
    const yields = open?.job === name && 'yieldsTo' in open && open.yieldsTo;
    must(
      this.closed.has(name) || Boolean(yields),
      () => `Job ${name} was deleted before its end was in status`,
    );
  }

  atRest(): void {
    const left = this.cluster.jobs.list();
    must(left.length <= 1, () => `Jobs ${left.map(({ name }) => name).join(', ')} were left behind`);
    for (const { name, end } of left)
      must(end !== undefined, () => `Job ${name} was given up, and left to run`);
  }
}
