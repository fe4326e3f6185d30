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
  /** @default 10 */
  durationSeconds?: number;
  /** @default 4 */
  renewSeconds?: number;
  /** After a renewal that failed, and the longest time between two looks of one that waits. @default 1 */
  retrySeconds?: number;
}

/**
 * One active operator. A courtesy to the API server: what keeps a run single are names and resourceVersions. Time is measured by the
 * clock that never jumps, and between machines only by the API server's own: how long ago it took the last write is the difference of
 * two times that it wrote itself.
 */
export class Leadership {
  /** `undefined` until the Lease has been looked at once. */
  state: 'active' | 'standby' | undefined;
  private readonly options: Required<LeadershipOptions>;
  private timer?: NodeJS.Timeout;
  /** Steps down though an answer does not come. */
  private deadline?: NodeJS.Timeout;
  private stopped = false;
  private turn: Promise<void> = Promise.resolve();
  /** Our Lease as we last wrote it: a renewal is one request. */
  private held?: Lease;
  /** What another holder last wrote, and when we saw it. */
  private seen = { record: '', at: 0 };

  constructor(options: LeadershipOptions) {
    this.options = { durationSeconds: 10, renewSeconds: 4, retrySeconds: 1, ...options };
  }

  start(): void {
    this.turn = this.look();
  }

  /** Gives the Lease back, so that a successor starts at once. */
  async release(): Promise<void> {
    this.stopped = true;
    clearTimeout(this.timer);
    await this.turn;
    clearTimeout(this.deadline);
    if (this.state !== 'active') return;
    this.state = 'standby';
    const { object: lease } = await this.read();
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
    const { renewSeconds, retrySeconds, onTrouble } = this.options;
    const asked = performance.now();
    let pause = retrySeconds;
    try {
      if (await this.acquire()) {
        this.become(true);
        this.armDeadline(asked);
        pause = renewSeconds;
      } else this.become(false);
    } catch (error) {
      this.held = undefined;
      if (!isKubeError(error, 'Conflict') && !isKubeError(error, 'AlreadyExists')) onTrouble(error);
      if (this.state === undefined) this.become(false);
    }
    if (this.stopped) return;
    this.timer = setTimeout(() => {
      this.turn = this.look();
    }, pause * 1000);
    this.timer.unref();
  }

  /** Two thirds of its duration after the last renewal was sent: somebody else may take it soon. */
  private armDeadline(renewed: number): void {
    clearTimeout(this.deadline);
    if (this.stopped) return;
    const left = renewed + (this.options.durationSeconds * 1000 * 2) / 3 - performance.now();
    this.deadline = setTimeout(() => this.become(false), left).unref();
  }

  private become(active: boolean): void {
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
    const { object: lease, date } = this.held ? { object: this.held, date: undefined } : await this.read();
    const mine = {
      holderIdentity: identity,
      leaseDurationSeconds: Math.max(Math.round(durationSeconds), 1),
      renewTime: microTime(now),
    };
    if (!lease) {
      const spec = { ...mine, acquireTime: microTime(now), leaseTransitions: 0 };
      this.held = await kube.create<Lease>(RESOURCES.leases, { metadata: { name, namespace }, spec });
      return true;
    }
    const { holderIdentity: holder, leaseTransitions = 0 } = lease.spec ?? {};
    const isOurs = holder === identity;
    if (holder && !isOurs && !this.expired(lease, date)) return false;
    const { metadata, ...rest } = lease;
    // Who set which field is for the API server to say.
    const { managedFields: _, ...ours } = metadata;
    this.held = await kube.replace<Lease>(
      RESOURCES.leases,
      {
        ...rest,
        metadata: ours,
        spec: isOurs
          ? { ...lease.spec, ...mine }
          : { ...mine, acquireTime: microTime(now), leaseTransitions: leaseTransitions + 1 },
      },
      this.patience,
    );
    return true;
  }

  /**
   * Its holder has not renewed it for as long as it lasts. The API server notes when a manager last changed what it owns
   * (metadata.managedFields[].time), to the second, as its own date in the answer's head is: two roundings, so that up to a second may
   * be missing, as the clocks of several API servers may differ by seconds: a holder has stepped down long before. Without these notes it must be seen unchanged for so long.
   */
  private expired({ metadata, spec }: Lease, date: Date | undefined): boolean {
    const duration = (spec?.leaseDurationSeconds ?? this.options.durationSeconds) * 1000;
    const written = Math.max(
      ...(metadata.managedFields ?? []).map(({ time }) => Date.parse(time ?? '') || 0),
    );
    if (date && written > 0 && date.getTime() - written >= duration) return true;
    const record = `${spec?.holderIdentity} ${spec?.renewTime}`;
    if (record !== this.seen.record) this.seen = { record, at: performance.now() };
    return performance.now() - this.seen.at > duration;
  }

  /** An answer that comes later is of no use. Milliseconds. */
  private get patience(): number {
    return (this.options.durationSeconds * 1000) / 4;
  }

  private read(): Promise<{ object?: Lease; date?: Date }> {
    const { kube, name, namespace } = this.options;
    return kube.getDated<Lease>(RESOURCES.leases, name, namespace, this.patience);
  }
}

/** A Lease's times have microseconds. */
const microTime = (at: Date): string => at.toISOString().replace('Z', '000Z');
