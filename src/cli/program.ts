import { Command } from 'commander';
import { DEFAULTS } from '../api';
import { parseServiceReference } from './service-reference';
import { type RestoreFlags, restoreWish, type Wish } from './wish';

/** Options that every command takes. */
export interface CommonOptions {
  kubeconfig?: string;
  context?: string;
  operatorNamespace: string;
  json?: boolean;
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
  command(
    'run <namespace/name>',
    'runs a backup now, whatever its schedule says, and waits for its end',
  ).action((service: string, options: CommonOptions) =>
    handle({ command: 'run', service: parseServiceReference(service) }, options),
  );
  command('snapshots <namespace/name>', 'every snapshot of a service, newest last')
    .option('--item <name>', 'only those of this item')
    .action((service: string, { item, ...options }: CommonOptions & { item?: string }) =>
      handle({ command: 'snapshots', service: parseServiceReference(service), item }, options),
    );
  command(
    'restore <namespace/name>',
    "restores one item: a volume to a new claim in the service's namespace, a bucket to a bucket",
  )
    .option('--to-claim <name>', 'name of the new claim; one that exists is refused')
    .option('--to-bucket <name>', 'a bucket that exists, of the S3 system that s3ServiceConfig names')
    .option('--item <name>', 'the item, of a bucket s3:NAME; may be left out when there is only one')
    .option('--snapshot <id>', 'this snapshot (default: the newest)')
    .option(
      '--as-of <time>',
      'the newest snapshot up to a date (the end of that day), a local time, or an RFC 3339 instant',
    )
    .option(
      '--size <quantity>',
      "size of the new claim, e.g. 20Gi (default: that of the item's claim); of a bucket: of the scratch volume",
    )
    .option('--storage-class <name>', 'its storage class (default: likewise)')
    .option('--prefix <text>', 'of a bucket: only the objects whose keys begin so')
    .option('--overwrite', 'of a bucket: write over objects that are there and differ')
    .option('--dry-run', 'of a bucket: say what would be written, and write nothing')
    .action((service: string, options: CommonOptions & RestoreFlags) =>
      handle(restoreWish(parseServiceReference(service), options, at), options),
    );
  command('acknowledge <namespace/name>', 'approves what retention waits for, after showing it')
    .option('--yes', 'approve without being asked')
    .action((service: string, { yes = false, ...options }: CommonOptions & { yes?: boolean }) =>
      handle({ command: 'acknowledge', service: parseServiceReference(service), yes }, options),
    );
  command(
    'recovery-key <namespace/name>',
    'adds a key of your own to the repository, and prints what to keep where',
  )
    .option('--again', 'add another, though there is one already')
    .action((service: string, { again = false, ...options }: CommonOptions & { again?: boolean }) =>
      handle({ command: 'recovery-key', service: parseServiceReference(service), again }, options),
    );
  return root;
}
