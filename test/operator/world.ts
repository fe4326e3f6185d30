import type { ServiceBackup } from '../../src/api/kinds';
import type { ItemOutcome } from '../../src/api/outcome';
import type { BackupJob } from '../../src/operator/backup-job';
import { plan } from '../../src/operator/plan';
import type { JobView, PodView } from '../../src/operator/views';
import { ended, job, observed, outcome, success } from './fixtures';

/** Thrown where the operator is killed. */
export class Killed extends Error {}

/** A cluster in memory, whose every write can be the operator's last. */
export class World {
  backup: ServiceBackup;
  places: Record<string, string>;
  now: Date;
  /** Every Job that was made, by name: more than once would be a doubled backup. */
  readonly made: string[] = [];
  /** Every item that was read, in order. */
  readonly read: string[] = [];
  /** Outcome of items that do not succeed. */
  outcomes: Record<string, ItemOutcome> = {};
  writes = 0;
  /** The write after which the operator is killed. */
  killAfter = Number.POSITIVE_INFINITY;
  private readonly jobs = new Map<string, { view: JobView; items: string[]; pod?: PodView }>();

  constructor(backup: ServiceBackup, places: Record<string, string>, now: Date) {
    this.backup = backup;
    this.places = places;
    this.now = now;
  }

  get jobsLeft(): string[] {
    return [...this.jobs.keys()];
  }

  /** One reconcile: observe, plan, write status, then act. Throws `Killed` in its middle if that is its fate. */
  reconcile(): void {
    const seen = (withPlaces: boolean) =>
      observed(structuredClone(this.backup), {
        jobs: [...this.jobs.values()].map(({ view }) => view),
        pods: Object.fromEntries([...this.jobs].flatMap(([name, { pod }]) => (pod ? [[name, pod]] : []))),
        ...(withPlaces && { places: this.places }),
      });
    let made = plan(seen(false), this.now);
    if (made.needsPlaces) made = plan(seen(true), this.now);
    if (made.changed) this.write(() => Object.assign(this.backup, { status: structuredClone(made.status) }));
    for (const action of made.actions) {
      if (action.type === 'createJob') this.write(() => this.create(action.job));
      if (action.type === 'deleteJob') this.write(() => this.jobs.delete(action.name));
    }
  }

  /** What goes on without the operator: pods run and end. */
  progress(): void {
    this.now = new Date(this.now.getTime() + 1000);
    for (const [name, entry] of this.jobs) {
      if (entry.pod) continue;
      this.read.push(...entry.items);
      entry.pod = ended(name, outcome(entry.items.map((item) => this.outcomes[item] ?? success(item))));
    }
  }

  /** Until the run is over. A killed operator starts again, knowing nothing. */
  runToEnd(): void {
    for (let step = 0; step < 50; step += 1) {
      try {
        this.reconcile();
      } catch (error) {
        if (!(error instanceof Killed)) throw error;
      }
      this.progress();
      if (step > 3 && !this.backup.status?.run && this.killAfter < this.writes - 3) return;
    }
  }

  private write(change: () => void): void {
    change();
    this.writes += 1;
    if (this.writes === this.killAfter) throw new Killed();
  }

  private create({ group }: BackupJob): void {
    if (this.jobs.has(group.job)) return;
    this.made.push(group.job);
    const view = job(group.job, group.node, { createdAt: this.now.toISOString() });
    this.jobs.set(group.job, { view, items: group.items });
  }
}
