import { Lazy } from 'cdk8s';
import { k8s } from 'cdk8s-plus-28';
import type { Construct } from 'constructs';
import { DEFAULTS } from '../api';
import { problemsOfNamespace } from './names';
import { operatorNamespaceOf } from './operator-namespace';
import { nameOf, type ObjectReference, problemsOfKind } from './reference';
import { DECLARATION_ROLE } from './rights';

/** Where the operator may read claims and pods. */
interface Binding {
  /** Name of the RoleBinding. */
  readonly name: string;
  readonly namespace: string | undefined;
  readonly operatorNamespace: ObjectReference | string | undefined;
}

/** Lets the operator read the claims and pods of a namespace. */
export function bindOperator(
  scope: Construct,
  id: string,
  { name, namespace, operatorNamespace }: Binding,
): void {
  new k8s.KubeRoleBinding(scope, id, {
    metadata: { name, namespace },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: DECLARATION_ROLE },
    subjects: [
      {
        kind: 'ServiceAccount',
        name: DEFAULTS.serviceAccount,
        // The operator may be declared later in the program.
        namespace: Lazy.any({ produce: () => nameOf(operatorNamespace ?? operatorNamespaceOf(scope)) }),
      },
    ],
  });
}

/** What is wrong with the namespace in which the operator is said to be. */
export const problemsOfOperatorNamespace = (reference: ObjectReference | string | undefined): string[] =>
  reference === undefined
    ? []
    : [
        ...problemsOfKind('operatorNamespace', reference, 'Namespace'),
        ...problemsOfNamespace('operatorNamespace', nameOf(reference)),
      ];
