import type { Logger } from 'pino';
import { DEFAULTS } from '../api/group';
import type { Namespace } from '../kube/objects';
import { RESOURCES } from '../kube/resources';
import type { Rest } from '../kube/rest';
import { Leadership } from './lease';
import { type Listeners, Mirrors } from './mirrors';
import type { Surroundings } from './observe';
import type { Refusal } from './observed';
import { Queue } from './queue';
import { reconcile } from './reconcile';
import { Slots } from './slots';

export interface OperatorOptions {
  kube: Rest;
  log: Logger;
  operatorNamespace: string;
  jobNamespace: string;
  /** Name of the pod. */
  instance: string;
}

/** Follows the cluster, keeps the Lease, and looks at every ServiceBackup that something has happened to. */
export class Operator {
  readonly mirrors: Mirrors;
  private readonly options: OperatorOptions;
  private readonly leadership: Leadership;
  private readonly queue: Queue;
  private readonly slots: Slots;
  private readonly refusals = new Map<string, Refusal>();
  private readonly waiting = new Set<string>();
  private cluster = '';
  private synced = false;
  private stopping = false;

  constructor(options: OperatorOptions) {
    this.options = options;
    const { kube, log, operatorNamespace, jobNamespace } = options;
    this.mirrors = new Mirrors(kube, { operator: operatorNamespace, jobs: jobNamespace }, this.listeners());
    this.slots = new Slots(this.mirrors);
    this.queue = new Queue({
      handle: (key) => this.handle(key),
      onError: (key, error, retryIn) =>
        log.warn({ serviceBackup: key, retryIn }, (error as Error).message ?? String(error)),
    });
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
    return missing;
  }

  /** Finishes the write at hand and gives the Lease back. */
  async stop(): Promise<void> {
    this.stopping = true;
    await this.queue.stop();
    await this.leadership.release();
    await this.mirrors.stop();
    this.options.kube.close();
  }

  private work(): void {
    if (this.synced && this.leadership.state === 'active' && !this.stopping) this.queue.start();
  }

  /** The UID of kube-system: part of every Job's name and of a repository's owner. */
  private async learnCluster(): Promise<void> {
    for (let pause = 500; !this.cluster && !this.stopping; pause = Math.min(pause * 2, 30_000)) {
      try {
        const system = await this.options.kube.get<Namespace>(RESOURCES.namespaces, 'kube-system');
        this.cluster = system?.metadata.uid ?? '';
        if (this.cluster) return;
      } catch (error) {
        this.options.log.warn(`namespace kube-system: ${(error as Error).message}`);
      }
      await new Promise((resolve) => setTimeout(resolve, pause));
    }
  }

  private async handle(key: string): Promise<void> {
    const { kube, log, operatorNamespace, jobNamespace, instance } = this.options;
    const around: Surroundings = {
      kube,
      mirrors: this.mirrors,
      at: { cluster: this.cluster, jobNamespace, operatorNamespace },
      slots: this.slots,
      refusals: this.refusals,
    };
    this.waiting.delete(key);
    const { wakeAt, waiting, gone } = await reconcile(
      {
        ...around,
        instance,
        onEventLost: (error) => log.warn({ serviceBackup: key }, `event: ${(error as Error).message}`),
        onDecision: (words, details) => log.info({ serviceBackup: key, ...details }, words),
      },
      key,
    );
    if (gone) this.queue.forget(key);
    if (waiting) this.waiting.add(key);
    if (wakeAt) this.queue.addAt(key, wakeAt.getTime());
  }

  private listeners(): Listeners {
    const add = (key: string | undefined) => key && this.queue.add(key);
    const wakeWaiting = () => {
      for (const key of this.waiting) this.queue.add(key);
    };
    const each = (chosen: (view: ReturnType<Mirrors['backups']['get']> & object) => boolean) => {
      for (const view of this.mirrors.backups.values())
        if (chosen(view)) add(`${view.namespace}/${view.name}`);
    };
    return {
      backup: (key, now, before) => {
        add(key);
        // A bucket that is given up may now belong to the next oldest.
        if (!now && before) each(({ bucket }) => bucket === before.bucket);
        if (before?.open && before.open.job !== now?.open?.job) {
          this.slots.release(before.open.job);
          wakeWaiting();
        }
      },
      config: (name) => each(({ config }) => config === name),
      job: (now, before) => {
        add(now?.ownerKey ?? before?.ownerKey);
        if (now && !now.end) return;
        this.slots.release((now ?? before)!.name);
        wakeWaiting();
      },
      pod: (now, before) => {
        add(now?.ownerKey ?? before?.ownerKey);
        if (!now || now.terminated) wakeWaiting();
      },
      node: (now, before) => {
        if (now?.ready === before?.ready) return;
        wakeWaiting();
        const { name } = (now ?? before)!;
        each(({ open }) => open?.node === name);
        // A Job that reads no volume is bound to no node, but its pod is on one.
        for (const pod of this.mirrors.pods.values()) if (pod.node === name) add(pod.ownerKey);
      },
      trouble: (resource, error) => this.options.log.warn({ resource }, (error as Error).message),
    };
  }
}
