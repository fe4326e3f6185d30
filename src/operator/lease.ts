import { isKubeError } from '../kube/error';
import type { Lease } from '../kube/objects';
import { RESOURCES } from '../kube/resources';
import type { Rest } from '../kube/rest';

export interface LeadershipOptions {
  kube: Rest;
  namespace: string;
  name: string;
  /** Unique for this process' place: a container that starts again in its pod goes on with its own Lease. */
  identity: string;
  onStart(): void;
  /** The Lease is lost: stop writing. */
  onStop(): void;
  onTrouble(error: unknown): void;
  /** @default 30 */
  durationSeconds?: number;
  /** @default 10 */
  renewSeconds?: number;
  /** How often one that waits looks. @default 5 */
  retrySeconds?: number;
}

/** One active operator. A courtesy to the API server: what keeps a run single are names and resourceVersions. */
export class Leadership {
  /** `undefined` until the Lease has been looked at once. */
  state: 'active' | 'standby' | undefined;
  private readonly options: Required<LeadershipOptions>;
  private timer?: NodeJS.Timeout;
  private stopped = false;
  private turn: Promise<void> = Promise.resolve();
  private renewedAt = 0;
  /** Our Lease as we last wrote it: a renewal is one request. */
  private held?: Lease;
  /** What another holder last wrote, and when we saw it: clocks of two machines are not compared. */
  private seen = { record: '', at: 0 };

  constructor(options: LeadershipOptions) {
    this.options = { durationSeconds: 30, renewSeconds: 10, retrySeconds: 5, ...options };
  }

  start(): void {
    this.turn = this.look();
  }

  /** Gives the Lease back, so that a successor starts at once. */
  async release(): Promise<void> {
    this.stopped = true;
    clearTimeout(this.timer);
    await this.turn;
    if (this.state !== 'active') return;
    this.state = 'standby';
    const lease = await this.read();
    if (lease?.spec?.holderIdentity !== this.options.identity) return;
    await this.options.kube.replace<Lease>(RESOURCES.leases, {
      ...lease,
      spec: {
        ...lease.spec,
        holderIdentity: '',
        leaseDurationSeconds: 1,
        renewTime: microTime(new Date()),
      },
    });
  }

  private async look(): Promise<void> {
    const { durationSeconds, renewSeconds, retrySeconds, onTrouble } = this.options;
    try {
      this.become(await this.acquire());
    } catch (error) {
      this.held = undefined;
      if (!isKubeError(error, 'Conflict') && !isKubeError(error, 'AlreadyExists')) onTrouble(error);
      // Not renewed for two thirds of its duration: somebody else may take it soon.
      if (Date.now() - this.renewedAt > (durationSeconds * 1000 * 2) / 3) this.become(false);
    }
    if (this.stopped) return;
    const pause = this.state === 'active' ? renewSeconds : retrySeconds;
    this.timer = setTimeout(() => {
      this.turn = this.look();
    }, pause * 1000);
    this.timer.unref();
  }

  private become(active: boolean): void {
    if (active) this.renewedAt = Date.now();
    const state = active ? 'active' : 'standby';
    if (state === this.state) return;
    const before = this.state;
    this.state = state;
    if (active) this.options.onStart();
    else if (before === 'active') this.options.onStop();
  }

  private async acquire(): Promise<boolean> {
    const { kube, namespace, name, identity, durationSeconds } = this.options;
    const now = new Date();
    const lease = this.held ?? (await this.read());
    const mine = {
      holderIdentity: identity,
      leaseDurationSeconds: durationSeconds,
      renewTime: microTime(now),
    };
    if (!lease) {
      const spec = { ...mine, acquireTime: microTime(now), leaseTransitions: 0 };
      this.held = await kube.create<Lease>(RESOURCES.leases, { metadata: { name, namespace }, spec });
      return true;
    }
    const { holderIdentity: holder, leaseTransitions = 0 } = lease.spec ?? {};
    if (holder === identity) {
      this.held = await kube.replace<Lease>(RESOURCES.leases, {
        ...lease,
        spec: { ...lease.spec, ...mine },
      });
      return true;
    }
    if (holder && !this.expired(lease)) return false;
    this.held = await kube.replace<Lease>(RESOURCES.leases, {
      ...lease,
      spec: {
        ...mine,
        acquireTime: microTime(now),
        leaseTransitions: leaseTransitions + 1,
      },
    });
    return true;
  }

  private expired({ spec }: Lease): boolean {
    const record = `${spec?.holderIdentity} ${spec?.renewTime}`;
    if (record !== this.seen.record) this.seen = { record, at: Date.now() };
    return Date.now() - this.seen.at > (spec?.leaseDurationSeconds ?? 30) * 1000;
  }

  private read(): Promise<Lease | undefined> {
    return this.options.kube.get<Lease>(RESOURCES.leases, this.options.name, this.options.namespace);
  }
}

/** A Lease's times have microseconds. */
const microTime = (at: Date): string => at.toISOString().replace('Z', '000Z');
