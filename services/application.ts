import { Size } from 'cdk8s';
import {
  Cpu,
  Deployment,
  DeploymentStrategy,
  EnvValue,
  type PersistentVolumeClaim,
  Volume,
} from 'cdk8s-plus-28';
import type { Construct } from 'constructs';

export interface ApplicationProps {
  readonly image: string;
  /** Port that it serves. */
  readonly port: number;
  /** The claims, by the path at which each is mounted. */
  readonly volumes: Record<string, PersistentVolumeClaim>;
  /**
   * User and group that it runs as, and that own its volumes.
   * @default - root; the image changes to a user of its own
   */
  readonly user?: number;
  /** @default - none */
  readonly env?: Record<string, string>;
}

/** One pod with its volumes, and a Service, as most programs that people host themselves are deployed. */
export function application(scope: Construct, name: string, props: ApplicationProps): Deployment {
  const { image, port, user, volumes, env = {} } = props;
  const ensureNonRoot = user !== undefined;
  const deployment = new Deployment(scope, name, {
    metadata: { name },
    replicas: 1,
    // A volume that only one node can mount is free for the new pod only when the old one is gone.
    strategy: DeploymentStrategy.recreate(),
    securityContext: { user, group: user, fsGroup: user, ensureNonRoot },
    containers: [
      {
        name,
        image,
        port,
        envVariables: Object.fromEntries(
          Object.entries(env).map(([key, value]) => [key, EnvValue.fromValue(value)]),
        ),
        // What cdk8s-plus would set by itself is too little for some, and a read-only root for most.
        resources: { cpu: { request: Cpu.millis(50) }, memory: { request: Size.mebibytes(256) } },
        securityContext: { ensureNonRoot, readOnlyRootFilesystem: false },
        volumeMounts: Object.entries(volumes).map(([path, claim]) => ({
          path,
          volume: Volume.fromPersistentVolumeClaim(scope, `${name}-${claim.name}`, claim),
        })),
      },
    ],
  });
  deployment.exposeViaService({ name });
  return deployment;
}
