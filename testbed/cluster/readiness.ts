import { DRIVERS, type NodeName } from '../layout';
import { until } from '../machine/wait';
import { readObject } from './probe';

interface Node {
  readonly status: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] };
}
interface CsiNode {
  readonly spec: { readonly drivers?: readonly { readonly name: string }[] | null };
}
interface Lease {
  readonly spec: { readonly renewTime?: string };
}

/**
 * Waits until the cluster takes a node for ready and knows its CSI drivers. A node that died a moment ago still
 * looks ready: when it is started again, its lease must have been renewed since.
 */
export async function nodeIsReady(node: NodeName, since?: Date): Promise<void> {
  await until(
    { what: `${node} to be Ready with its CSI drivers`, seconds: 120, everyMilliseconds: 200 },
    async () => {
      if (since && !(await leaseIsNewer(node, since))) return false;
      const { status } = await readObject<Node>(`/api/v1/nodes/${node}`);
      if (!status.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True')) return false;
      const { spec } = await readObject<CsiNode>(`/apis/storage.k8s.io/v1/csinodes/${node}`);
      return Object.values(DRIVERS).every((driver) => spec.drivers?.some(({ name }) => name === driver));
    },
  );
}

async function leaseIsNewer(node: NodeName, than: Date): Promise<boolean> {
  const path = `/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/${node}`;
  const { renewTime } = (await readObject<Lease>(path)).spec;
  return renewTime !== undefined && new Date(renewTime) > than;
}

/** Pods can be made only once their namespace's account is there. */
export async function accountsExist(): Promise<void> {
  await until({ what: 'the default service account', seconds: 60 }, () =>
    readObject('/api/v1/namespaces/default/serviceaccounts/default').then(() => true),
  );
}
