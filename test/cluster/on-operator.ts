import type { Cluster } from '../../demo/cluster';
import { OPERATOR_NAMESPACE, waitForDeployments } from '../../demo/deploy';
import { until } from '../../demo/steps';
import { nodePaths } from '../../testbed/cluster/node-config';
import type { NodeName } from '../../testbed/layout';
import { run } from '../../testbed/machine/command';

const IN = ['-n', OPERATOR_NAMESPACE];
const LEASE = ['lease', 'service-backup', ...IN];
const DEPLOYMENT = ['deployment/service-backup', ...IN];

interface Lease {
  spec: { holderIdentity?: string; acquireTime?: string };
}
interface OperatorPod {
  metadata: { name: string; deletionTimestamp?: string };
  spec: { nodeName: NodeName };
  status: { phase: string; containerStatuses?: { containerID: string; ready: boolean }[] };
}

/** The pods of operators that are ready. */
export async function operators(cluster: Cluster): Promise<OperatorPod[]> {
  const { items } = JSON.parse(await cluster.kubectl(['get', 'pods', ...IN, '-o', 'json'])) as {
    items: OperatorPod[];
  };
  return items.filter(
    ({ metadata, status }) =>
      !metadata.deletionTimestamp && status.containerStatuses?.every(({ ready }) => ready),
  );
}

/** Who holds the Lease, and since when. */
export async function leader(cluster: Cluster): Promise<{ name: string; since: number } | undefined> {
  const found = await cluster.kubectl(['get', ...LEASE, '--ignore-not-found', '-o', 'json']);
  if (!found) return undefined;
  const { holderIdentity: name, acquireTime = '' } = (JSON.parse(found) as Lease).spec;
  return name ? { name, since: Date.parse(acquireTime) } : undefined;
}

/** Waits for one that is active and is not the one named. */
export const successorOf = (cluster: Cluster, name: string, seconds: number) =>
  until(`a successor of ${name}`, seconds, async () => {
    const now = await leader(cluster);
    return now && now.name !== name ? now : undefined;
  });

/**
 * Ends the active operator as SIGKILL does, and lets none follow: it executes nothing more, so it does not give its Lease back. It is
 * stopped first, else the kubelet's SIGTERM would come before.
 */
export async function killOperator(cluster: Cluster): Promise<string> {
  const { name } = (await leader(cluster))!;
  const pod = (await operators(cluster)).find(({ metadata }) => metadata.name === name)!;
  const container = pod.status.containerStatuses![0]!.containerID.replace(/^.*:\/\//, '');
  const socket = ['--address', nodePaths(pod.spec.nodeName).socket, '--namespace', 'k8s.io'];
  const tasks = await run('ctr', [...socket, 'task', 'ls']);
  const [, pid] = tasks
    .split('\n')
    .map((line) => line.split(/\s+/))
    .find(([id]) => id === container)!;
  process.kill(Number(pid), 'SIGSTOP');
  await cluster.kubectl(['scale', ...DEPLOYMENT, '--replicas=0']);
  await cluster.kubectl(['delete', 'pod', name, ...IN, '--force', '--grace-period=0']);
  return name;
}

export async function scaleOperator(cluster: Cluster, replicas: number): Promise<void> {
  await cluster.kubectl(['scale', ...DEPLOYMENT, `--replicas=${replicas}`]);
  await waitForDeployments(cluster, [OPERATOR_NAMESPACE], 60, () => {});
  // A Deployment does not count those that are told to go, and that still act for a moment.
  await until('operators that are told to go to be gone', 30, async () => {
    const pods = await cluster.kubectl(['get', 'pods', ...IN, '-o', 'name']);
    return pods.split('\n').filter(Boolean).length === replicas || undefined;
  });
}

/** Starts the operator on a node, unless it is there. */
export async function putOperatorOn(cluster: Cluster, node: NodeName): Promise<void> {
  const others = cluster.nodes.filter((other) => other !== node);
  const elsewhere = (await operators(cluster)).filter(({ spec }) => spec.nodeName !== node);
  if (elsewhere.length === 0) return;
  await cluster.kubectl(['cordon', ...others]);
  try {
    await cluster.kubectl(['delete', 'pod', ...elsewhere.map(({ metadata }) => metadata.name), ...IN]);
    await waitForDeployments(cluster, [OPERATOR_NAMESPACE], 60, () => {});
  } finally {
    await cluster.kubectl(['uncordon', ...others]);
  }
}

/**
 * Takes the Lease away for as long as `work` lasts, whenever there is one: each operator finds none, makes its own, and goes on
 * believing in it for some seconds.
 */
export async function withoutLease<T>(cluster: Cluster, work: () => Promise<T>): Promise<T> {
  let done = false;
  const takeAway = async () => {
    while (!done) {
      await cluster.kubectl(['delete', ...LEASE, '--ignore-not-found', '--wait=false']);
      // They look every five to ten seconds.
      await new Promise((resolve) => setTimeout(resolve, 300));
    }
  };
  const taking = takeAway();
  try {
    return await work();
  } finally {
    done = true;
    await taking;
  }
}

/** What an operator logged, line by line. */
export async function logOf(cluster: Cluster, pod: string): Promise<{ msg: string }[]> {
  const lines = (await cluster.kubectl(['logs', pod, ...IN])).split('\n');
  return lines.filter((line) => line.startsWith('{')).map((line) => JSON.parse(line) as { msg: string });
}
