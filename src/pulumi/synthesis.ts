import { log, type Resource } from '@pulumi/pulumi';
import { ApiObject, App, Chart } from 'cdk8s';
import type { IConstruct } from 'constructs';
import { problemsIn } from '../constructs/problems';
import { warningsIn } from '../constructs/warnings';

/** A Kubernetes object. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly [field: string]: unknown;
}

/** An object, and what it is called in its component. */
export interface Declared {
  readonly name: string;
  readonly manifest: Manifest;
}

/** A chart that is thrown away when its objects are known. */
export const chartIn = (namespace: string | undefined): Chart =>
  new Chart(new App(), 'pulumi', { namespace });

/** The objects of a construct. Nothing is validated yet. */
export function objectsOf(construct: IConstruct): { path: string; manifest: Manifest }[] {
  return construct.node
    .findAll()
    .filter((child) => ApiObject.isApiObject(child))
    .map((object) => ({ path: object.node.path, manifest: (object as ApiObject).toJson() }));
}

/** What is wrong with the app of a construct, in sentences that begin with the name of its component. */
export const mistakesOf = (construct: IConstruct, component: string): string[] =>
  problemsIn(construct.node.root).map(
    ({ construct: wrong, problem }) =>
      `${component}${wrong.node.path.slice(construct.node.path.length)}: ${problem}`,
  );

/** Says what the constructs of a component want known, in the same form. */
export function tellWarnings(construct: IConstruct, component: string, resource: Resource): void {
  for (const { construct: at, warning } of warningsIn(construct.node.root))
    void log.warn(`${component}${at.node.path.slice(construct.node.path.length)}: ${warning}`, resource);
}
