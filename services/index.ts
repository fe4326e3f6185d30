import type { Construct } from 'constructs';
import { Guestbook } from './guestbook';
import { Operator } from './operator';
import type { ServicesOptions } from './options';
import { Wiki } from './wiki';

export type { ServicesOptions } from './options';

/** The services: the list that gets deployed. A new one is a file beside this one, and a line here. */
export function services(scope: Construct, options: ServicesOptions = {}): void {
  new Guestbook(scope, options);
  new Wiki(scope, options);
}

/** The services and the operator that backs them up. */
export function everything(scope: Construct, options: ServicesOptions = {}): void {
  const operator = new Operator(scope, options);
  services(scope, options);
  // The kinds come first: cdk8s numbers its files in this order.
  for (const chart of scope.node.children) if (chart !== operator) chart.node.addDependency(operator);
}
