import type { NodeSelectorTerm } from '../kube/objects';
import type { NodeView } from './views';

type Requirement = NonNullable<NodeSelectorTerm['matchExpressions']>[number];

function holds({ operator, values = [] }: Requirement, value: string | undefined): boolean {
  switch (operator) {
    case 'In':
      return value !== undefined && values.includes(value);
    case 'NotIn':
      return value === undefined || !values.includes(value);
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
    case 'Gt':
      return value !== undefined && Number(value) > Number(values[0]);
    case 'Lt':
      return value !== undefined && Number(value) < Number(values[0]);
    default:
      return false;
  }
}

/** Whether a volume's required node affinity allows a node: terms are alternatives, what stands in a term must all hold. */
export const holdsOn = (terms: readonly NodeSelectorTerm[], node: NodeView): boolean =>
  terms.some(({ matchExpressions = [], matchFields = [] }) => {
    if (matchExpressions.length + matchFields.length === 0) return false;
    return (
      matchExpressions.every((rule) => holds(rule, node.labels[rule.key])) &&
      matchFields.every((rule) => rule.key === 'metadata.name' && holds(rule, node.name))
    );
  });
