import type { Kube } from '../kube';
import { Failure } from './failure';
import { checkNodeVersion } from './node-version';

/** What the client library calls the context that it makes up when it finds none. */
const NO_KUBECONFIG = 'loaded-context';

/** The cluster that the person means, as the person. Loaded only here: a mistake on the command line is told at once. */
export async function connect(options: { kubeconfig?: string; context?: string }): Promise<Kube> {
  checkNodeVersion(process.version);
  const { Kube } = await import('../kube');
  try {
    const kube = Kube.fromKubeconfig({ path: options.kubeconfig });
    if (kube.context === NO_KUBECONFIG)
      throw new Failure(
        'There is no kubeconfig: name one by --kubeconfig or KUBECONFIG, or write ~/.kube/config.',
      );
    return options.context
      ? Kube.fromKubeconfig({ path: options.kubeconfig, context: options.context })
      : kube;
  } catch (error) {
    const { code, path } = error as NodeJS.ErrnoException;
    if (code !== 'ENOENT') throw error;
    throw new Failure(`There is no kubeconfig ${path}: name another by --kubeconfig or KUBECONFIG.`);
  }
}
