import { ApiObject } from 'cdk8s';
import type { IPersistentVolumeClaim } from 'cdk8s-plus-28';
import { MAX_ITEMS } from '../api';

export interface VolumeOptions {
  /**
   * Files and directories to leave out: patterns as restic takes them, relative to the root of the volume.
   * E.g. `['cache/', '*.part']`.
   * @default - everything is backed up
   */
  readonly exclude?: readonly string[];
  /**
   * Whether a volume without any file is a success. An empty directory is also what a failed mount looks like.
   * @default false
   */
  readonly allowEmpty?: boolean;
  /**
   * What files that cannot be read make of the backup: 'Warn' a Warning, 'Fail' a failure. The snapshot of the others is kept either
   * way; retention waits for a run in which every file could be read.
   * @default 'Warn'
   */
  readonly onUnreadable?: 'Warn' | 'Fail';
}

/** One thing to back up. */
export class Item {
  /**
   * The volume of a PersistentVolumeClaim, or of the claim of that name, in the namespace of the ServiceBackup. It is read
   * while the service runs, on the node on which the volume is mounted.
   */
  static volume(claim: IPersistentVolumeClaim | string, options: VolumeOptions = {}): Item {
    return typeof claim === 'string'
      ? new Item(claim, options)
      : new Item(claim.name, options, namespaceOf(claim));
  }

  /** Type of the item. */
  readonly type = 'pvc' as const;
  /** Name of the claim. */
  readonly name: string;
  /** Patterns of what is left out. */
  readonly exclude?: readonly string[];
  /** Whether an empty volume is a success. */
  readonly allowEmpty?: boolean;
  /** What files that cannot be read make of the backup. */
  readonly onUnreadable?: 'Warn' | 'Fail';
  /** Namespace in which the claim is declared, if it is known. @internal */
  readonly namespace?: string;

  private constructor(name: string, options: VolumeOptions, namespace?: string) {
    this.name = name;
    this.exclude = options.exclude;
    this.allowEmpty = options.allowEmpty;
    this.onUnreadable = options.onUnreadable;
    this.namespace = namespace;
  }
}

/** A claim that is only referred to (`fromClaimName`) has no object, and so no namespace that could be wrong. */
function namespaceOf(claim: IPersistentVolumeClaim): string | undefined {
  const object = claim.node.children.find((child) => ApiObject.isApiObject(child));
  return object ? ApiObject.of(object).metadata.namespace : undefined;
}

const CLAIM_NAME = /^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$/;

/** What is wrong with the items of a ServiceBackup in `namespace`. */
export function problemsOfItems(items: readonly Item[], namespace: string | undefined): string[] {
  if (items.length === 0)
    return ['backups is empty, so that nothing would be backed up: add Item.volume(claim).'];
  if (items.length > MAX_ITEMS)
    return [
      `backups has ${items.length} items, but at most ${MAX_ITEMS} are possible: declare a second ServiceBackup, with a bucket of its own.`,
    ];
  return items.flatMap((item, at) => problemsOfItem(item, at, items, namespace));
}

function problemsOfItem(
  item: Item,
  at: number,
  items: readonly Item[],
  namespace: string | undefined,
): string[] {
  const problems: string[] = [];
  if (!CLAIM_NAME.test(item.name)) {
    problems.push(
      `backups[${at}] names the claim '${item.name}', which is not a name a claim can have: use lower-case letters, digits, dots and hyphens.`,
    );
  }
  if (items.findIndex((other) => other.name === item.name) < at) {
    problems.push(`backups[${at}] names the claim '${item.name}' a second time: remove one.`);
  }
  if (item.namespace !== undefined && namespace !== undefined && item.namespace !== namespace) {
    problems.push(
      `backups[${at}] names the claim '${item.name}' of namespace '${item.namespace}', but this ServiceBackup is in '${namespace}': declare it beside its claims.`,
    );
  }
  const patterns = item.exclude ?? [];
  if (patterns.some((pattern) => pattern === '' || pattern.length > 1024) || patterns.length > 100) {
    problems.push(
      `backups[${at}].exclude has a pattern that is empty or longer than 1024 characters, or more than 100 patterns: shorten it.`,
    );
  }
  return problems;
}
