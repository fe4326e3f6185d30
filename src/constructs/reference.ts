import { ApiObject } from 'cdk8s';
import type { IConstruct } from 'constructs';

/**
 * An object of Kubernetes that this app declares or refers to: a PersistentVolumeClaim, Secret, Namespace or Deployment of any
 * release of cdk8s-plus, or an ApiObject (`k8s.Kube…`, what Include and Helm load).
 */
export interface ObjectReference extends IConstruct {
  /** Name of the object. */
  readonly name: string;
  /** Kind of the object, e.g. 'PersistentVolumeClaim'. */
  readonly kind: string;
}

/** The name, of what is referred to or named. */
export const nameOf = (reference: ObjectReference | string): string =>
  typeof reference === 'string' ? reference : reference.name;

/** The object itself. What only refers to one (`fromClaimName`) has none. */
export function objectOf(reference: ObjectReference): ApiObject | undefined {
  return ApiObject.isApiObject(reference) ? reference : reference.node.children.find(ApiObject.isApiObject);
}

/** The namespace in which it is declared, if that is known. */
export const namespaceOf = (reference: ObjectReference | string): string | undefined =>
  typeof reference === 'string' ? undefined : objectOf(reference)?.metadata.namespace;

/** In the words of messages. */
export const titleOf = ({ kind, name }: { kind: string; name: string }): string => `${kind} '${name}'`;

/** What is wrong with a reference that `property` takes for a `kind`. */
export const problemsOfKind = (
  property: string,
  reference: ObjectReference | string,
  kind: string,
): string[] =>
  typeof reference === 'string' || reference.kind === kind
    ? []
    : [`${property} is the ${titleOf(reference)}: use a ${kind}, or the name of one.`];
