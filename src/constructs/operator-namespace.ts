import type { IConstruct } from 'constructs';
import { DEFAULTS } from '../api';

const OPERATORS = Symbol.for('service-backup.operator-namespaces');

/** Lets the declarations of the app know where its operator is. */
export function announceOperator(operator: IConstruct, namespace: string): void {
  const { root } = operator.node;
  const known = namespacesAt(root);
  if (known) known.add(namespace);
  else Object.defineProperty(root, OPERATORS, { value: new Set([namespace]) });
}

/** The namespace of the operator that the app has. If it has none, or several apart, the default. */
export function operatorNamespaceOf(declaration: IConstruct): string {
  const [namespace, ...others] = namespacesAt(declaration.node.root) ?? [];
  return namespace !== undefined && others.length === 0 ? namespace : DEFAULTS.operatorNamespace;
}

const namespacesAt = (root: IConstruct): Set<string> | undefined =>
  (root as IConstruct & { [OPERATORS]?: Set<string> })[OPERATORS];
