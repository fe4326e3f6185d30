import type { BackupOperatorProps } from './backup-operator-props';
import { problemsOfLabels } from './labels';
import { problemsOfNamespace } from './names';
import type { OperatorNamespaces } from './namespaces';
import { nameOf, problemsOfKind } from './reference';

/** As the API server takes quantities. */
const QUANTITY = /^(\d+(\.\d*)?|\.\d+)(m|k|M|G|T|P|E|Ki|Mi|Gi|Ti|Pi|Ei|[eE][+-]?\d+)?$/;

/** What is wrong with a BackupOperator, in sentences. */
export function problemsOfOperator(
  given: OperatorNamespaces,
  { resources = {}, images = {}, monitoring }: BackupOperatorProps,
): string[] {
  const problems = Object.entries(given).flatMap(([property, reference]) => [
    ...problemsOfKind(property, reference, 'Namespace'),
    ...problemsOfNamespace(property, nameOf(reference)),
  ]);
  // The operator's namespace enforces 'restricted'; and who can write where Jobs run owns all backups.
  if (nameOf(given.namespace) === nameOf(given.jobNamespace)) {
    problems.push(
      `jobNamespace '${nameOf(given.jobNamespace)}' is the operator's own: use a namespace of its own for the Jobs.`,
    );
  }
  for (const [property, quantity] of Object.entries(resources)) {
    if (quantity !== undefined && !QUANTITY.test(quantity)) {
      problems.push(
        `resources.${property} '${quantity}' is not a quantity of Kubernetes: write it like '20m' or '64Mi'.`,
      );
    }
  }
  for (const [property, image] of Object.entries(images)) {
    if (image !== undefined && (image === '' || image.trim() !== image)) {
      problems.push(
        `images.${property} '${image}' is not a name of an image: write it like 'docker.io/library/node:24', without spaces around it.`,
      );
    }
  }
  const labels = typeof monitoring === 'object' ? (monitoring.labels ?? {}) : {};
  return [...problems, ...problemsOfLabels('monitoring.labels', labels)];
}
