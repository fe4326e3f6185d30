import { createHash } from 'node:crypto';
import { type ApiObjectMetadata, Chart } from 'cdk8s';
import { k8s } from 'cdk8s-plus-28';
import { Construct, type IConstruct } from 'constructs';
import {
  type ServiceBackupSpecBackupsOnUnreadable as OnUnreadable,
  ServiceBackup as ServiceBackupObject,
  ServiceBackupSpecBackupsType,
} from '../../imports/servicebackup.io';
import { DEFAULTS } from '../api';
import { problemsOfBucketName } from './bucket-name';
import { doubles } from './doubles';
import { type Item, problemsOfItems } from './item';
import { report } from './problems';
import type { Retention } from './retention';
import { DECLARATION_ROLE } from './rights';
import type { Schedule } from './schedule';

export interface ServiceBackupProps {
  /** The bucket that holds this service's restic repository, and nothing else. It must exist. One bucket a ServiceBackup. */
  readonly backupBucketName: string;
  /** What is backed up: 1 to 64 items. */
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
   * @default 'service-backup'
   */
  readonly operatorNamespace?: string;
  /**
   * Metadata of the ServiceBackup.
   * @default - the construct's id is the name; the namespace is the chart's
   */
  readonly metadata?: ApiObjectMetadata;
}

/**
 * What must be backed up of one service. It stands beside the service, in its namespace, and carries the RoleBinding by which
 * the operator may read that namespace's claims and pods. Deleting it deletes no backup.
 */
export class ServiceBackup extends Construct {
  /** Name of the ServiceBackup: the construct's id, unless metadata names another. It names the snapshots, so it must not change. */
  readonly name: string;
  /** Namespace of the ServiceBackup, if it is known at synth. */
  readonly namespace?: string;
  /** Bucket of the repository. */
  readonly backupBucketName: string;

  constructor(scope: Construct, id: string, props: ServiceBackupProps) {
    super(scope, id);
    this.name = props.metadata?.name ?? id;
    this.namespace = props.metadata?.namespace ?? Chart.of(this).namespace;
    this.backupBucketName = props.backupBucketName;

    new ServiceBackupObject(this, 'Default', {
      metadata: { ...props.metadata, name: this.name, namespace: this.namespace },
      spec: {
        backupBucketName: props.backupBucketName,
        backups: props.backups.map(({ name, exclude, allowEmpty, onUnreadable }) => ({
          type: ServiceBackupSpecBackupsType.PVC,
          name,
          exclude: exclude && [...exclude],
          allowEmpty,
          onUnreadable: onUnreadable as OnUnreadable | undefined,
        })),
        backupConfig: props.backupConfig,
        runNow: props.runNow,
        schedule: props.schedule?.expression,
        timeZone: props.schedule?.timeZone,
        suspend: props.suspend,
        resticRetentionPolicy: props.retention?.policy,
        adoptFrom: props.adoptFrom,
      },
    });
    new k8s.KubeRoleBinding(this, 'rights', {
      metadata: { name: bindingName(this.name), namespace: this.namespace },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: DECLARATION_ROLE },
      subjects: [
        {
          kind: 'ServiceAccount',
          name: DEFAULTS.serviceAccount,
          namespace: props.operatorNamespace ?? DEFAULTS.operatorNamespace,
        },
      ],
    });
    report(this, problemsOf(this.name, this.namespace, props), acrossApp);
  }
}

/** Name of the RoleBinding: at most 63 characters, and another for every name of a ServiceBackup. */
function bindingName(name: string): string {
  const plain = `service-backup-${name}`;
  if (plain.length <= 63) return plain;
  return `${plain.slice(0, 52)}-${createHash('sha256').update(name).digest('hex').slice(0, 10)}`;
}

const NAME = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;

function problemsOf(name: string, namespace: string | undefined, props: ServiceBackupProps): string[] {
  const problems = [
    ...problemsOfBucketName(props.backupBucketName),
    ...problemsOfItems(props.backups, namespace),
  ];
  if (!NAME.test(name)) {
    problems.push(
      `the name '${name}', which is the construct's id, is not one Kubernetes accepts: use at most 63 lower-case letters, digits and hyphens, e.g. 'backup'.`,
    );
  }
  if (props.schedule) problems.push(...props.schedule.problems());
  if (props.retention) problems.push(...props.retention.problems());
  if (props.runNow !== undefined && props.runNow.length > 128) {
    problems.push(`runNow has ${props.runNow.length} characters: use at most 128, e.g. a date.`);
  }
  if (props.adoptFrom !== undefined && props.adoptFrom.length > 256) {
    problems.push(
      `adoptFrom has ${props.adoptFrom.length} characters, but an owner's name has at most 256: copy it from the message of RepositoryOwnedByAnother.`,
    );
  }
  return problems;
}

const acrossApp = (constructs: IConstruct[]) =>
  doubles(constructs.filter((construct) => construct instanceof ServiceBackup));
