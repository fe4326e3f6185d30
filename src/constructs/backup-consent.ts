import { Construct, type IConstruct } from 'constructs';
import { ANNOTATION } from '../api';
import { problemsOfNamespace } from './names';
import { bindOperator, problemsOfOperatorNamespace } from './operator-binding';
import { type Found, report } from './problems';
import { nameOf, type ObjectReference, objectOf, problemsOfKind } from './reference';

/** Who may back up the claims of a namespace. */
export interface BackupConsentProps {
  /**
   * The namespace whose claims may be backed up. A Namespace that the app declares gets the annotation that says so. One that is only
   * named must be annotated by whoever declares it: `servicebackup.io/allow-backups-from: nextcloud,wiki`.
   */
  readonly namespace: ObjectReference | string;
  /**
   * Namespaces, at least one, whose ServiceBackups may name claims of this one. Whoever may change a ServiceBackup there decides which of
   * these claims are copied into its bucket, and who may restore from it reads them.
   */
  readonly to: readonly (ObjectReference | string)[];
  /**
   * Namespace of the operator, which gets the right to read this namespace's claims and pods.
   * @default - that of the BackupOperator of this app; if it has none, 'service-backup'
   */
  readonly operatorNamespace?: ObjectReference | string;
}

/**
 * Lets ServiceBackups of other namespaces back up claims of this one: `Item.volume('data', { namespace })`. It is the annotation of the
 * Namespace, and the RoleBinding by which the operator may read that namespace's claims and pods. One a namespace. Deleting it
 * deletes no backup.
 */
export class BackupConsent extends Construct {
  /** Name of the namespace that consents. */
  readonly namespace: string;

  constructor(scope: Construct, id: string, props: BackupConsentProps) {
    super(scope, id);
    this.namespace = nameOf(props.namespace);
    const names = props.to.map(nameOf);
    bindOperator(this, 'Default', {
      name: 'service-backup-consent',
      namespace: this.namespace,
      operatorNamespace: props.operatorNamespace,
    });
    const object = typeof props.namespace === 'string' ? undefined : objectOf(props.namespace);
    object?.metadata.addAnnotation(ANNOTATION.allowBackupsFrom, names.join(','));
    report(this, problemsOf(this.namespace, names, props), doubles);
  }
}

function problemsOf(namespace: string, names: readonly string[], props: BackupConsentProps): string[] {
  const problems = [
    ...problemsOfKind('namespace', props.namespace, 'Namespace'),
    ...problemsOfNamespace('namespace', namespace),
    ...props.to.flatMap((other, at) => problemsOfKind(`to[${at}]`, other, 'Namespace')),
    ...names.flatMap((name, at) => problemsOfNamespace(`to[${at}]`, name)),
  ];
  if (names.length === 0)
    problems.push(
      'to is empty, so that nobody would be allowed anything: name a namespace, or remove the BackupConsent.',
    );
  const itself = names.indexOf(namespace);
  if (itself >= 0)
    problems.push(`to[${itself}] is '${namespace}' itself, whose ServiceBackups need no consent: remove it.`);
  return [...problems, ...problemsOfOperatorNamespace(props.operatorNamespace)];
}

/** A second one would take the place of the first. */
function doubles(constructs: readonly IConstruct[]): Found[] {
  const firsts = new Map<string, IConstruct>();
  return constructs.flatMap((construct) => {
    if (!(construct instanceof BackupConsent)) return [];
    const first = firsts.get(construct.namespace);
    if (!first) {
      firsts.set(construct.namespace, construct);
      return [];
    }
    const problem = `namespace '${construct.namespace}' already has the BackupConsent ${first.node.path}: name all in its 'to'.`;
    return [{ construct, problem }];
  });
}
