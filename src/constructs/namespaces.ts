import { k8s } from 'cdk8s-plus-28';
import type { Construct } from 'constructs';
import { clusterScoped } from './cluster-scoped';
import { type ObjectReference, objectOf } from './reference';

/** Pod Security Standard that a namespace enforces. */
const ENFORCE = 'pod-security.kubernetes.io/enforce';

/** The namespaces of an operator: its own, and that of the Jobs. */
export interface OperatorNamespaces {
  readonly namespace: ObjectReference | string;
  readonly jobNamespace: ObjectReference | string;
}

/** Synthesises the namespaces that are only named, if so wished, and labels a Job namespace that the app declares itself. */
export function namespaces(scope: Construct, given: OperatorNamespaces, create: boolean): void {
  const levels: { of: ObjectReference | string; level: string }[] = [
    { of: given.namespace, level: 'restricted' },
    { of: given.jobNamespace, level: 'privileged' },
  ];
  for (const { of: name, level } of create ? levels : []) {
    if (typeof name !== 'string') continue;
    const id = `namespace-${name}`;
    // Two of one name are a mistake, which is told with the others.
    if (scope.node.tryFindChild(id)) continue;
    const metadata = { name, labels: { [ENFORCE]: level } };
    clusterScoped(new k8s.KubeNamespace(scope, id, { metadata }));
  }
  const own = typeof given.jobNamespace === 'string' ? undefined : objectOf(given.jobNamespace);
  if (own && own.metadata.getLabel(ENFORCE) === undefined) own.metadata.addLabel(ENFORCE, 'privileged');
}
