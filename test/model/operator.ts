import type { ServiceBackup } from '../../src/api/kinds';
import type { RunGroup, ServiceBackupStatus } from '../../src/api/service-backup';
import type { PodTemplate } from '../../src/kube/objects';
import { ErasedPods } from '../../src/operator/erased-pods';
import { goneProgram } from '../../src/operator/former-version';
import type { deadPods as DeadPods, mayLive as MayLive } from '../../src/operator/living-pods';
import type { Observed, Refusal } from '../../src/operator/observed';
import type { Place } from '../../src/operator/placement';
import type { plan as Plan } from '../../src/operator/plan';
import type { StepJob } from '../../src/operator/step-job';
import type { ClaimView, PodView } from '../../src/operator/views';
import { SECOND } from './agenda';
import type { Answer, Api } from './api';
import type { Cluster, JobObject, PodObject } from './cluster';
import type { Displacement } from './displacement';
import { LABELS } from './start';

/** The code under test. */
export interface Deciding {
  plan: typeof Plan;
  deadPods: typeof DeadPods;
  mayLive: typeof MayLive;
}

/** How many changes each watch is behind, and how many versions the ServiceBackup itself. */
export interface Lag {
  jobs: number;
  pods: number;
  nodes: number;
  volumes: number;
  backup: number;
}
export const FRESH: Lag = { jobs: 0, pods: 0, nodes: 0, volumes: 0, backup: 0 };

/** The first write that fails: without effect, or done although the answer is an error. */
export interface Fault {
  write: number;
  answer: 'Refused' | 'Lost';
}

type Write = (fault: Fault['answer'] | undefined) => Answer;
type Watched = 'jobs' | 'pods' | 'nodes' | 'volumes';

/**
 * So long after what it rests on was seen a Job is still made. Nothing but time keeps an operator that was frozen from making a Job again
 * whose end another one has taken into status: no Job lives for so short a time.
 */
export const LATEST = 5 * SECOND;
/** So long after it an operator relies on the pods that it saw then: no mover comes to work, and is left without its Job by somebody, in so short a time. */
const AT_ONCE = SECOND;
/** Changes that come together are looked at together; now and then what is between them is seen, too. */
const SETTLES = [SECOND / 10, 2 * SECOND, 2 * SECOND];

/** One operator: what src/operator/{observe,reconcile,act,queue}.ts do around `plan`, every write a step of its own. */
export class Operator {
  /** Its clock is so much ahead. */
  skew = 0;
  reconciled = 0;
  private readonly cluster: Cluster;
  private readonly api: Api;
  private readonly displacement: Displacement;
  private readonly deciding: Deciding;
  private erased = this.withoutMemory();
  private pending: Write[] = [];
  private refusals = new Map<string, Refusal>();
  private seen: Record<Watched, number> = { jobs: 0, pods: 0, nodes: 0, volumes: 0 };
  /** True time. */
  private dirtyAt: number;
  private wake: { due: number; at: number } | undefined;
  private failures = 0;
  private waiting = false;
  private waitsFor: readonly string[] = [];
  private lagged = false;
  private seenAt = 0;

  constructor(cluster: Cluster, api: Api, displacement: Displacement, deciding: Deciding) {
    this.cluster = cluster;
    this.api = api;
    this.displacement = displacement;
    this.deciding = deciding;
    this.dirtyAt = cluster.agenda.now;
    this.listen();
  }

  /** When it looks next, by true time. */
  get due(): number {
    return Math.min(this.dirtyAt, this.wake?.due ?? Number.POSITIVE_INFINITY);
  }

  get now(): Date {
    return new Date(this.cluster.agenda.now + this.skew);
  }

  /** Killed, and started again: it knows nothing any more. */
  kill(): void {
    this.pending = [];
    this.refusals = new Map();
    this.erased = this.withoutMemory();
    this.wake = undefined;
    this.failures = 0;
    this.waiting = false;
    this.waitsFor = [];
    this.dirtyAt = this.cluster.agenda.now;
    for (const kind of ['jobs', 'pods', 'nodes', 'volumes'] as const)
      this.seen[kind] = this.cluster[kind].version;
  }

  /** Observes and decides; carries out as many writes as given. What is left waits for `goOn`. */
  reconcile(lag: Lag = FRESH, writes = Number.POSITIVE_INFINITY, fault?: Fault): void {
    if (this.pending.length > 0) this.goOn();
    this.reconciled += 1;
    this.dirtyAt = Number.POSITIVE_INFINITY;
    if (this.wake && this.wake.due <= this.cluster.agenda.now) this.wake = undefined;
    this.decide(lag);
    // What a watch still owes it will come.
    if (Object.values(lag).some((changes) => changes > 0)) this.look();
    this.goOn(writes, fault);
  }

  /** Looks as one that is awake does: a watch that lagged has caught up the next time, and the ServiceBackup is read anew. */
  lookAgain(lag: Lag = FRESH): void {
    this.lagged = !this.lagged && lag !== FRESH;
    this.reconcile(this.lagged ? { ...lag, backup: 0 } : FRESH);
  }

  /** Carries out what it decided a while ago. */
  goOn(writes = Number.POSITIVE_INFINITY, fault?: Fault): void {
    for (let n = 1; n <= writes; n += 1) {
      const write = this.pending.shift();
      if (!write) {
        this.failures = 0;
        return;
      }
      const answer = write(fault?.write === n ? fault.answer : undefined);
      if (answer === 'Done') continue;
      this.pending = [];
      const { now } = this.cluster.agenda;
      if (answer === 'Conflict') this.dirtyAt = now;
      else {
        this.wakeAt(now + Math.min(SECOND * 2 ** this.failures, 60 * SECOND) + this.skew);
        this.failures += 1;
      }
      return;
    }
  }

  /** Something that it follows has changed. */
  look(): void {
    const settles = SETTLES[this.reconciled % SETTLES.length]!;
    this.dirtyAt = Math.min(this.dirtyAt, this.cluster.agenda.now + settles);
  }

  private decide(lag: Lag): void {
    const { plan } = this.deciding;
    const backup = this.api.read(lag.backup);
    this.seenAt = this.cluster.agenda.now;
    const observed = this.observe(backup, lag);
    const { now } = this;
    let made = plan(observed, now);
    if (made.needsPlaces) {
      observed.places = this.places(lag.volumes);
      observed.claims = this.claims();
      made = plan(observed, now);
    }
    this.waiting = made.turn !== undefined;
    this.waitsFor = made.waiting ? nodesAway(observed) : [];
    if (made.wakeAt) this.wakeAt(Math.max(made.wakeAt.getTime(), made.changed ? 0 : now.getTime() + 250));
    // Also what changes nothing: Jobs are made and deleted only while the status is the one that was observed.
    if (made.changed || made.actions.some(({ type }) => type === 'createJob' || type === 'deleteJob'))
      this.pending.push((fault) => this.api.write({ observed, status: made.status, now }, fault));
    for (const action of made.actions)
      if (action.type === 'createJob') this.pending.push((fault) => this.create(observed, action.job, fault));
    for (const action of made.actions)
      if (action.type === 'deleteJob')
        this.pending.push((fault) => this.api.deleteJob(action.name, action.uid, fault));
  }

  private observe(backup: ServiceBackup, lag: Lag): Observed {
    const { cluster } = this;
    const open = openOf(backup.status);
    const jobs = [...this.watched('jobs', lag)];
    const { pods, formerPods } = byJob(this.watched('pods', lag));
    if (open && !jobs.some(({ name }) => name === open.job)) {
      const job = cluster.jobs.get(open.job);
      if (job) jobs.push(job);
    }
    if (open && !pods[open.job]?.terminated && jobs.some(({ name, end }) => name === open.job && end)) {
      const pod = cluster.pods.list().findLast(({ job }) => job === open.job);
      if (pod) pods[open.job] = pod;
    }
    const refusal = open && this.refusals.get(open.job);
    const displaced = this.displacement.list().filter(({ item, node }) => {
      return open && 'node' in open && open.items.includes(item) && node !== open.node;
    });
    const job = jobs.find(({ name }) => name === open?.job);
    const words = open && job && pods[open.job]?.sandbox === false ? this.unmounted(open, job) : [];
    const gone = goneProgram(words, templateOf(cluster.version));
    return {
      backup,
      at: { cluster: 'cluster-uid', jobNamespace: 'jobs', operatorNamespace: 'operator' },
      config: cluster.configs.get('default'),
      jobs,
      pods,
      formerPods,
      erasedPods: this.erased.of(backup.metadata.uid),
      nodes: Object.fromEntries(this.watched('nodes', lag).map((node) => [node.name, node])),
      busy: cluster.busy,
      ...(refusal && { refusal }),
      ...(words.length > 0 && { failedMounts: words }),
      ...(gone && { goneProgram: gone }),
      ...(displaced.length > 0 && { displaced }),
    };
  }

  /** A watch never goes back. */
  private watched<K extends Watched>(kind: K, lag: Lag): ReturnType<Cluster[K]['list']> {
    const collection = this.cluster[kind];
    this.seen[kind] = Math.max(this.seen[kind], collection.version - lag[kind]);
    return collection.asOf(this.seen[kind]) as ReturnType<Cluster[K]['list']>;
  }

  /** The kubelet's events on volumes that it cannot mount. */
  private unmounted(step: Step, { version }: JobObject): string[] {
    const { volumes, withoutProgram } = this.cluster;
    const [items, on] = 'node' in step && step.node !== '' ? [step.items, step.node] : [[], ''];
    const words = items.flatMap((item, index) =>
      volumes.get(item)?.node === on
        ? []
        : [`MountVolume.SetUp failed for volume "volume-${index}" : hostPath type check failed`],
    );
    if (withoutProgram.has(version))
      words.push(
        `MountVolume.SetUp failed for volume "bundle" : configmap "${programOf(version)}" not found`,
      );
    return words;
  }

  private places(lag: number): Record<string, Place> {
    const volumes = this.watched('volumes', { ...FRESH, volumes: lag });
    return Object.fromEntries(
      volumes.map(({ item, node, attachment }): [string, Place] => [
        item,
        node === ''
          ? { reason: 'VolumeNotAttached', message: `The volume of ${item} is attached nowhere.` }
          : { node, attachment, path: `/staged/${item}`, because: `VolumeAttachment ${attachment}` },
      ]),
    );
  }

  private claims(): ClaimView[] {
    const { labelled, volumes } = this.cluster;
    return volumes.list().map(({ item }) => ({
      name: item,
      labels: labelled.includes(item) ? LABELS : {},
      deleting: false,
      excluded: false,
      covered: false,
    }));
  }

  private create(observed: Observed, wanted: StepJob, fault: Fault['answer'] | undefined): Answer {
    const { job: name } = wanted.step;
    if (this.cluster.agenda.now - this.seenAt > LATEST) return 'Error';
    if ('placements' in wanted) {
      const { items } = wanted.step;
      // What decided the placement is read anew just before.
      const moved = items.some(
        (item, index) => this.cluster.volumes.get(item)?.attachment !== wanted.placements[index]?.attachment,
      );
      if (moved) return 'Error';
    }
    if (this.isBesideAnother(wanted, observed)) return 'Error';
    const answer = this.api.createJob(wanted, observed, this.deciding.deadPods(observed), fault);
    if (answer === 'Forbidden' || answer === 'Invalid') {
      const reason = answer === 'Forbidden' ? 'NotPermitted' : 'PodNotStarted';
      this.refusals.set(name, { job: name, reason, message: 'Refused.', final: answer === 'Invalid' });
      return 'Error';
    }
    if (answer === 'Done') this.refusals.delete(name);
    return answer;
  }

  /** Where something has failed in this run, or the Job may have been there before, pods are read anew before what must be alone. */
  private isBesideAnother(wanted: StepJob, observed: Observed): boolean {
    const isExclusive =
      'placements' in wanted || 'buckets' in wanted
        ? wanted.retentionOf !== undefined
        : Boolean(wanted.step.retention || wanted.step.check || wanted.step.prune);
    const { retries = [], done = [] } = this.cluster.backup.status?.run ?? {};
    const late = this.cluster.agenda.now - this.seenAt > AT_ONCE;
    const before = late || openOf(observed.backup.status)?.job === wanted.step.job;
    if (!isExclusive || (!before && retries.length === 0 && done.every(({ state }) => state === 'Success')))
      return false;
    const fresh = { pods: {}, formerPods: this.cluster.pods.list(), nodes: observed.nodes };
    return this.deciding.mayLive(fresh) !== undefined;
  }

  /** A timer runs by true time, and looks at the clock when it fires. */
  private wakeAt(at: number): void {
    const due = this.cluster.agenda.now + Math.max(0, at - this.now.getTime());
    if (!this.wake || due < this.wake.due) this.wake = { due, at };
  }

  private withoutMemory(): ErasedPods {
    return new ErasedPods({ now: () => this.now.getTime(), after: () => () => {} });
  }

  private listen(): void {
    const { cluster } = this;
    cluster.wrote.push(() => this.look());
    cluster.configs.onChange(() => this.look());
    cluster.jobs.onChange(() => this.look());
    const seen = new Map<string, PodView>();
    cluster.pods.onChange((name, pod) => {
      const nodes = Object.fromEntries(cluster.nodes.list().map((node) => [node.name, node]));
      if (pod) seen.set(name, pod);
      else if (seen.has(name)) this.erased.add(seen.get(name)!, nodes);
      this.look();
    });
    const ready = new Map<string, boolean | undefined>();
    cluster.nodes.onChange((name, node) => {
      if (ready.get(name) === node?.ready) return;
      ready.set(name, node?.ready);
      const open = openOf(cluster.backup.status);
      const concerns =
        (open && 'node' in open && open.node === name) ||
        cluster.pods.list().some((pod) => pod.node === name);
      if (this.waitsFor.includes(name) || concerns) this.look();
    });
  }

  /** Other services' Jobs have ended. */
  onTurn(): void {
    if (this.waiting) this.look();
  }
}

/** A Job that was deleted and made again has a pod of each. */
function byJob(all: readonly PodObject[]): { pods: Record<string, PodView>; formerPods: PodView[] } {
  const last = [...all].sort((a, b) => Number(b.deleting) - Number(a.deleting));
  const pods = Object.fromEntries(last.map((pod) => [pod.job, pod]));
  return { pods, formerPods: all.filter((pod) => pods[pod.job] !== pod) };
}

const nodesAway = ({ places = {}, nodes }: Observed): string[] =>
  Object.values(places).flatMap((place) =>
    'node' in place && !nodes[place.node]?.ready ? [place.node] : [],
  );

const programOf = (version: number): string => `program-${version}`;
const templateOf = (version: number): PodTemplate => ({
  metadata: { name: 'template' },
  template: {
    spec: { containers: [], volumes: [{ name: 'bundle', configMap: { name: programOf(version) } }] },
  },
});

type Step = RunGroup | { job: string; finishedAt?: string };

/** The step under way. */
export const openOf = (status: ServiceBackupStatus | undefined): Step | undefined =>
  [...(status?.run?.groups ?? []), ...(status?.run?.maintenance ?? [])].find(({ finishedAt }) => !finishedAt);
