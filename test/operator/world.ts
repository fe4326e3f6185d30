import type { ServiceBackup } from '../../src/api/kinds';
import type { ItemOutcome, Outcome } from '../../src/api/outcome';
import { plan } from '../../src/operator/plan';
import { isGroup, itemsOf, type Step } from '../../src/operator/step';
import { copiesBuckets, type StepJob } from '../../src/operator/step-job';
import type { JobView, PodView } from '../../src/operator/views';
import { config, ended, job, observed, outcome, serviceS3, success } from './fixtures';

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
  /** Every Job that looked after the repository: what it was made for. */
  readonly maintained: object[] = [];
  /** Outcome of items that do not succeed. */
  outcomes: Record<string, ItemOutcome> = {};
  /** Items whose Jobs end without a report. */
  lost: string[] = [];
  /** What a Job that looks after the repository reports, beside the items that it recalls. */
  upkeep: Partial<Outcome> = {};
  writes = 0;
  /** The write after which the operator is killed. */
  killAfter = Number.POSITIVE_INFINITY;
  private readonly jobs = new Map<string, { view: JobView; step: Step; pod?: PodView }>();

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
        config: config({ s3ServiceConfig: serviceS3 }),
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
      const { step } = entry;
      const items = itemsOf(step);
      if (isGroup(step)) this.read.push(...items);
      const told = outcome(
        items.map((item) => this.outcomes[item] ?? success(item)),
        isGroup(step) ? {} : this.upkeep,
      );
      entry.pod =
        isGroup(step) && items.some((item) => this.lost.includes(item))
          ? ended(name, '', 1)
          : ended(name, told);
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

  private create(wanted: StepJob): void {
    const { step } = wanted;
    if (this.jobs.has(step.job)) return;
    this.made.push(step.job);
    if (!isGroup(step)) {
      const { job: _, startedAt: __, ...work } = step;
      this.maintained.push(work);
    }
    const view = job(step.job, isGroup(step) ? step.node : '', {
      ...(copiesBuckets(wanted) && { scratch: wanted.buckets[0]?.claim ?? '' }),
      createdAt: this.now.toISOString(),
      run: wanted.run,
    });
    this.jobs.set(step.job, { view, step });
  }
}
