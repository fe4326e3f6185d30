import type { ComponentResourceOptions, Input, Output } from '@pulumi/pulumi';
import * as plain from '../constructs';
import { ConstructComponent } from './construct-component';
import type { Fields } from './inputs';
import { type Metadata, placeOf } from './metadata';

export interface BackupConfigArgs extends Fields<Omit<plain.BackupConfigProps, 'metadata'>> {
  /**
   * Namespace of the BackupConfig: that of the operator.
   * @default 'service-backup'
   */
  readonly namespace?: Input<string>;
  /**
   * Metadata of the BackupConfig.
   * @default - the component's name is the name
   */
  readonly metadata?: Metadata;
}

/** Settings for all ServiceBackups that name it; the one named 'default' is meant when a ServiceBackup names none. */
export class BackupConfig extends ConstructComponent<plain.BackupConfigProps> {
  /** Name of the BackupConfig. */
  readonly name: Output<string>;
  /** Namespace of the BackupConfig. */
  readonly namespace: Output<string>;

  constructor(name: string, args: BackupConfigArgs, opts?: ComponentResourceOptions) {
    super(
      'BackupConfig',
      name,
      { args, construct: (chart, id, props) => new plain.BackupConfig(chart, id, props) },
      opts,
    );
    const { name: itsName, namespace } = placeOf(this.object('BackupConfig'));
    this.name = itsName;
    this.namespace = namespace;
    this.registerOutputs({ name: itsName, namespace });
  }
}
