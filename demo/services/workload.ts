import { ApiObject, Duration, JsonPatch } from 'cdk8s';
import {
  Deployment,
  DeploymentStrategy,
  ImagePullPolicy,
  type PersistentVolumeClaim,
  Volume,
} from 'cdk8s-plus-28';
import type { Construct } from 'constructs';

export interface WorkloadProps {
  /** The claim, mounted at /data. */
  readonly claim: PersistentVolumeClaim;
  /**
   * The node on which it must run, by its label kubernetes.io/hostname.
   * @default - the scheduler chooses
   */
  readonly node?: string;
}

/** Stands in for a program that keeps its data on a volume: a container that waits, and ends at once when it is told to. */
export function workload(scope: Construct, name: string, { claim, node }: WorkloadProps): Deployment {
  const deployment = new Deployment(scope, name, {
    metadata: { name },
    replicas: 1,
    // A volume that only one node can mount is free for the new pod only when the old one is gone.
    strategy: DeploymentStrategy.recreate(),
    terminationGracePeriod: Duration.seconds(5),
    securityContext: { ensureNonRoot: false },
    containers: [
      {
        name,
        image: 'docker.io/library/busybox:1.36',
        imagePullPolicy: ImagePullPolicy.IF_NOT_PRESENT,
        command: ['sh', '-c', 'trap exit TERM; while :; do sleep 3600 & wait; done'],
        securityContext: { user: 0, ensureNonRoot: false, readOnlyRootFilesystem: false },
        resources: {},
        volumeMounts: [
          { path: '/data', volume: Volume.fromPersistentVolumeClaim(scope, `${name}-data`, claim) },
        ],
      },
    ],
  });
  if (node !== undefined) {
    ApiObject.of(deployment).addJsonPatch(
      JsonPatch.add('/spec/template/spec/nodeSelector', { 'kubernetes.io/hostname': node }),
    );
  }
  return deployment;
}
