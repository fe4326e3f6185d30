import type { k8s } from 'cdk8s-plus-28';
import {
  ADMIN_VARIABLES,
  type BucketTask,
  HOPELESS,
  TASK_VARIABLE,
  TERMINATION_MESSAGE_PATH,
  userVariables,
} from '../api';
import type { BucketAdmin } from './bucket-admin';
import { BUNDLE_DIRECTORY, type Bundle } from './bundle';
import type { Images } from './images';
import { requirementsOf } from './requirements';
import { UNPRIVILEGED } from './unprivileged';

/** Labels of the pods that make buckets. */
export const BUCKET_MAKER_LABELS = {
  'app.kubernetes.io/name': 'service-backup',
  'app.kubernetes.io/component': 'bucket-maker',
};

export interface BucketJobOptions {
  readonly task: BucketTask;
  readonly admin: BucketAdmin;
  readonly program: Bundle;
  readonly images: Pick<Images, 'node' | 'pullSecrets'>;
  readonly serviceAccountName: string;
}

/** The types of Kubernetes 1.28 ask for `onPodConditions` as well; the API server takes one of the two. */
const HOPELESS_FAILS = {
  action: 'FailJob',
  onExitCodes: { operator: 'In', values: [HOPELESS] },
} as k8s.PodFailurePolicyRule;

/** What the Job of a BackupBucket is. */
export function bucketJob(options: BucketJobOptions): k8s.JobSpec {
  const { task, admin, program, images, serviceAccountName } = options;
  return {
    backoffLimit: 6,
    // An S3 system that is not there yet is waited for, and a Secret of the administrator's.
    activeDeadlineSeconds: 3600,
    podFailurePolicy: { rules: [HOPELESS_FAILS] },
    // No TTL: a GitOps tool would make it again and again.
    template: {
      metadata: { labels: BUCKET_MAKER_LABELS },
      spec: {
        restartPolicy: 'Never',
        serviceAccountName,
        automountServiceAccountToken: true,
        enableServiceLinks: false,
        imagePullSecrets: images.pullSecrets,
        securityContext: UNPRIVILEGED,
        containers: [
          {
            name: 'bucket-maker',
            image: images.node,
            command: program.commandIn(task.namespace, ['--max-semi-space-size=1']),
            env: environmentOf(task, admin),
            resources: requirementsOf({ cpuRequest: '20m', memoryRequest: '64Mi', memoryLimit: '256Mi' }),
            securityContext: {
              allowPrivilegeEscalation: false,
              readOnlyRootFilesystem: true,
              capabilities: { drop: ['ALL'] },
            },
            terminationMessagePath: TERMINATION_MESSAGE_PATH,
            terminationMessagePolicy: 'File',
            volumeMounts: [{ name: 'bundle', mountPath: BUNDLE_DIRECTORY, readOnly: true }],
          },
        ],
        volumes: [{ name: 'bundle', configMap: { name: program.configMap } }],
      },
    },
  };
}

/** The task; the keys of the administrator; and those of users whose Secrets are there already. */
function environmentOf(task: BucketTask, { credentials }: BucketAdmin): k8s.EnvVar[] {
  const keysOf = (
    names: { accessKeyId: string; secretAccessKey: string },
    { secretName: name, accessKeyIDProperty, secretKeyProperty }: BucketTask['users'][number]['secret'],
    optional?: true,
  ): k8s.EnvVar[] => [
    { name: names.accessKeyId, valueFrom: { secretKeyRef: { name, key: accessKeyIDProperty, optional } } },
    { name: names.secretAccessKey, valueFrom: { secretKeyRef: { name, key: secretKeyProperty, optional } } },
  ];
  return [
    { name: TASK_VARIABLE, value: JSON.stringify(task) },
    ...keysOf(ADMIN_VARIABLES, credentials),
    ...task.users.flatMap(({ secret }, n) => keysOf(userVariables(n), secret, true)),
  ];
}
