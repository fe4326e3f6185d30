import type { Logger } from 'pino';
import { DEFAULTS } from '../api/group';
import type { Namespace } from '../kube/objects';
import { RESOURCES } from '../kube/resources';
import type { Rest } from '../kube/rest';
import type { BackupView } from './backup-view';
import { Chores } from './chores';
import { type Clock, realClock } from './clock';
import { Displacement } from './displacement';
import { ErasedPods } from './erased-pods';
import { Kept } from './kept';
import { isRefusal, Lacks } from './lacks';
import { Leadership } from './lease';
import { type Listeners, Mirrors } from './mirrors';
import type { Refusal } from './observed';
import { Queue } from './queue';
import { type Reconciled, reconcile } from './reconcile';
import { RightToRead } from './right-to-read';
import { Slots } from './slots';
import { isEnded } from './sweep';
import type { JobView, PodView } from './views';

export interface OperatorOptions {
  kube: Rest;
  log: Logger;
  operatorNamespace: string;
  jobNamespace: string;
  /** Of the kubelets, on every node. @default '/var/lib/kubelet' */
  kubeletDirectory?: string;
  /** Name of the pod. */
  instance: string;
  clock?: Clock;
}

/** A Job that could not be deleted is swept again after this. Milliseconds. */
const LEFTOVER_AGAIN = 10_000;

/** Follows the cluster, keeps the Lease, and looks at every ServiceBackup that something has happened to. */
export class Operator {
  readonly mirrors: Mirrors;
  private readonly options: OperatorOptions;
  private readonly leadership: Leadership;
  private readonly queue: Queue;
  private readonly chores: Chores;
  private readonly slots: Slots;
  private readonly refusals = new Map<string, Refusal>();
  /** Who waits for a node, and for which. */
  private readonly waiting = new Map<string, readonly string[]>();
  private readonly clock: Clock;
  private readonly kept = new Kept((key) => this.queue.add(key));
  private readonly displacement: Displacement;
  private readonly erased: ErasedPods;
  private readonly deletedJobs = new Set<string>();
  private readonly lacks: Lacks;
  private readonly rightToRead: RightToRead;
  private cluster = '';
  private synced = false;
  private stopping = false;

  constructor(options: OperatorOptions) {
    this.options = options;
    this.clock = options.clock ?? realClock;
    this.erased = new ErasedPods(this.clock);
    const { kube, log, operatorNamespace, jobNamespace } = options;
    this.lacks = new Lacks({
      lost: (sentence) => log.error(`not ready: this operator waits for ${sentence}`),
      back: () => log.info('rights and kinds are there again'),
    });
    this.rightToRead = new RightToRead({
      kube,
      clock: this.clock,
      onRefused: (error) => {
        this.lacks.note(RESOURCES.serviceBackups.plural, error);
        void this.queue.stop();
      },
      onGiven: () => {
        this.lacks.given(RESOURCES.serviceBackups.plural);
        this.work();
      },
    });
    this.mirrors = new Mirrors(kube, { operator: operatorNamespace, jobs: jobNamespace }, this.listeners());
    this.slots = new Slots(this.mirrors, {
      wake: (key) => this.queue.add(key, { first: true }),
      clock: this.clock,
    });
    this.displacement = new Displacement(kube, this.mirrors, {
      clock: this.clock,
      onChange: (key) => this.queue.add(key, { first: true }),
      onTrouble: (namespace, error) => log.warn({ namespace }, `pods: ${(error as Error).message}`),
    });
    this.queue = new Queue({
      clock: this.clock,
      handle: (key) => this.handle(key),
      onError: (key, error, retryIn) => {
        // Thousands may fail at once for want of the same right, which has been told.
        if (!this.rightToRead.isRefused)
          log.warn({ serviceBackup: key, retryIn }, (error as Error).message ?? String(error));
      },
      onQuiet: () => this.chores.pump(),
    });
    this.chores = new Chores({ clock: this.clock, isBusy: () => this.queue.isBusy });
    this.leadership = new Leadership({
      kube,
      namespace: operatorNamespace,
      name: DEFAULTS.serviceAccount,
      identity: options.instance,
      onStart: () => {
        log.info('active: this operator holds the Lease');
        this.work();
      },
      onStop: () => {
        log.warn('standby: the Lease could not be renewed');
        this.kept.clear();
        void this.displacement.stop();
        void this.queue.stop();
      },
      onTrouble: (error) => log.warn(`Lease: ${(error as Error).message}`),
    });
  }

  async start(): Promise<void> {
    this.mirrors.start();
    this.leadership.start();
    const known = this.learnCluster();
    await this.mirrors.synced();
    await known;
    this.synced = true;
    this.options.log.info(
      { serviceBackups: this.mirrors.backups.size, volumes: this.mirrors.volumes.size },
      'synced',
    );
    this.work();
  }

  /** What keeps it from being ready. */
  waitsFor(): string[] {
    const missing: string[] = [];
    if (!this.synced) missing.push('its first look at the cluster');
    if (!this.leadership.state) missing.push('its first look at the Lease');
    return [...missing, ...this.lacks.sentences];
  }

  /** Finishes the write at hand and gives the Lease back. */
  async stop(): Promise<void> {
    this.stopping = true;
    this.rightToRead.stop();
    await this.queue.stop();
    await this.chores.drop();
    await this.leadership.release();
    await this.displacement.stop();
    await this.mirrors.stop();
    this.options.kube.close();
  }

  private work(): void {
    const may = !this.stopping && !this.rightToRead.isRefused;
    if (may && this.synced && this.leadership.state === 'active') this.queue.start();
  }

  /** The UID of kube-system: part of every Job's name and of a repository's owner. */
  private async learnCluster(): Promise<void> {
    for (let pause = 500; !this.cluster && !this.stopping; pause = Math.min(pause * 2, 30_000)) {
      try {
        const system = await this.options.kube.get<Namespace>(RESOURCES.namespaces, 'kube-system');
        this.cluster = system?.metadata.uid ?? '';
        this.lacks.given('namespaces');
        if (this.cluster) return;
      } catch (error) {
        if (!this.lacks.note('namespaces', error))
          this.options.log.warn(`namespace kube-system: ${(error as Error).message}`);
      }
      await new Promise((resolve) => setTimeout(resolve, pause));
    }
  }

  private async handle(key: string): Promise<void> {
    const { kube, log, operatorNamespace, jobNamespace, kubeletDirectory, instance } = this.options;
    const { turns } = this.slots;
    turns.begin(key);
    this.waiting.delete(key);
    let done: Reconciled = {};
    try {
      done = await reconcile(
        {
          kube,
          mirrors: this.mirrors,
          at: { cluster: this.cluster, jobNamespace, operatorNamespace, kubeletDirectory },
          slots: this.slots,
          refusals: this.refusals,
          clock: this.clock,
          kept: this.kept,
          displacement: this.displacement,
          erased: this.erased,
          deletedJobs: this.deletedJobs,
          instance,
          onEventLost: (error) => log.warn({ serviceBackup: key }, `event: ${(error as Error).message}`),
          later: (chore) => this.chores.add(chore),
          onLeftover: (error) => {
            log.warn({ serviceBackup: key }, `Job: ${(error as Error).message}`);
            this.queue.addAt(key, this.clock.now() + LEFTOVER_AGAIN);
          },
          onDecision: (words, details) => log.info({ serviceBackup: key, ...details }, words),
        },
        key,
      );
    } catch (error) {
      if (isRefusal(error) && !this.rightToRead.isRefused) await this.rightToRead.ask(key);
      throw error;
    } finally {
      const { uid, turn, nodes, gone, wakeAt, moving } = done;
      if (gone) this.queue.forget(key);
      if (nodes) this.waitFor(nodes, key);
      if (wakeAt) this.queue.addAt(key, wakeAt.getTime());
      log.debug({ serviceBackup: key, again: wakeAt }, 'looked at');
      // After an error nobody knows: what was followed still is.
      if (uid || gone) this.displacement.follow(key, moving);
      turns.end(key, uid && turn ? { owner: uid, turn } : undefined);
    }
  }

  /**
   * A Job or its pod has changed: that matters to a run under way; of others only what has appeared, for somebody may have to clear it
   * away. Who waits for an end is looked at first.
   */
  private changed<T extends JobView | PodView>(
    now: T | undefined,
    before: T | undefined,
    isAtWork: (view: T) => boolean,
  ): void {
    const { ownerKey } = (now ?? before)!;
    if (!ownerKey) return;
    const isRunning = this.kept.get(ownerKey) ?? this.mirrors.backups.get(ownerKey)?.metrics.running;
    if (!isRunning && (!now || before)) return;
    this.queue.add(ownerKey, { first: !now || !isAtWork(now) });
  }

  private waitFor(nodes: readonly string[], key: string): void {
    this.waiting.set(key, nodes);
    // One may have come back meanwhile.
    if (nodes.some((node) => this.mirrors.nodes.get(node)?.ready)) this.queue.add(key);
  }

  private listeners(): Listeners {
    const add = (key: string | undefined) => key && this.queue.add(key);
    const addAll = (views: Iterable<BackupView>) => {
      for (const { namespace, name } of views) add(`${namespace}/${name}`);
    };
    return {
      backup: (key, now, before) => {
        this.kept.seen(key, now?.version ?? '');
        // A bucket that is given up may now belong to the next oldest.
        if (before && now?.bucket !== before.bucket) addAll(this.mirrors.backups.by('bucket', before.bucket));
        if (now?.open?.job === before?.open?.job) return;
        if (before?.open) this.refusals.delete(before.open.job);
        this.slots.see(before?.open?.job);
        this.slots.see(now?.open?.job);
      },
      config: (name) => addAll([...this.mirrors.backups.values()].filter(({ config }) => config === name)),
      job: (now, before) => {
        const { name, uid } = (now ?? before)!;
        if (!now) this.deletedJobs.delete(uid);
        this.slots.see(name);
        this.changed(now, before, ({ end }) => !end);
      },
      pod: (now, before) => {
        if (!now && before) this.erased.add(before, this.mirrors.nodesByName);
        this.slots.see((now ?? before)!.job);
        this.changed(now, before, (pod) => !isEnded(pod));
      },
      node: (now, before) => {
        if (now?.ready === before?.ready) return;
        const { name } = (now ?? before)!;
        if (!now?.ready) this.slots.turns.away(name);
        this.slots.turns.somethingFree();
        for (const [key, nodes] of this.waiting) if (nodes.includes(name)) add(key);
        addAll(this.mirrors.backups.by('node', name));
        // A Job that reads no volume is bound to no node, but its pod is on one.
        for (const pod of this.mirrors.pods.by('node', name)) add(pod.ownerKey);
      },
      trouble: (resource, error) => {
        if (!this.lacks.note(resource, error)) this.options.log.warn({ resource }, (error as Error).message);
      },
      live: (resource) => this.lacks.given(resource),
    };
  }
}
