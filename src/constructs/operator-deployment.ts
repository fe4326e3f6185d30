import { k8s } from 'cdk8s-plus-28';
import type { Construct } from 'constructs';
import { DEFAULTS } from '../api';
import type { BackupOperatorProps } from './backup-operator-props';
import { BUNDLE_DIRECTORY, bundle } from './bundle';
import type { Images } from './images';
import { METRICS_PORT, OPERATOR_LABELS } from './operator-pod';
import { requirementsOf } from './requirements';
import { UNPRIVILEGED } from './unprivileged';

const PORT = 8080;
/** A small young generation: with 10,000 ServiceBackups resident memory falls from 231 MB to 152 MB. */
export const NODE_FLAGS = ['--optimize-for-size', '--max-semi-space-size=1'];

export interface OperatorDeploymentOptions {
  namespace: string;
  jobNamespace: string;
  kubeletDirectory: string;
  images: Images;
  props: BackupOperatorProps;
}

/** The operator: one replica on a stock Node image, without root, without any right on its node. */
export function operatorDeployment(scope: Construct, options: OperatorDeploymentOptions): k8s.KubeDeployment {
  const { namespace, jobNamespace, kubeletDirectory, images, props } = options;
  const program = bundle(scope, 'operator', { namespace });
  const probe = (path: string) => ({ httpGet: { path, port: k8s.IntOrString.fromNumber(PORT) } });
  const fromPod = (name: string, fieldPath: string) => ({ name, valueFrom: { fieldRef: { fieldPath } } });

  return new k8s.KubeDeployment(scope, 'deployment', {
    metadata: { name: 'service-backup', namespace, labels: OPERATOR_LABELS },
    spec: {
      replicas: 1,
      // Its Lease keeps one operator active; two at once would only wait for each other.
      strategy: { type: 'Recreate' },
      selector: { matchLabels: OPERATOR_LABELS },
      template: {
        metadata: { labels: OPERATOR_LABELS },
        spec: {
          serviceAccountName: DEFAULTS.serviceAccount,
          enableServiceLinks: false,
          imagePullSecrets: images.pullSecrets,
          nodeSelector: props.nodeSelector,
          priorityClassName: props.priorityClassName,
          // Of a node that is lost it is known within seconds: runs must not wait the 300 s that Kubernetes gives a pod there. Of
          // several tolerations of a taint the first one counts.
          tolerations: [
            ...['not-ready', 'unreachable'].map((condition) => ({
              key: `node.kubernetes.io/${condition}`,
              operator: 'Exists',
              effect: 'NoExecute',
              tolerationSeconds: 30,
            })),
            ...(props.tolerations ?? []),
          ],
          securityContext: UNPRIVILEGED,
          containers: [
            {
              name: 'operator',
              image: images.node,
              command: program.commandIn(namespace, NODE_FLAGS),
              env: [
                fromPod('POD_NAMESPACE', 'metadata.namespace'),
                fromPod('POD_NAME', 'metadata.name'),
                { name: 'JOB_NAMESPACE', value: jobNamespace },
                { name: 'KUBELET_DIRECTORY', value: kubeletDirectory },
                { name: 'LOG_LEVEL', value: props.logLevel ?? 'info' },
              ],
              ports: [{ name: METRICS_PORT, containerPort: PORT }],
              readinessProbe: { ...probe('/readyz'), periodSeconds: 1, timeoutSeconds: 2 },
              livenessProbe: {
                ...probe('/healthz'),
                periodSeconds: 10,
                timeoutSeconds: 5,
                failureThreshold: 6,
              },
              resources: requirementsOf(props.resources, {
                cpuRequest: '20m',
                memoryRequest: '64Mi',
                memoryLimit: '256Mi',
              }),
              securityContext: {
                allowPrivilegeEscalation: false,
                readOnlyRootFilesystem: true,
                capabilities: { drop: ['ALL'] },
              },
              volumeMounts: [{ name: 'bundle', mountPath: BUNDLE_DIRECTORY, readOnly: true }],
            },
          ],
          volumes: [{ name: 'bundle', configMap: { name: program.configMap } }],
        },
      },
    },
  });
}
