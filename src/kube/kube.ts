import type { RequestOptions } from 'node:https';
import { KubeConfig } from '@kubernetes/client-node';
import { Rest } from './rest';
import type { Access } from './transport';

/**
 * The API server as a person with a kubeconfig reaches it. Only here is @kubernetes/client-node loaded: it knows every way to
 * log in. The operator, which is known by its token alone, imports `in-cluster` and the other files by themselves.
 */
export class Kube extends Rest {
  /** Namespace of the kubeconfig's context, or of the pod. */
  readonly namespace: string;
  /** Name of the kubeconfig's context. */
  readonly context: string;

  private constructor(config: KubeConfig) {
    super(accessOf(config));
    this.context = config.getCurrentContext();
    this.namespace = config.getContextObject(this.context)?.namespace ?? 'default';
  }

  /** As kubectl does: `path`, else $KUBECONFIG (more than one file is merged), else ~/.kube/config, else the pod's own account. */
  static fromKubeconfig(options: { path?: string; context?: string } = {}): Kube {
    const config = new KubeConfig();
    if (options.path) config.loadFromFile(options.path);
    else config.loadFromDefault();
    if (options.context) {
      const known = config.getContexts().map((context) => context.name);
      if (!known.includes(options.context))
        throw new Error(
          `The kubeconfig has no context '${options.context}': use one of ${known.map((name) => `'${name}'`).join(', ')}.`,
        );
      config.setCurrentContext(options.context);
    }
    return new Kube(config);
  }
}

function accessOf(config: KubeConfig): Access {
  const cluster = config.getCurrentCluster();
  if (!cluster)
    throw new Error(
      `The kubeconfig's context '${config.getCurrentContext()}' names no cluster: choose another by --context.`,
    );
  return {
    server: cluster.server,
    async options() {
      const options: RequestOptions = {};
      await config.applyToHTTPSOptions(options);
      // The agent is only needed to go through a proxy: ours keeps connections open.
      if (!cluster.proxyUrl) delete options.agent;
      return options;
    },
  };
}
