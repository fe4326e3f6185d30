import type { S3Config, SecretKeyRef } from '../api/backup-config';
import { CREDENTIAL_VARIABLES, SERVICE_CREDENTIAL_VARIABLES } from '../api/contract';
import { MOVER_CONTAINER, TASK_VARIABLE } from '../api/group';
import type { Task } from '../api/task';
import type { Container, EnvVar, Job, PodTemplate } from '../kube/objects';

export interface JobOptions {
  name: string;
  namespace: string;
  labels: Record<string, string>;
  annotations: Record<string, string>;
  task: Task;
  credentials: S3Config['s3Credentials'];
  password: SecretKeyRef;
  /** Keys of the service's own S3 system, for a Job that reads buckets. */
  service?: S3Config['s3Credentials'];
  activeDeadlineSeconds: number;
}

const secret = (name: string, secretName: string, key: string): EnvVar => ({
  name,
  valueFrom: { secretKeyRef: { name: secretName, key } },
});

const keys = (
  variables: Record<'accessKeyId' | 'secretAccessKey', string>,
  { secretName, accessKeyIDProperty, secretKeyProperty }: S3Config['s3Credentials'],
): EnvVar[] => [
  secret(variables.accessKeyId, secretName, accessKeyIDProperty),
  secret(variables.secretAccessKey, secretName, secretKeyProperty),
];

/** Adds to the mover's container; what the template says under the same name gives way. */
export function withMover(job: Job, change: (mover: Container) => Container): Job {
  const { template } = job.spec!;
  const containers = template.spec.containers.map((container) =>
    container.name === MOVER_CONTAINER ? change(container) : container,
  );
  return {
    ...job,
    spec: { ...job.spec, template: { ...template, spec: { ...template.spec, containers } } },
  };
}

/** A Job from the PodTemplate of its role: name, labels, task and credentials are all that is added. */
export function jobFrom(template: PodTemplate, options: JobOptions): Job {
  const { name, namespace, labels, annotations, task, credentials, password, service } = options;
  const env: EnvVar[] = [
    { name: TASK_VARIABLE, value: JSON.stringify(task) },
    ...keys(CREDENTIAL_VARIABLES, credentials),
    secret(CREDENTIAL_VARIABLES.password, password.secretName, password.secretKey),
    ...(service ? keys(SERVICE_CREDENTIAL_VARIABLES, service) : []),
  ];
  const { metadata = {}, spec } = template.template;
  if (!spec.containers.some((container) => container.name === MOVER_CONTAINER))
    throw new Error(
      `PodTemplate ${template.metadata.name} in namespace ${namespace} has no container '${MOVER_CONTAINER}': deploy BackupOperator again.`,
    );
  const job: Job = {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name, namespace, labels, annotations },
    spec: {
      backoffLimit: 0,
      activeDeadlineSeconds: options.activeDeadlineSeconds,
      template: {
        metadata: {
          labels: { ...metadata.labels, ...labels },
          annotations: { ...metadata.annotations, ...annotations },
        },
        spec,
      },
    },
  };
  const ours = new Set(env.map((variable) => variable.name));
  return withMover(job, (mover) => ({
    ...mover,
    env: [...(mover.env ?? []).filter((variable) => !ours.has(variable.name)), ...env],
  }));
}
