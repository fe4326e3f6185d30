import { k8s } from 'cdk8s-plus-28';
import { written } from './written';

/** Requests and limits, as people write them: quantities of Kubernetes. */
export interface Quantities {
  readonly cpuRequest?: string;
  readonly cpuLimit?: string;
  readonly memoryRequest?: string;
  readonly memoryLimit?: string;
}

/** As a container has them. */
export function requirementsOf(given: Quantities = {}, otherwise: Quantities = {}): k8s.ResourceRequirements {
  const of = (name: keyof Quantities) => {
    const quantity = given[name] ?? otherwise[name];
    return quantity === undefined ? undefined : k8s.Quantity.fromString(quantity);
  };
  return {
    requests: written({ cpu: of('cpuRequest'), memory: of('memoryRequest') }) as Amounts,
    limits: written({ cpu: of('cpuLimit'), memory: of('memoryLimit') }) as Amounts,
  };
}
type Amounts = k8s.ResourceRequirements['requests'];

/** As the API server takes quantities. */
const QUANTITY = /^(\d+(\.\d*)?|\.\d+)(m|k|M|G|T|P|E|Ki|Mi|Gi|Ti|Pi|Ei|[eE][+-]?\d+)?$/;

/** What is wrong with the quantities of `property`. */
export const problemsOfQuantities = (property: string, given: Quantities = {}): string[] =>
  Object.entries(given).flatMap(([name, quantity]) =>
    quantity === undefined || QUANTITY.test(quantity)
      ? []
      : [`${property}.${name} '${quantity}' is not a quantity of Kubernetes: write it like '20m' or '64Mi'.`],
  );
