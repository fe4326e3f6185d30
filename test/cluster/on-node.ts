import { createHash } from 'node:crypto';
import type { Cluster } from '../../demo/cluster';
import { JOB_NAMESPACE } from '../../demo/deploy';
import { until } from '../../demo/steps';
import { DRIVERS } from '../../testbed';
import { nodePaths } from '../../testbed/cluster/node-config';
import type { NodeName } from '../../testbed/layout';
import { run } from '../../testbed/machine/command';
import { pidOf } from '../../testbed/machine/processes';

/** Runs a program where a node's own kubelet and mounts are. */
export const inNode = (node: NodeName, ...command: string[]): Promise<string> =>
  run('nsenter', ['--target', String(pidOf(`${node}/containerd`)), '--mount', '--', ...command]);

/** Where the kubelet stages the volume of a claim. */
export async function stagingPath(cluster: Cluster, namespace: string, claim: string): Promise<string> {
  const get = async (...args: string[]) => JSON.parse(await cluster.kubectl(['get', ...args, '-o', 'json']));
  const { volumeName } = (await get('pvc', claim, '-n', namespace)).spec;
  const { driver, volumeHandle } = (await get('pv', volumeName)).spec.csi;
  const digest = createHash('sha256').update(volumeHandle).digest('hex');
  const path = `/var/lib/kubelet/plugins/kubernetes.io/csi/${driver}/${digest}/globalmount`;
  return driver === DRIVERS.ceph ? `${path}/${volumeHandle}` : path;
}

/**
 * Takes a volume's staging mount away under its attachment, as an unstage does that failed half-way; pods that have it keep it. What
 * is left is an empty directory of the node's own disk, or not even that. Gives what puts it back.
 */
export async function unstage(
  cluster: Cluster,
  node: NodeName,
  { namespace, claim, leave }: { namespace: string; claim: string; leave: 'a directory' | 'nothing' },
): Promise<() => Promise<unknown>> {
  const path = await stagingPath(cluster, namespace, claim);
  const device = (await inNode(node, 'findmnt', '-n', '-o', 'SOURCE', path)).trim();
  await inNode(node, 'umount', path);
  if (leave === 'nothing') await inNode(node, 'rmdir', path);
  return async () => {
    await inNode(node, 'mkdir', '-p', path);
    await inNode(node, 'mount', '-t', 'ext4', device, path);
  };
}

interface ContainerStatus {
  containerID: string;
  state: { running?: object };
}

/** The pod of a Job, as soon as its mover runs. */
export async function runningMover(
  cluster: Cluster,
  job: string,
): Promise<{ pod: string; container: string }> {
  const at = ['-n', JOB_NAMESPACE, '-l', `batch.kubernetes.io/job-name=${job}`];
  return until(`the mover of ${job}`, 60, async () => {
    const { items } = JSON.parse(await cluster.kubectl(['get', 'pod', ...at, '-o', 'json'])) as {
      items: { metadata: { name: string }; status: { containerStatuses?: ContainerStatus[] } }[];
    };
    const [pod] = items;
    const mover = pod?.status.containerStatuses?.find(({ state }) => state.running);
    return pod && mover && { pod: pod.metadata.name, container: mover.containerID.replace(/^.*:\/\//, '') };
  });
}

/** As an administrator does on the node: the kubelet learns of it afterwards. */
export const killContainer = (node: NodeName, container: string): Promise<string> =>
  run('ctr', [
    '--address',
    nodePaths(node).socket,
    '--namespace',
    'k8s.io',
    'task',
    'kill',
    '--signal',
    'SIGKILL',
    container,
  ]);
