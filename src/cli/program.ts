import { Command } from 'commander';
import { DEFAULTS, type RestoreTask } from '../api';
import { parseAsOf } from './as-of';
import { UsageError } from './failure';
import type { RestoreRequest } from './restore-plan';
import { isClaimName, parseServiceReference, type ServiceReference } from './service-reference';
import { isQuantity } from './sizes';

/** Options that every command takes. */
export interface CommonOptions {
  kubeconfig?: string;
  context?: string;
  operatorNamespace: string;
  json?: boolean;
}

/** What the person wants, understood. */
export type Wish =
  | { command: 'status'; service?: ServiceReference }
  | { command: 'snapshots'; service: ServiceReference; item?: string }
  | { command: 'restore'; service: ServiceReference; request: RestoreRequest; understood?: string };

interface RestoreFlags {
  item?: string;
  snapshot?: string;
  asOf?: string;
  toClaim: string;
  size?: string;
  storageClass?: string;
}

type Handler = (wish: Wish, options: CommonOptions) => Promise<void>;

export function program(name: string, at: { now: Date; timeZone: string }, handle: Handler): Command {
  const root = new Command(name)
    .description('Backups of Kubernetes services: how they are, what there is, and how to get it back.')
    .showHelpAfterError(`See '${name} --help'.`)
    .exitOverride();
  const command = (usage: string, description: string) =>
    root
      .command(usage)
      .description(description)
      .option('--kubeconfig <file>', 'kubeconfig to use (default: as kubectl)')
      .option('--context <name>', 'context of the kubeconfig to use')
      .option(
        '--operator-namespace <name>',
        'namespace of the operator and its BackupConfig',
        DEFAULTS.operatorNamespace,
      )
      .option('--json', 'one JSON document on stdout; progress goes to stderr');

  command('status [namespace/name]', 'the last run of each service, or of one, item by item').action(
    (service: string | undefined, options: CommonOptions) =>
      handle(
        { command: 'status', ...(service !== undefined && { service: parseServiceReference(service) }) },
        options,
      ),
  );
  command('snapshots <namespace/name>', 'every snapshot of a service, newest last')
    .option('--item <name>', 'only those of this item')
    .action((service: string, { item, ...options }: CommonOptions & { item?: string }) =>
      handle({ command: 'snapshots', service: parseServiceReference(service), item }, options),
    );
  command('restore <namespace/name>', "restores one item to a new claim in the service's namespace")
    .requiredOption('--to-claim <name>', 'name of the new claim; one that exists is refused')
    .option('--item <name>', 'the item; may be left out when the service has only one')
    .option('--snapshot <id>', 'this snapshot (default: the newest)')
    .option(
      '--as-of <time>',
      'the newest snapshot up to a date (the end of that day), a local time, or an RFC 3339 instant',
    )
    .option('--size <quantity>', "size of the new claim, e.g. 20Gi (default: that of the item's claim)")
    .option('--storage-class <name>', "storage class of the new claim (default: that of the item's claim)")
    .action((service: string, options: CommonOptions & RestoreFlags) =>
      handle(restoreWish(parseServiceReference(service), options, at), options),
    );
  return root;
}

function restoreWish(
  service: ServiceReference,
  flags: RestoreFlags,
  at: { now: Date; timeZone: string },
): Wish {
  if (flags.snapshot !== undefined && flags.asOf !== undefined)
    throw new UsageError('--snapshot and --as-of both say which snapshot: leave one out.');
  if (flags.snapshot !== undefined && !/^[0-9a-fA-F]{4,64}$/.test(flags.snapshot))
    throw new UsageError(
      `--snapshot '${flags.snapshot}' is not the id of a snapshot: copy it from 'service-backup snapshots'.`,
    );
  if (!isClaimName(flags.toClaim))
    throw new UsageError(
      `--to-claim '${flags.toClaim}' is not a name that a claim can have: lower-case letters, digits and hyphens.`,
    );
  if (flags.size !== undefined && !isQuantity(flags.size))
    throw new UsageError(`--size '${flags.size}' is not a size: write it as Kubernetes does, e.g. 20Gi.`);
  const asOf = flags.asOf === undefined ? undefined : parseAsOf(flags.asOf, at);
  const select: RestoreTask['select'] =
    flags.snapshot !== undefined
      ? { snapshot: flags.snapshot.toLowerCase() }
      : asOf
        ? { asOf: asOf.instant.toISOString() }
        : { latest: true };
  const { item, toClaim, size, storageClass } = flags;
  return {
    command: 'restore',
    service,
    request: { item, select, toClaim, size, storageClass },
    ...(asOf && { understood: asOf.understood }),
  };
}
