import { binary } from '../build/binaries';
import { paths } from '../layout';
import { run } from '../machine/command';

/** Runs kubectl as the cluster's administrator and gives what it printed. */
export const kubectl = (
  args: readonly string[],
  options: { readonly input?: string } = {},
): Promise<string> => run(binary('kubectl'), [`--kubeconfig=${paths.adminKubeconfig}`, ...args], options);
