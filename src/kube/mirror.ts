import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { errorOf, isKubeError, KubeError } from './error';
import { lines } from './lines';
import type { KubeObject } from './objects';
import { pathOf, type Resource } from './resources';
import { type Rest, type Selection, selectors } from './rest';
import { SecondaryIndex } from './secondary-index';

export interface MirrorOptions<T extends KubeObject, S, I extends string = never>
  extends Omit<Selection, 'signal'> {
  resource: Resource;
  /** What is kept of each object: memory is bounded by this. */
  select(object: T): S;
  /** What objects are looked up by, beside their key: of each a value, or none. */
  indexes?: Readonly<Record<I, (view: S) => string | undefined>>;
  /**
   * Without a list: the watch itself tells first what is there (Kubernetes calls it Get State and Start at Most Recent), which is one
   * request instead of two. Nobody knows when all has been told: `whenSynced` is at once, and after a failure there is nothing at first.
   */
  watchOnly?: boolean;
  /** Called for an object that came, went or whose selected part changed. Must not block; what it throws goes to `onTrouble`. */
  onChange?(key: string, now: S | undefined, before: S | undefined): void;
  /** Called when a list or watch failed; the mirror goes on by itself. */
  onTrouble?(error: unknown): void;
  /** Called when everything is there: at first, and again after trouble. */
  onLive?(): void;
  /** Seconds after which the API server ends a watch. @default 280..320, at random */
  watchSeconds?: number;
  /** A watch silent for so many milliseconds counts as dead: the API server sends a bookmark every 60 to 75 s. @default 150000 */
  silence?: number;
}

const FIRST_PAUSE = 250;
const LONGEST_PAUSE = 30_000;

/** Key of an object in a mirror: `namespace/name`, or the name of a cluster-wide one. */
export const keyOf = (meta: { namespace?: string; name: string }): string =>
  meta.namespace ? `${meta.namespace}/${meta.name}` : meta.name;

/**
 * A copy of one resource that follows the API server until it is stopped. A watch that ends is taken up where it ended;
 * after any failure (a reset, a silent socket, history expired) everything is listed again, so that nothing is missed.
 */
export class Mirror<T extends KubeObject, S, I extends string = never> {
  private objects = new Map<string, S>();
  private readonly stopping = new AbortController();
  private readonly options: MirrorOptions<T, S, I>;
  private readonly indexes: [string, SecondaryIndex<S>][];
  private readonly kube: Rest;
  private running?: Promise<void>;
  private resolveSynced: () => void = () => {};
  /** Fulfilled after the first whole list. */
  readonly whenSynced = new Promise<void>((resolve) => {
    this.resolveSynced = resolve;
  });
  /** True while a watch follows a whole list; false before the first list and between a failure and the next list. */
  live = false;

  constructor(kube: Rest, options: MirrorOptions<T, S, I>) {
    this.kube = kube;
    this.options = options;
    const indexes = Object.entries<(view: S) => string | undefined>(options.indexes ?? {});
    this.indexes = indexes.map(([name, of]) => [name, new SecondaryIndex(of)]);
  }

  start(): this {
    this.running ??= this.run();
    return this;
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await this.running;
  }

  get(key: string): S | undefined {
    return this.objects.get(key);
  }

  /** The objects of which an index has this value. */
  by(index: I, value: string): S[] {
    const found = this.indexes.find(([name]) => name === index);
    return [...(found?.[1].get(value) ?? [])].map((key) => this.objects.get(key)!);
  }

  values(): IterableIterator<S> {
    return this.objects.values();
  }

  get size(): number {
    return this.objects.size;
  }

  private async run(): Promise<void> {
    const { signal } = this.stopping;
    let pause = FIRST_PAUSE;
    while (!signal.aborted) {
      try {
        let version = this.options.watchOnly ? this.replace(new Map()) : await this.relist();
        this.live = true;
        this.resolveSynced();
        this.options.onLive?.();
        while (!signal.aborted) {
          const began = Date.now();
          version = await this.watch(version);
          // A server that ends every watch at once must not be asked in a hot loop.
          if (Date.now() - began < 1000) await this.wait(FIRST_PAUSE);
          pause = FIRST_PAUSE;
        }
      } catch (error) {
        this.live = false;
        if (signal.aborted) return;
        // Of a kind that was taken away there is nothing; its last watch may have told of no end.
        if (isKubeError(error, 'NotFound')) this.replace(new Map());
        this.options.onTrouble?.(error);
        await this.wait(pause * (0.75 + Math.random() / 2));
        pause = Math.min(pause * 2, LONGEST_PAUSE);
      }
    }
  }

  private async wait(milliseconds: number): Promise<void> {
    await sleep(milliseconds, undefined, { signal: this.stopping.signal }).catch(() => {});
  }

  private async relist(): Promise<string> {
    const listed = new Map<string, S>();
    let version = '';
    const { signal } = this.stopping;
    for await (const page of this.kube.pages<T>(this.options.resource, { ...this.options, signal })) {
      for (const object of page.items) {
        const selected = this.selected(object);
        if (selected !== undefined) listed.set(keyOf(object.metadata), selected);
      }
      version = page.resourceVersion;
    }
    return this.replace(listed, version);
  }

  private replace(listed: Map<string, S>, version = ''): string {
    const before = this.objects;
    this.objects = listed;
    for (const [, index] of this.indexes) index.rebuild(listed);
    for (const [key, old] of before) if (!listed.has(key)) this.changed(key, undefined, old);
    for (const [key, now] of listed) this.changed(key, now, before.get(key));
    return version;
  }

  /** Follows changes after `version`, or from what there is, until the server ends the watch; gives the version to go on from. */
  private async watch(version: string): Promise<string> {
    const { resource, namespace, watchSeconds = 280 + Math.random() * 40, silence = 150_000 } = this.options;
    const silent = new AbortController();
    const timer = setTimeout(() => silent.abort(), silence);
    try {
      const response = await this.kube.transport.stream({
        method: 'GET',
        path: pathOf(resource, namespace),
        query: {
          watch: true,
          allowWatchBookmarks: true,
          resourceVersion: version || undefined,
          timeoutSeconds: Math.ceil(watchSeconds),
          ...selectors(this.options),
        },
        signal: AbortSignal.any([this.stopping.signal, silent.signal]),
      });
      let latest = version;
      for await (const line of lines(response, () => timer.refresh())) latest = this.take(line) ?? latest;
      return latest;
    } catch (error) {
      if (silent.signal.aborted)
        throw new KubeError(
          0,
          'Timeout',
          `The watch of ${resource.plural} was silent for ${silence / 1000} s: its connection counts as dead.`,
        );
      if (error instanceof KubeError || this.stopping.signal.aborted) throw error;
      throw new KubeError(
        0,
        'Unreachable',
        `The watch of ${resource.plural} broke off: ${(error as Error).message}.`,
      );
    } finally {
      clearTimeout(timer);
    }
  }

  private take(line: string): string | undefined {
    if (!line) return undefined;
    const { type, object } = JSON.parse(line) as { type: string; object: T };
    if (type === 'ERROR') throw errorOf(500, JSON.stringify(object));
    const version = object.metadata.resourceVersion;
    if (type === 'BOOKMARK') return version;
    const key = keyOf(object.metadata);
    const before = this.objects.get(key);
    const now = type === 'DELETED' ? undefined : this.selected(object);
    if (now === undefined) {
      this.objects.delete(key);
      for (const [, index] of this.indexes) index.change(key, undefined, before);
      this.changed(key, undefined, before);
    } else {
      this.objects.set(key, now);
      for (const [, index] of this.indexes) index.change(key, now, before);
      this.changed(key, now, before);
    }
    return version;
  }

  /** One object that is not what it is taken for does not keep the others from being seen: it counts as not there. */
  private selected(object: T): S | undefined {
    try {
      return this.options.select(object);
    } catch (error) {
      this.options.onTrouble?.(
        new Error(
          `${keyOf(object.metadata)} cannot be read, and counts as not there: ${(error as Error).message}`,
        ),
      );
      return undefined;
    }
  }

  private changed(key: string, now: S | undefined, before: S | undefined): void {
    try {
      if (isDeepStrictEqual(now, before)) return;
      this.options.onChange?.(key, now, before);
    } catch (error) {
      this.options.onTrouble?.(error);
    }
  }
}
