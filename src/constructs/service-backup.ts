import { createHash } from 'node:crypto';
import { type ApiObjectMetadata, Chart, Lazy } from 'cdk8s';
import { Construct, type IConstruct } from 'constructs';
import {
  ServiceBackup as ServiceBackupObject,
  ServiceBackupSpecBackupsType,
} from '../../imports/servicebackup.io';
import { DEFAULTS } from '../api';
import { type AppConfig, allConfigs } from './app-configs';
import { type Backups, backupsOf } from './backups';
import { problemsOfBucketName } from './bucket-name';
import { doubles } from './doubles';
import { Item, type WorkloadOptions } from './item';
import { problemsOfName, problemsOfNamespace, problemsOfOwnName } from './names';
import { bindOperator, problemsOfOperatorNamespace } from './operator-binding';
import { operatorNamespaceOf } from './operator-namespace';
import { type Found, report } from './problems';
import { nameOf, type ObjectReference } from './reference';
import type { Retention } from './retention';
import type { Schedule } from './schedule';
import { problemsOfServiceBuckets } from './service-buckets';
import { tooLong } from './values';

/** What is backed up of one service, to where, and when. */
export interface ServiceBackupProps {
  /** The bucket that holds this service's restic repository, and nothing else. It must exist. One bucket a ServiceBackup. */
  readonly backupBucketName: string;
  /**
   * What is backed up: 1 to 64 items, those counted that workloads come to. A claim that several of them mean is backed up once, as
   * the item says that names it; else as the first item says that selects it.
   */
  readonly backups: readonly Item[];
  /**
   * How long snapshots are kept.
   * @default - that of the BackupConfig; there, Retention.gfs()
   */
  readonly retention?: Retention;
  /**
   * When backups start.
   * @default - that of the BackupConfig
   */
  readonly schedule?: Schedule;
  /**
   * Whether scheduled runs are suspended. A run under way goes on, and runNow works.
   * @default false
   */
  readonly suspend?: boolean;
  /**
   * A value that was not seen before starts one run; taking it away, or putting an old one back, starts none. At most 128 characters.
   * @default - only the schedule starts runs
   */
  readonly runNow?: string;
  /**
   * Name of the BackupConfig, in the operator's namespace.
   * @default 'default'
   */
  readonly backupConfig?: string;
  /**
   * Takes over a repository that has another owner, named as the message of RepositoryOwnedByAnother prints it, or one that has
   * no owner (`'unowned'`).
   * @default - a repository of another owner is refused
   */
  readonly adoptFrom?: string;
  /**
   * Namespace of the operator, which gets the right to read this namespace's claims and pods.
   * @default - that of the BackupOperator of this app; if it has none, 'service-backup'
   */
  readonly operatorNamespace?: ObjectReference | string;
  /**
   * Metadata of the ServiceBackup. Its name is part of its snapshots' names: who renames the construct of a service that has backups
   * keeps the old name here.
   * @default - the construct's id is the name; the namespace is the chart's
   */
  readonly metadata?: ApiObjectMetadata;
}

/** The same, where a workload says what is backed up. */
export interface ServiceBackupOfWorkloadProps extends Omit<ServiceBackupProps, 'backups'>, WorkloadOptions {
  /**
   * What is backed up beside the workload's claims. What is named here is no longer taken from the workload: that is how a claim
   * gets options of its own.
   * @default - what the workload mounts, and nothing else
   */
  readonly backups?: readonly Item[];
}

/**
 * What must be backed up of one service. It stands beside the service, in its namespace, and carries the RoleBinding by which
 * the operator may read that namespace's claims and pods. Deleting it deletes no backup.
 */
export class ServiceBackup extends Construct {
  /**
   * Backs up every claim that a workload mounts: `ServiceBackup.ofWorkload(this, 'backup', deployment, { backupBucketName })`. Of
   * several workloads: `backups: [Item.ofWorkload(web), Item.ofWorkload(database)]`, which also says which claims these are.
   */
  static ofWorkload(
    scope: Construct,
    id: string,
    workload: ObjectReference,
    props: ServiceBackupOfWorkloadProps,
  ): ServiceBackup {
    const { exclude, allowEmpty, onUnreadable, leaveOut, backups = [], ...rest } = props;
    const all = Item.ofWorkload(workload, { exclude, allowEmpty, onUnreadable, leaveOut });
    return new ServiceBackup(scope, id, { ...rest, backups: [all, ...backups] });
  }

  /**
   * Name of the ServiceBackup: the construct's id, unless metadata names another. Snapshots are found by namespace, name and claim.
   * Under a new name it is another declaration: the repository then belongs to another (RepositoryOwnedByAnother), and even
   * after adoptFrom each item begins anew, with a snapshot that has no parent.
   */
  readonly name: string;
  /** Namespace of the ServiceBackup, if it is known at synth. */
  readonly namespace?: string;
  /** Bucket of the repository. */
  readonly backupBucketName: string;
  private readonly props: ServiceBackupProps;

  constructor(scope: Construct, id: string, props: ServiceBackupProps) {
    super(scope, id);
    this.name = props.metadata?.name ?? id;
    this.namespace = props.metadata?.namespace ?? Chart.of(this).namespace;
    this.backupBucketName = props.backupBucketName;
    this.props = props;

    new ServiceBackupObject(this, 'Default', {
      metadata: { ...props.metadata, name: this.name, namespace: this.namespace },
      spec: {
        backupBucketName: props.backupBucketName,
        backups: Lazy.any({
          produce: () =>
            this.resolveBackups().entries.map(({ at, type, ...entry }) => ({ type: TYPES[type], ...entry })),
        }),
        backupConfig: props.backupConfig,
        runNow: props.runNow,
        schedule: props.schedule?.expression,
        timeZone: props.schedule?.timeZone,
        suspend: props.suspend,
        resticRetentionPolicy: props.retention?.policy,
        adoptFrom: props.adoptFrom,
      },
    });
    bindOperator(this, 'rights', {
      name: bindingName(this.name),
      namespace: this.namespace,
      operatorNamespace: props.operatorNamespace,
    });
    report(this, problemsOf(this.name, this.namespace, props), acrossApp);
  }

  /** What is backed up, as the app's workloads are now. @internal */
  resolveBackups(): Backups {
    return backupsOf(this.props.backups, this.namespace);
  }

  /** Its BackupConfig, if that is one of these. @internal */
  configAmong(configs: readonly AppConfig[]): AppConfig | undefined {
    const { backupConfig = DEFAULTS.configName, operatorNamespace } = this.props;
    const namespace = nameOf(operatorNamespace ?? operatorNamespaceOf(this));
    return configs.find((config) => config.name === backupConfig && config.namespace === namespace);
  }
}

const TYPES = { pvc: ServiceBackupSpecBackupsType.PVC, s3: ServiceBackupSpecBackupsType.S3 };

/** Name of the RoleBinding: at most 63 characters, and another for every name of a ServiceBackup. */
function bindingName(name: string): string {
  const plain = `service-backup-${name}`;
  if (plain.length <= 63) return plain;
  return `${plain.slice(0, 52)}-${createHash('sha256').update(name).digest('hex').slice(0, 10)}`;
}

function problemsOf(name: string, namespace: string | undefined, props: ServiceBackupProps): string[] {
  return [
    ...problemsOfBucketName('backupBucketName', props.backupBucketName),
    ...problemsOfOwnName(name, { isId: props.metadata?.name === undefined, example: 'backup' }),
    ...problemsOfNamespace('namespace', namespace),
    ...(props.schedule?.problems() ?? []),
    ...(props.retention?.problems() ?? []),
    ...tooLong('runNow', props.runNow, 128, 'e.g. a date'),
    ...tooLong('adoptFrom', props.adoptFrom, 256, 'as the message of RepositoryOwnedByAnother prints it'),
    ...problemsOfName('backupConfig', props.backupConfig, 'BackupConfig'),
    ...problemsOfOperatorNamespace(props.operatorNamespace),
  ];
}

/** What can be seen only when all of the app is there: what its workloads mount, and what two declarations share. */
function acrossApp(constructs: IConstruct[]): Found[] {
  const declarations = constructs.filter((construct) => construct instanceof ServiceBackup);
  const resolved = declarations.map((construct) => ({ construct, ...construct.resolveBackups() }));
  const configs = allConfigs(constructs);
  return [
    ...resolved.flatMap(({ construct, problems }) => problems.map((problem) => ({ construct, problem }))),
    ...doubles(declarations),
    ...problemsOfServiceBuckets(
      resolved.map(({ construct, entries }) => ({
        construct,
        namespace: construct.namespace,
        backupBucketName: construct.backupBucketName,
        entries,
        config: construct.configAmong(configs),
      })),
    ),
  ];
}
