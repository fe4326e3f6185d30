import type { RunGroup } from '../api/service-backup';
import { Mirror } from '../kube/mirror';
import type { Pod } from '../kube/objects';
import { RESOURCES } from '../kube/resources';
import type { Rest } from '../kube/rest';
import type { Clock } from './clock';
import type { Mirrors } from './mirrors';
import type { Displaced } from './observed';

/** A backup that is shorter holds nobody up for long: its service's pods are not followed. Milliseconds. */
const PATIENCE = 10_000;

/** Of a service's pod what tells whether it waits for a volume. */
export interface UserView {
  name: string;
  node: string;
  claims: string[];
  /** It is scheduled, and neither begun, nor ended, nor told to end. */
  waits: boolean;
}

export function userView({ metadata, spec, status = {} }: Pod): UserView {
  const containers = [...(status.initContainerStatuses ?? []), ...(status.containerStatuses ?? [])];
  const begun = containers.some(
    ({ state, restartCount = 0 }) => state?.running || state?.terminated || restartCount > 0,
  );
  const over =
    metadata.deletionTimestamp !== undefined || ['Succeeded', 'Failed'].includes(status.phase ?? '');
  const node = spec?.nodeName ?? '';
  return {
    name: metadata.name,
    node,
    claims: (spec?.volumes ?? []).flatMap((volume) => {
      const claim = volume.persistentVolumeClaim as { claimName?: string } | undefined;
      return claim?.claimName ?? [];
    }),
    waits: node !== '' && !begun && !over,
  };
}

interface Followed {
  group: Pick<RunGroup, 'job' | 'node' | 'items'>;
  namespace: string;
  /** Takes back the timer after which its namespace is followed. */
  cancel?: () => void;
}

/**
 * Which pods of a service must start on another node, and cannot before a backup lets go of their volume: the kubelet tells of it
 * nowhere. While a mover has been at work for a while, the pods of its service's namespace are followed, and no longer.
 */
export class Displacement {
  private readonly kube: Rest;
  private readonly mirrors: Pick<Mirrors, 'volumes'>;
  private readonly clock: Clock;
  private readonly onChange: (key: string) => void;
  private readonly onTrouble: (namespace: string, error: unknown) => void;
  /** By the ServiceBackup's key. */
  private readonly followed = new Map<string, Followed>();
  private readonly namespaces = new Map<string, Mirror<Pod, UserView>>();

  constructor(
    kube: Rest,
    mirrors: Pick<Mirrors, 'volumes'>,
    options: {
      clock: Clock;
      /** Somebody waits, or no longer. */
      onChange(key: string): void;
      onTrouble(namespace: string, error: unknown): void;
    },
  ) {
    this.kube = kube;
    this.mirrors = mirrors;
    this.clock = options.clock;
    this.onChange = options.onChange;
    this.onTrouble = options.onTrouble;
  }

  get size(): { followed: number; namespaces: number } {
    return { followed: this.followed.size, namespaces: this.namespaces.size };
  }

  /** The mover of this group is at work; none: of no group. */
  follow(key: string, group: Followed['group'] | undefined): void {
    const known = this.followed.get(key);
    if (known?.group.job === group?.job) return;
    this.followed.delete(key);
    known?.cancel?.();
    if (group) {
      const namespace = key.split('/')[0]!;
      const cancel = this.clock.after(PATIENCE, () => this.begin(key, namespace));
      this.followed.set(key, { group, namespace, cancel });
    }
    if (known) this.leave(known.namespace);
  }

  /** Who waits for the volumes of the group that is at work. */
  displaced(key: string): Displaced[] {
    const followed = this.followed.get(key);
    const pods = followed && !followed.cancel && this.namespaces.get(followed.namespace);
    if (!pods) return [];
    const { group, namespace } = followed;
    return [...pods.values()].flatMap(({ name, node, claims, waits }) => {
      if (!waits || node === group.node) return [];
      const item = group.items.find((claim) => claims.includes(claim) && !this.isShared(namespace, claim));
      return item === undefined ? [] : [{ item, pod: name, node }];
    });
  }

  async stop(): Promise<void> {
    for (const { cancel } of this.followed.values()) cancel?.();
    this.followed.clear();
    const mirrors = [...this.namespaces.values()];
    this.namespaces.clear();
    await Promise.all(mirrors.map((mirror) => mirror.stop()));
  }

  private begin(key: string, namespace: string): void {
    delete this.followed.get(key)!.cancel;
    if (this.namespaces.has(namespace)) {
      if (this.displaced(key).length > 0) this.onChange(key);
      return;
    }
    const mirror = new Mirror<Pod, UserView>(this.kube, {
      resource: RESOURCES.pods,
      namespace,
      // Whoever waits is Pending.
      fieldSelector: 'status.phase=Pending',
      watchOnly: true,
      select: userView,
      onChange: (_, now, before) => this.changed(namespace, now, before),
      onTrouble: (error) => this.onTrouble(namespace, error),
    });
    this.namespaces.set(namespace, mirror.start());
  }

  private changed(namespace: string, ...views: (UserView | undefined)[]): void {
    for (const [key, { group, namespace: its }] of this.followed)
      if (its === namespace && views.some((view) => view?.waits && this.concerns(view, group)))
        this.onChange(key);
  }

  private concerns({ claims }: UserView, { items }: Followed['group']): boolean {
    return claims.some((claim) => items.includes(claim));
  }

  private leave(namespace: string): void {
    const isNeeded = [...this.followed.values()].some(
      (other) => other.namespace === namespace && !other.cancel,
    );
    if (isNeeded) return;
    void this.namespaces.get(namespace)?.stop();
    this.namespaces.delete(namespace);
  }

  /** A volume of many nodes at once is free for everybody; of one that nobody knows it is not said. */
  private isShared(namespace: string, claim: string): boolean {
    return this.mirrors.volumes.by('claim', `${namespace}/${claim}`).some(({ shared }) => shared === true);
  }
}
