import type { BackupConfig, ServiceBackup } from '../../src/api/kinds';
import { encodeOutcome } from '../../src/api/outcome';
import { Agenda } from '../../src/operator/agenda';
import { instant } from '../../src/operator/instant';
import type { Observed } from '../../src/operator/observed';
import type { Placement } from '../../src/operator/placement';
import { type Plan, plan } from '../../src/operator/plan';
import { itemsOf } from '../../src/operator/step';
import { type StepJob, takenBy } from '../../src/operator/step-job';
import { Turns } from '../../src/operator/turns';
import type { JobView, NodeView, PodView } from '../../src/operator/views';

/**
 * One round in simulated time: the operator's own plan and turns, on a cluster in which Jobs take what they take and nothing else
 * takes time. Its end is compared with what no order could beat: the longest node, the longest service, and all Jobs divided by those
 * that may run at once.
 */
export interface Round {
  services: number;
  nodes: number;
  maxParallelJobs: number;
  seed: number;
}

export interface Makespan extends Round {
  /** Hours. */
  makespan: number;
  bound: number;
  ratio: number;
  jobs: number;
  failed: number;
  /** Runs that ended, and runs that were doubled. */
  ended: number;
  doubled: number;
  plans: number;
  /** Milliseconds. */
  longestStep: number;
  meanStep: number;
}

export const BARS = { ratio: 1.15, longestStep: 50 };

const TICK = Date.parse('2026-11-21T01:30:00Z');
const CLUSTER = 'cluster-uid';
const FAILURES = 0.05;
const upkeep = { timestamp: '2026-11-22T00:00:00Z', state: 'Success' as const };

/** mulberry32: the same numbers for the same seed. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Milliseconds of work of this thread: others on the machine do not count. Node before 23.9 does not tell. */
const spentHere = (): number => {
  const { user, system } = process.threadCpuUsage?.() ?? {};
  return user === undefined || system === undefined ? performance.now() : (user + system) / 1000;
};

interface Service {
  key: string;
  backup: ServiceBackup;
  places: Record<string, Placement>;
  /** Seconds. */
  durations: Record<string, number>;
  jobs: Map<string, { view: JobView; pod: PodView; items: readonly string[]; fails: boolean }>;
  spent: number;
  ended: number;
}

const config = (maxParallelJobs: number): BackupConfig => ({
  apiVersion: 'servicebackup.io/v1alpha1',
  kind: 'BackupConfig',
  metadata: { name: 'default', namespace: 'service-backup', uid: 'config', resourceVersion: '1' },
  spec: {
    serviceBackup: {
      schedule: '30 1 * * *',
      timeZone: 'Europe/Berlin',
      jitterSeconds: 0,
      maxParallelJobs,
      s3BackupConfig: {
        s3Host: 's3.example.net',
        s3Credentials: { secretName: 's3', accessKeyIDProperty: 'A', secretKeyProperty: 'S' },
      },
      resticPasswordSecret: { secretName: 'restic', secretKey: 'pw' },
    },
  },
});

/** A simulated round. */
class Simulation {
  private readonly round: Round;
  private readonly next: () => number;
  private readonly nodes: Record<string, NodeView>;
  private readonly services = new Map<string, Service>();
  private readonly config: BackupConfig;
  private readonly turns: Turns;
  private readonly due: string[] = [];
  private readonly wakes = new Agenda();
  private readonly ends = new Agenda();
  private readonly owners = new Map<string, Service>();
  private readonly onNode = new Map<string, number>();
  private readonly made = new Set<string>();
  private now = TICK;
  private lastEnd = TICK;
  private doubled = 0;
  private failed = 0;
  private plans = 0;
  private steps = 0;
  private spent = 0;
  private longestStep = 0;

  constructor(round: Round) {
    this.round = round;
    this.next = random(round.seed);
    this.config = config(round.maxParallelJobs);
    this.nodes = Object.fromEntries(
      Array.from({ length: round.nodes }, (_, n) => [
        `node-${n}`,
        { name: `node-${n}`, ready: true, labels: {} },
      ]),
    );
    this.turns = new Turns({
      isReady: (node) => this.nodes[node]?.ready === true,
      wake: (key) => this.due.push(key),
      clock: { now: () => this.now, after: () => () => {} },
    });
    for (let n = 0; n < round.services; n += 1) this.declare(n);
  }

  run(): Makespan {
    this.due.push(...this.services.keys());
    for (;;) {
      for (let key = this.due.shift(); key !== undefined; key = this.due.shift())
        this.step(this.services.get(key)!);
      const [wake, end] = [this.wakes.next, this.ends.next];
      if (end === undefined && (wake === undefined || wake > TICK + 20 * 3600_000)) break;
      this.now = Math.max(
        this.now,
        Math.min(wake ?? Number.POSITIVE_INFINITY, end ?? Number.POSITIVE_INFINITY),
      );
      for (let job = this.ends.take(this.now); job; job = this.ends.take(this.now)) this.end(job);
      for (let key = this.wakes.take(this.now); key; key = this.wakes.take(this.now)) this.due.push(key);
    }
    return this.figures();
  }

  private declare(n: number): void {
    const { next } = this;
    // Some nodes hold far more than others, and some services are far longer: squares and powers of even chances.
    const nodes = new Set<string>();
    const wanted = 1 + Math.floor(next() * 3);
    while (nodes.size < wanted)
      nodes.add(`node-${Math.floor((next() < 0.7 ? next() : next() ** 1.5) * this.round.nodes)}`);
    const items = [...nodes].map((node, index) => {
      const seconds = Math.round(5 + 8 * Math.exp(2.2 * Math.sqrt(-2 * Math.log(1 - next())) - 1.5));
      return { name: `data-${index}`, node, seconds: Math.min(seconds, 3600) };
    });
    const key = `ns-${n}/backup`;
    const noise = () => 0.75 + next() / 2;
    this.services.set(key, {
      key,
      places: Object.fromEntries(
        items.map(({ name, node }) => [
          name,
          { node, path: '/x', because: 'VolumeAttachment', attachment: 'x' },
        ]),
      ),
      durations: Object.fromEntries(items.map(({ name, seconds }) => [name, seconds])),
      jobs: new Map(),
      spent: 0,
      ended: 0,
      backup: {
        apiVersion: 'servicebackup.io/v1alpha1',
        kind: 'ServiceBackup',
        metadata: {
          name: 'backup',
          namespace: `ns-${n}`,
          uid: `uid-${n}`,
          resourceVersion: '1',
          generation: 1,
          creationTimestamp: '2026-01-01T00:00:00Z',
        },
        spec: {
          backupBucketName: `ns-${n}-backup`,
          backups: items.map(({ name }) => ({ type: 'pvc', name })),
        },
        status: {
          scheduledThrough: instant(new Date(TICK - 12 * 3600_000)),
          // Checked and pruned this very day: this round is of backups.
          repository: { id: 'repo', check: { ...upkeep, part: 1, parts: 1 }, prune: upkeep },
          items: items.map(({ name, seconds }) => ({
            type: 'pvc',
            name,
            state: 'Success',
            snapshot: 'a1b2c3',
            bytes: 1000,
            files: 10,
            seconds: Math.round(seconds * noise()),
            lastSuccess: instant(new Date(TICK - 24 * 3600_000)),
          })),
        },
      },
    });
  }

  /** One reconcile, as the operator makes it. */
  private step(service: Service): void {
    const began = spentHere();
    const { key, backup } = service;
    const { uid } = backup.metadata;
    this.turns.begin(key);
    let made = this.plan(service);
    if (made.needsPlaces) made = this.plan(service, service.places);
    const ran = backup.status?.run !== undefined;
    if (made.changed) backup.status = made.status;
    for (const action of made.actions) {
      if (action.type === 'createJob') this.create(service, action.job);
      if (action.type === 'deleteJob') service.jobs.delete(action.name);
    }
    if (made.wakeAt) this.wakes.set(key, Math.max(made.wakeAt.getTime(), this.now));
    this.turns.end(key, made.turn && { owner: uid, turn: made.turn });
    this.account(spentHere() - began);
    if (ran && !backup.status?.run) {
      service.ended += 1;
      this.lastEnd = this.now;
    }
  }

  private plan(service: Service, places?: Observed['places']): Plan {
    this.plans += 1;
    const jobs = [...service.jobs.values()];
    return plan(
      {
        backup: service.backup,
        at: { cluster: CLUSTER, jobNamespace: 'service-backup-jobs', operatorNamespace: 'service-backup' },
        config: this.config,
        jobs: jobs.map(({ view }) => view),
        pods: Object.fromEntries(jobs.map(({ view, pod }) => [view.name, pod])),
        nodes: this.nodes,
        busy: this.turns.busy(service.backup.metadata.uid),
        ...(places && { places }),
      },
      new Date(this.now),
    );
  }

  private create(service: Service, wanted: StepJob): void {
    const { step, run } = wanted;
    const name = step.job;
    const node = takenBy(wanted);
    const owner = service.backup.metadata.uid;
    if ((node && this.turns.busy(owner).includes(node)) || this.made.has(name)) this.doubled += 1;
    this.made.add(name);
    const items = itemsOf(step);
    const fails = this.next() < FAILURES;
    const whole = items.reduce((sum, item) => sum + (service.durations[item] ?? 0), 0) || 20;
    const seconds = fails ? Math.ceil(whole * this.next()) : whole;
    this.turns.claim(name, { node, owner });
    this.turns.take(name, { node, owner });
    service.jobs.set(name, {
      items,
      fails,
      view: {
        name,
        uid: `uid-${name}`,
        createdAt: instant(new Date(this.now)),
        owner,
        ownerKey: service.key,
        run,
        node,
      },
      pod: {
        name: `${name}-abcde`,
        job: name,
        owner,
        ownerKey: service.key,
        node,
        phase: 'Running',
        deleting: false,
        started: true,
      },
    });
    this.owners.set(name, service);
    this.ends.set(name, this.now + seconds * 1000);
    service.spent += seconds;
    this.onNode.set(node, (this.onNode.get(node) ?? 0) + seconds);
    if (fails) this.failed += 1;
  }

  private end(name: string): void {
    const service = this.owners.get(name)!;
    this.owners.delete(name);
    const job = service.jobs.get(name);
    if (job) {
      const { fails, items } = job;
      // One that fails is killed; the others report what they read.
      job.pod.phase = fails ? 'Failed' : 'Succeeded';
      job.pod.terminated = {
        exitCode: fails ? 137 : 0,
        reason: fails ? 'Error' : 'Completed',
        message: fails
          ? ''
          : encodeOutcome({
              version: 1,
              repository: 'repo',
              items: items.map((item) => ({
                state: 'Success',
                snapshot: 'a1b2c3',
                bytes: 1000,
                files: 10,
                seconds: service.durations[item] ?? 0,
              })),
            }),
      };
    }
    const began = spentHere();
    this.turns.free(name);
    this.account(spentHere() - began);
    this.due.push(service.key);
  }

  private account(milliseconds: number): void {
    this.steps += 1;
    this.spent += milliseconds;
    this.longestStep = Math.max(this.longestStep, milliseconds);
  }

  private figures(): Makespan {
    const services = [...this.services.values()];
    const total = services.reduce((sum, { spent }) => sum + spent, 0);
    this.onNode.delete('');
    const longestNode = Math.max(...this.onNode.values());
    const longestService = Math.max(...services.map(({ spent }) => spent));
    const bound = Math.max(longestNode, longestService, total / this.round.maxParallelJobs) / 3600;
    const makespan = (this.lastEnd - TICK) / 3_600_000;
    return {
      ...this.round,
      makespan,
      bound,
      ratio: makespan / bound,
      jobs: this.made.size,
      failed: this.failed,
      ended: services.filter(({ ended }) => ended === 1).length,
      doubled: this.doubled,
      plans: this.plans,
      longestStep: this.longestStep,
      meanStep: this.spent / this.steps,
    };
  }
}

export function makespan(round: Partial<Round> = {}): Makespan {
  // The first plans of a process load time zones and are not compiled yet: they are no steps of a round.
  new Simulation({ services: 300, nodes: 20, maxParallelJobs: 10, seed: 2 }).run();
  return new Simulation({ services: 10_000, nodes: 500, maxParallelJobs: 100, seed: 1, ...round }).run();
}

export const missed = ({ ratio, longestStep, ended, doubled, services }: Makespan): boolean =>
  ratio > BARS.ratio || longestStep > BARS.longestStep || ended !== services || doubled > 0;

function main(): void {
  for (const maxParallelJobs of [100, 500]) {
    const began = performance.now();
    const found = makespan({ maxParallelJobs });
    const { services, nodes, ended, doubled, jobs, failed, ratio, bound, plans, longestStep, meanStep } =
      found;
    if (missed(found)) process.exitCode = 1;
    console.log(
      `${missed(found) ? 'MISSED' : 'ok    '}  ${services} services on ${nodes} nodes, ${maxParallelJobs} Jobs at once: ` +
        `${found.makespan.toFixed(2)} h, at best ${bound.toFixed(2)} h, ratio ${ratio.toFixed(3)} (bar: ${BARS.ratio}); ` +
        `${ended} runs ended once, ${doubled} doubled, ${jobs} Jobs of which ${failed} failed; ` +
        `${plans} plans, longest step ${longestStep.toFixed(1)} ms (bar: ${BARS.longestStep}), mean ${meanStep.toFixed(3)} ms; ` +
        `simulated in ${((performance.now() - began) / 1000).toFixed(1)} s`,
    );
  }
}

if (require.main === module) main();
