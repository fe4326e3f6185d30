import type { BackupConfig, ServiceBackup } from '../../src/api/kinds';
import { MINUTE } from './agenda';
import { Api } from './api';
import { Cluster } from './cluster';
import { Displacement } from './displacement';
import { JobController } from './job-controller';
import { Kubelets } from './kubelets';
import type { Fate, ReportFate } from './mover';
import { NodeController } from './node-controller';
import { type Deciding, type Lag, Operator } from './operator';
import { ExclusiveMeansAlone } from './promise-exclusive';
import { JobsAreMadeOnceAndKept } from './promise-jobs';
import { WhatIsKnownIsKept } from './promise-kept';
import { KeysStayApart, keysOf } from './promise-keys';
import { OneValueStartsOneRun } from './promise-run-now';
import { EveryRunIsRecordedOnce } from './promise-runs';
import { SelectorsAreAskedOnce } from './promise-selected';
import { EveryTickIsSettledOnce } from './promise-ticks';
import { TriesHaveALimit } from './promise-tries';
import { NothingIsFalsified } from './promise-truth';
import { JobsTakeTurns } from './promise-turns';
import { UpgradesFailNothing } from './promise-upgrades';
import type { Promised } from './promises';
import { Repository } from './repository';
import { Scheduler } from './scheduler';
import { must } from './violation';

export type Name = 'A' | 'B';

/** More looks than this in one history are a circle. */
const MOST_LOOKS = 6000;

/** A cluster with one ServiceBackup, its repository, and two operators. */
export class World {
  readonly cluster: Cluster;
  readonly repository = new Repository();
  readonly fates = new Map<string, Fate>();
  readonly reportFates: ReportFate[] = [];
  readonly kubelets: Kubelets;
  readonly nodes: NodeController;
  readonly displacement: Displacement;
  readonly operators: Record<Name, Operator>;
  private readonly promises: Promised[];
  /** As it is when it is there. */
  private config: BackupConfig;

  constructor(deciding: Deciding, backup: ServiceBackup, config: BackupConfig, now: number) {
    this.cluster = new Cluster(backup, now);
    const { cluster, repository, fates, reportFates } = this;
    const onExclusive = (container: Parameters<ExclusiveMeansAlone['onExclusive']>[0]) => {
      for (const promise of this.promises) promise.onExclusive?.(container);
    };
    const controller = new JobController(cluster);
    new Scheduler(cluster);
    this.kubelets = new Kubelets(cluster, { repository, fates, reportFates, onExclusive });
    this.nodes = new NodeController(cluster, this.kubelets);
    this.displacement = new Displacement(cluster, this.kubelets);
    this.promises = [
      new EveryRunIsRecordedOnce(),
      new EveryTickIsSettledOnce(cluster),
      new OneValueStartsOneRun(cluster),
      new NothingIsFalsified(repository),
      new WhatIsKnownIsKept(),
      new SelectorsAreAskedOnce(),
      new ExclusiveMeansAlone(cluster, this.kubelets),
      new JobsAreMadeOnceAndKept(cluster),
      new TriesHaveALimit(),
      new UpgradesFailNothing(),
      new JobsTakeTurns(),
      ...(keysOf(config) ? [new KeysStayApart()] : []),
    ];
    const api = new Api(cluster, controller, {
      status: (before, after, decision) => {
        const write = { ...decision, backup: after, before: before.status ?? {}, after: after.status ?? {} };
        for (const promise of this.promises) promise.onWrite?.(write);
      },
      created: (job) => this.promises.forEach((promise) => void promise.onJob?.(job)),
      deleted: (job) => this.promises.forEach((promise) => void promise.onJobDeleted?.(job)),
    });
    const operator = () => new Operator(cluster, api, this.displacement, deciding);
    this.operators = { A: operator(), B: operator() };
    this.config = config;
    this.configure({});
  }

  /** Somebody applies the BackupConfig, with these changes. */
  configure(changes: Partial<BackupConfig['spec']['serviceBackup']>): void {
    const { spec } = this.config;
    this.config = { ...this.config, spec: { serviceBackup: { ...spec.serviceBackup, ...changes } } };
    this.cluster.configs.set('default', this.config);
  }

  /** Time passes, and these operators are awake. */
  live(milliseconds: number, awake: readonly Name[], lags: readonly Lag[] = []): void {
    const { agenda } = this.cluster;
    if (milliseconds <= 0) return;
    const end = agenda.now + milliseconds;
    const operators = awake.map((name) => this.operators[name]);
    while (true) {
      const due = Math.min(...operators.map((operator) => operator.due));
      agenda.passTo(Math.min(Math.max(due, agenda.now), agenda.next, end));
      for (const operator of operators)
        if (operator.due <= agenda.now) {
          operator.lookAgain(lags[operator.reconciled % lags.length]);
          must(operator.reconciled < MOST_LOOKS, () => 'it does not come to rest');
        }
      if (agenda.now >= end) return;
    }
  }

  /** Time passes until that is so, or so much has passed. */
  liveUntil(longest: number, isSo: () => boolean): void {
    const { agenda } = this.cluster;
    const end = agenda.now + longest;
    while (!isSo() && agenda.now < end) this.live(Math.max(1, Math.min(this.next, end) - agenda.now), ['A']);
  }

  /** When something happens by itself, or operator A looks. */
  private get next(): number {
    return Math.min(this.cluster.agenda.next, this.operators.A.due);
  }

  /** Until no run is under way, and nothing is left to be looked at soon. No run may take longer than `bound`. */
  rest(bound: number): void {
    const { agenda } = this.cluster;
    let under: { id: string | undefined; since: number } = { id: '', since: 0 };
    do {
      const { id } = this.cluster.backup.status?.run ?? {};
      if (id !== under.id) under = { id, since: agenda.now };
      must(id === undefined || agenda.now - under.since < bound, () => `run ${id} does not end`);
      this.live(MINUTE, ['A']);
    } while (this.cluster.backup.status?.run || this.operators.A.due <= agenda.now + MINUTE);
    for (const promise of this.promises) promise.atRest?.(agenda.now);
  }
}
