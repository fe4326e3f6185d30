import { type Clock, realClock } from './clock';
import { Line, type Waiting } from './line';
import type { Turn } from './turn';

/** What a Job takes up, at work or decided: one Job more of all that may run, and its node, or the scratch claim of buckets; '' for neither. */
export interface Place {
  node: string;
  /** UID of its ServiceBackup. */
  owner: string;
}

export interface TurnsOptions {
  /** A node that is not ready takes no Job, and none away; a scratch claim is as good as ready. */
  isReady(node: string): boolean;
  /** It is the turn of a key: a place is kept for it until `end`. */
  wake(key: string): void;
  clock?: Clock;
}

/** A decision is seen in the cluster, and a key that was woken looked at, within seconds: what is older will never be. Milliseconds. */
const PROMISE = 60_000;

interface Promised extends Place {
  until: number;
}

/**
 * Who may make a Job now, and who next. One Job a node, and a limit over all.
 *
 *   taken    Jobs that are seen: at work, or decided in status
 *   claimed  decided this moment, and seen nowhere yet: two ServiceBackups at work at once never take one place
 *   kept     for a key that was woken because the place got free
 *
 * A key that waits is looked at when there is a place for it, and not before: when a place gets free, keys are woken for the places
 * that there are, and no others. Whoever registers is compared with what is free now, so that no wake-up is lost in between.
 */
export class Turns {
  private readonly options: TurnsOptions;
  private readonly clock: Clock;
  private readonly taken = new Map<string, Place>();
  private readonly claimed = new Map<string, Promised>();
  private readonly kept = new Map<string, Promised & { freed: number }>();
  private readonly waiting = new Map<string, Waiting>();
  private readonly waitingOwners = new Map<string, Waiting>();
  private readonly lines = new Map<string, Line>();
  private readonly limits = new Map<number, number>();
  /** How often a place got free: who has left one unused is not asked again for the same. */
  private freed = 0;
  private timer?: () => void;

  constructor(options: TurnsOptions) {
    this.options = options;
    this.clock = options.clock ?? realClock;
  }

  /** A Job is seen. */
  take(job: string, place: Place): void {
    this.taken.set(job, place);
    this.claimed.delete(job);
  }

  /** A Job is over, or what was decided has been given up. */
  free(job: string): void {
    const wasTaken = this.taken.delete(job);
    if (!this.claimed.delete(job) && !wasTaken) return;
    this.somethingFree();
  }

  /** Neither a Job nor a decision is seen any more: what was decided this moment may be on its way yet. */
  unseen(job: string): void {
    if (this.taken.delete(job)) this.somethingFree();
  }

  claim(job: string, place: Place): void {
    const before = [...this.kept].filter(([, { owner }]) => owner === place.owner);
    for (const [key] of before) this.kept.delete(key);
    if (!this.taken.has(job)) {
      this.claimed.set(job, { ...place, until: this.clock.now() + PROMISE });
      this.watchPromises();
    }
    // It has taken another place than the one that was kept.
    if (before.some(([, { node }]) => node !== place.node)) this.next();
  }

  /** What was claimed has not become a decision. */
  release(job: string): void {
    if (this.claimed.delete(job)) this.somethingFree();
  }

  /** A place may have got free: a node is ready. */
  somethingFree(): void {
    this.freed += 1;
    this.next();
  }

  /** A node takes no Job any more: who waits in its line is looked at, and waits for it as one waits for a node. */
  away(node: string): void {
    for (const key of this.lines.get(node)?.keys ?? []) this.options.wake(key);
  }

  /** The places that others than this ServiceBackup take: the node of each. */
  busy(owner: string): string[] {
    return this.places().flatMap((place) => (place.owner === owner ? [] : [place.node]));
  }

  /** A key is looked at: it waits no more. A place that is kept for it stays so. */
  begin(key: string): void {
    const known = this.waiting.get(key);
    if (!known) return;
    this.waiting.delete(key);
    this.waitingOwners.delete(known.owner);
    for (const node of known.nodes) {
      const line = this.lines.get(node)!;
      line.remove(known);
      if (line.isEmpty) this.lines.delete(node);
    }
    const { limit } = known.turn;
    const left = this.limits.get(limit)! - 1;
    if (left) this.limits.set(limit, left);
    else this.limits.delete(limit);
  }

  /** It has been looked at, and may wait for its turn. A place that was kept for it, and that it did not claim, is others'. */
  end(key: string, waits?: { owner: string; turn: Turn }): void {
    this.begin(key);
    const unused = this.kept.get(key);
    this.kept.delete(key);
    if (waits) this.register(key, waits.owner, waits.turn, unused?.freed ?? -1);
    if (unused) this.next();
    else if (waits) this.admit(this.waiting.get(key)!);
  }

  /** For tests and figures. */
  get size(): { taken: number; claimed: number; kept: number; waiting: number; lines: number } {
    const { taken, claimed, kept, waiting, lines } = this;
    return {
      taken: taken.size,
      claimed: claimed.size,
      kept: kept.size,
      waiting: waiting.size,
      lines: lines.size,
    };
  }

  private register(key: string, owner: string, turn: Turn, passed: number): void {
    const nodes = turn.nodes.length > 0 ? [...new Set(turn.nodes)] : [''];
    const entry: Waiting = { key, owner, turn, nodes, passed };
    this.waiting.set(key, entry);
    this.waitingOwners.set(owner, entry);
    this.limits.set(turn.limit, (this.limits.get(turn.limit) ?? 0) + 1);
    for (const node of nodes) {
      const line = this.lines.get(node) ?? new Line();
      this.lines.set(node, line);
      line.add(entry);
    }
  }

  private places(): Place[] {
    this.expire();
    return [...this.taken.values(), ...this.claimed.values(), ...this.kept.values()].filter(
      ({ node }) => node === '' || this.options.isReady(node),
    );
  }

  /** Wakes whom there is a place for. */
  private next(): void {
    for (let chosen = this.choose(); chosen; chosen = this.choose()) this.keep(chosen.node, chosen.entry);
  }

  /** Who has just come takes what is free now: for the others nothing has changed. */
  private admit(entry: Waiting): void {
    const node = this.placeFor(entry, this.places());
    if (node !== undefined) this.keep(node, entry);
  }

  private keep(node: string, { key, owner }: Waiting): void {
    this.begin(key);
    this.kept.set(key, { node, owner, freed: this.freed, until: this.clock.now() + PROMISE });
    this.watchPromises();
    this.options.wake(key);
  }

  private choose(): { node: string; entry: Waiting } | undefined {
    if (this.waiting.size === 0) return undefined;
    const places = this.places();
    const withOwn = this.chooseWithOwn(places);
    if (withOwn) return withOwn;
    if (places.length >= Math.max(...this.limits.keys())) return undefined;
    const nodes = new Set(places.map(({ node }) => node));
    const mayGo = ({ turn, passed }: Waiting) => places.length < turn.limit && passed !== this.freed;
    let best: { node: string; entry: Waiting; rank: number } | undefined;
    for (const [node, line] of this.lines) {
      if (node !== '' && (nodes.has(node) || !this.options.isReady(node))) continue;
      const entry = line.first(mayGo);
      if (!entry) continue;
      // What ends the night is the longest service or the longest line: whichever is longer goes first.
      const rank = Math.max(entry.turn.seconds, node === '' ? 0 : line.seconds);
      if (!best || rank > best.rank) best = { node, entry, rank };
    }
    return best;
  }

  /** A ServiceBackup's own Jobs do not hold it up: one that has left some at work may find a place where others see none. */
  private chooseWithOwn(places: readonly Place[]): { node: string; entry: Waiting } | undefined {
    for (const { owner } of places) {
      const entry = this.waitingOwners.get(owner);
      if (!entry || entry.passed === this.freed) continue;
      const node = this.placeFor(entry, places);
      if (node !== undefined) return { node, entry };
    }
    return undefined;
  }

  private placeFor({ owner, turn, nodes }: Waiting, places: readonly Place[]): string | undefined {
    const others = places.filter((place) => place.owner !== owner);
    if (others.length >= turn.limit) return undefined;
    return nodes.find(
      (node) => node === '' || (this.options.isReady(node) && !others.some((place) => place.node === node)),
    );
  }

  private expire(): void {
    const now = this.clock.now();
    for (const promised of [this.claimed, this.kept])
      for (const [name, { until }] of promised) if (until <= now) promised.delete(name);
  }

  /** A promise that nobody keeps frees its place, though nothing happens. */
  private watchPromises(): void {
    this.timer ??= this.clock.after(PROMISE, () => {
      this.timer = undefined;
      this.somethingFree();
      if (this.claimed.size + this.kept.size > 0) this.watchPromises();
    });
  }
}
