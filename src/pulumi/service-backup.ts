import { type ComponentResourceOptions, type Input, type Output, output } from '@pulumi/pulumi';
import * as plain from '../constructs';
import { ConstructComponent } from './construct-component';
import type { Fields } from './inputs';
import { type Metadata, placeOf } from './metadata';

export interface ServiceBackupArgs
  extends Fields<Omit<plain.ServiceBackupProps, 'metadata' | 'operatorNamespace'>> {
  /**
   * Namespace of the ServiceBackup: that of the service.
   * @default - the provider's; there, 'default'
   */
  readonly namespace?: Input<string>;
  /**
   * Namespace of the operator, which gets the right to read this namespace's claims and pods: `operator.namespace`.
   * @default 'service-backup'
   */
  readonly operatorNamespace?: Input<string>;
  /**
   * Metadata of the ServiceBackup.
   * @default - the component's name is the name
   */
  readonly metadata?: Metadata;
}

/**
 * What must be backed up of one service. It stands beside the service, in its namespace, and carries the RoleBinding by which
 * the operator may read that namespace's claims and pods. Destroying it deletes no backup.
 */
export class ServiceBackup extends ConstructComponent<plain.ServiceBackupProps> {
  /** Name of the ServiceBackup: the component's, unless metadata names another. It names the snapshots, so it must not change. */
  readonly name: Output<string>;
  /** Namespace of the ServiceBackup. */
  readonly namespace: Output<string>;
  /** Bucket of the repository. */
  readonly backupBucketName: Output<string>;

  constructor(name: string, args: ServiceBackupArgs, opts?: ComponentResourceOptions) {
    super(
      'ServiceBackup',
      name,
      { args, construct: (chart, id, props) => new plain.ServiceBackup(chart, id, props) },
      opts,
    );
    const { name: itsName, namespace } = placeOf(this.object('ServiceBackup'));
    this.name = itsName;
    this.namespace = namespace;
    this.backupBucketName = output(args.backupBucketName);
    this.registerOutputs({ name: itsName, namespace, backupBucketName: this.backupBucketName });
  }
}
