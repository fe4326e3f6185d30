import { core } from '@pulumi/kubernetes';
import { type ComponentResourceOptions, type Input, type Output, output } from '@pulumi/pulumi';
import { ANNOTATION } from '../api';
import * as plain from '../constructs';
import { ConstructComponent } from './construct-component';
import type { Fields } from './inputs';

export interface BackupConsentArgs extends Fields<Omit<plain.BackupConsentProps, 'namespace'>> {
  /** The namespace whose claims may be backed up. It must exist, and gets the annotation that says so. */
  readonly namespace: Input<string>;
}

/**
 * Lets ServiceBackups of other namespaces back up claims of this one: `Item.volume('data', { namespace })`. It is the annotation of the
 * Namespace, and the RoleBinding by which the operator may read that namespace's claims and pods. One a namespace. Destroying it
 * takes both away, and deletes no backup.
 */
export class BackupConsent extends ConstructComponent<plain.BackupConsentProps> {
  /** Name of the namespace that consents. */
  readonly namespace: Output<string>;

  constructor(name: string, args: BackupConsentArgs, opts?: ComponentResourceOptions) {
    super(
      'BackupConsent',
      name,
      { args, construct: (chart, id, props) => new plain.BackupConsent(chart, id, props) },
      opts,
    );
    this.namespace = output(args.namespace);
    const names = output(args.to as Input<Input<string>[]>).apply((to) => to.join(','));
    new core.v1.NamespacePatch(
      `${name}/namespace`,
      { metadata: { name: args.namespace, annotations: { [ANNOTATION.allowBackupsFrom]: names } } },
      // Nothing is written before the arguments have been looked at.
      { parent: this, dependsOn: this.object('RoleBinding') },
    );
    this.registerOutputs({ namespace: this.namespace });
  }
}
