import type { RunGroup } from '../api/service-backup';
import { Mirror } from '../kube/mirror';
import type { Pod } from '../kube/objects';
import { RESOURCES } from '../kube/resources';
import type { Rest } from '../kube/rest';
import type { Clock } from './clock';
import { type ClaimKey, claimKey } from './items';
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
  /** Its items. */
  claims: readonly (ClaimKey & { item: string })[];
  /** Takes back the timer after which their namespaces are followed. */
  cancel?: () => void;
}

/**
 * Which pods of a service must start on another node, and cannot before a backup lets go of their volume: the kubelet tells of it
 * nowhere. While a mover has been at work for a while, the pods of the namespaces that it reads are followed, and no longer.
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
      const own = key.split('/')[0]!;
      const claims = group.items.map((item) => ({ item, ...claimKey(item, own) }));
      const cancel = this.clock.after(PATIENCE, () => this.begin(key));
      this.followed.set(key, { group, claims, cancel });
    }
    if (known) for (const namespace of namespacesOf(known)) this.leave(namespace);
  }

  /** Who waits for the volumes of the group that is at work. */
  displaced(key: string): Displaced[] {
    const followed = this.followed.get(key);
    if (!followed || followed.cancel) return [];
    return namespacesOf(followed).flatMap((namespace) => {
      const pods = [...(this.namespaces.get(namespace)?.values() ?? [])];
      return pods.flatMap((pod) => {
        if (!pod.waits || pod.node === followed.group.node) return [];
        const claim = followed.claims.find((one) => isUsed(one, namespace, pod) && !this.isShared(one));
        return claim ? [{ item: claim.item, pod: pod.name, node: pod.node }] : [];
      });
    });
  }

  async stop(): Promise<void> {
    for (const { cancel } of this.followed.values()) cancel?.();
    this.followed.clear();
    const mirrors = [...this.namespaces.values()];
    this.namespaces.clear();
    await Promise.all(mirrors.map((mirror) => mirror.stop()));
  }

  private begin(key: string): void {
    const followed = this.followed.get(key)!;
    delete followed.cancel;
    if (this.displaced(key).length > 0) this.onChange(key);
    for (const namespace of namespacesOf(followed)) this.followPods(namespace);
  }

  private followPods(namespace: string): void {
    if (this.namespaces.has(namespace)) return;
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
    for (const [key, { claims }] of this.followed)
      if (views.some((view) => view?.waits && claims.some((claim) => isUsed(claim, namespace, view))))
        this.onChange(key);
  }

  private leave(namespace: string): void {
    const isNeeded = [...this.followed.values()].some(
      (other) => !other.cancel && namespacesOf(other).includes(namespace),
    );
    if (isNeeded) return;
    void this.namespaces.get(namespace)?.stop();
    this.namespaces.delete(namespace);
  }

  /** A volume of many nodes at once is free for everybody; of one that nobody knows it is not said. */
  private isShared({ namespace, name }: ClaimKey): boolean {
    return this.mirrors.volumes.by('claim', `${namespace}/${name}`).some(({ shared }) => shared === true);
  }
}

const namespacesOf = ({ claims }: Followed): string[] => [...new Set(claims.map((claim) => claim.namespace))];

const isUsed = (claim: ClaimKey, namespace: string, pod: UserView): boolean =>
  claim.namespace === namespace && pod.claims.includes(claim.name);
