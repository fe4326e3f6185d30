import type { k8s } from 'cdk8s-plus-28';
import type { BackupOperatorProps } from './backup-operator-props';
import { problemsOfImages } from './images';
import { problemsOfLabels } from './labels';
import { problemsOfName, problemsOfNamespace } from './names';
import type { OperatorNamespaces } from './namespaces';
import { problemsOfPorts } from './network-policies';
import { nameOf, problemsOfKind } from './reference';
import { problemsOfQuantities } from './requirements';
import { problemsOfSecretName } from './secret-name';
import { noneOf } from './values';

/** What is wrong with a BackupOperator, in sentences. */
export function problemsOfOperator(given: OperatorNamespaces, props: BackupOperatorProps): string[] {
  const { images = {}, jobs = {}, monitoring, networkPolicies } = props;
  return [
    ...problemsOfNamespaces(given),
    ...(['secrets', 'maintenanceSecrets'] as const).flatMap((property) =>
      (props[property] ?? []).flatMap((name, at) => problemsOfSecretName(`${property}[${at}]`, name)),
    ),
    ...problemsOfNames('scratchClaims', props.scratchClaims, 'PersistentVolumeClaim'),
    ...problemsOfDirectory('kubeletDirectory', props.kubeletDirectory),
    ...problemsOfImages(images),
    ...problemsOfNames('images.pullSecrets', images.pullSecrets, 'Secret'),
    ...problemsOfQuantities('resources', props.resources),
    ...problemsOfLabels('nodeSelector', props.nodeSelector ?? {}),
    ...(props.tolerations ?? []).flatMap(problemsOfToleration),
    ...problemsOfName('priorityClassName', props.priorityClassName, 'PriorityClass'),
    ...noneOf('logLevel', props.logLevel, ['debug', 'info', 'warn']),
    ...problemsOfQuantities('jobs.resources', jobs.resources),
    ...problemsOfName('jobs.priorityClassName', jobs.priorityClassName, 'PriorityClass'),
    ...problemsOfLabel('jobs.seLinuxOptions', jobs.seLinuxOptions),
    ...(typeof networkPolicies === 'object' ? problemsOfPorts(networkPolicies) : []),
    ...problemsOfLabels('monitoring.labels', (typeof monitoring === 'object' && monitoring.labels) || {}),
  ];
}

function problemsOfNamespaces(given: OperatorNamespaces): string[] {
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
  return problems;
}

const problemsOfNames = (property: string, names: readonly string[] | undefined, kind: string): string[] =>
  (names ?? []).flatMap((name, at) => problemsOfName(`${property}[${at}]`, name, kind));

/** Of letters that need no quoting in a policy. */
const DIRECTORY = /^(\/(?!\.{1,2}(\/|$))[\w.@+-]+)+$/;

const problemsOfDirectory = (property: string, directory: string | undefined): string[] =>
  directory === undefined || DIRECTORY.test(directory)
    ? []
    : [
        `${property} '${directory}' is not the path of a directory: write it like '/var/lib/kubelet', from the root, without '..' and without a slash at its end.`,
      ];

const problemsOfToleration = ({ operator, effect }: k8s.Toleration, at: number): string[] => [
  ...noneOf(`tolerations[${at}].operator`, operator, ['Exists', 'Equal']),
  ...noneOf(`tolerations[${at}].effect`, effect, ['NoSchedule', 'PreferNoSchedule', 'NoExecute']),
];

const problemsOfLabel = (property: string, label: k8s.SeLinuxOptions | undefined): string[] =>
  label === undefined || Object.values(label).some((part) => part)
    ? []
    : [`${property} is empty: write { type: 'spc_t' }, or leave it out.`];
