import type { IConstruct } from 'constructs';
import { DEFAULTS } from '../api';

const OPERATOR = Symbol.for('service-backup.operator');

/** The operator of an app, as its root knows it. */
interface Known {
  readonly operator: IConstruct;
  readonly namespace: string;
  readonly jobNamespace: string;
}

/** Lets the declarations of the app know where its operator is. A second one is a mistake: much of it has the same names. */
export function announceOperator(
  operator: IConstruct,
  { namespace, jobNamespace }: Pick<Known, 'namespace' | 'jobNamespace'>,
): void {
  const { root } = operator.node;
  const first = operatorAt(root);
  if (!first) {
    Object.defineProperty(root, OPERATOR, { value: { operator, namespace, jobNamespace } satisfies Known });
    return;
  }
  const problem = `this app has a BackupOperator already (${first.operator.node.path}), and a cluster has one: remove this one; if it is another cluster's, declare it in an app of its own.`;
  operator.node.addValidation({ validate: () => [problem] });
}

/** The namespace of the operator that the app has; without one, the default. */
export const operatorNamespaceOf = (declaration: IConstruct): string =>
  operatorAt(declaration.node.root)?.namespace ?? DEFAULTS.operatorNamespace;

/** The namespace in which its Jobs run; without an operator, the default. */
export const jobNamespaceOf = (declaration: IConstruct): string =>
  operatorAt(declaration.node.root)?.jobNamespace ?? DEFAULTS.jobNamespace;

const operatorAt = (root: IConstruct): Known | undefined =>
  (root as IConstruct & { [OPERATOR]?: Known })[OPERATOR];
