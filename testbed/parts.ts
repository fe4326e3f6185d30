import { CONTROL_PLANE, type HostPart, startHostPart } from './cluster/control-plane';
import { killNode, nodeDriverSockets, startContainerd, startKubelet } from './cluster/node';
import { accepts } from './cluster/probe';
import { nodeIsReady } from './cluster/readiness';
import { CSI_PARTS, detachDevices, SIDECARS, startNodeDriver } from './csi/parts';
import { NODES, type NodeName } from './layout';
import { isRecorded, killDaemon, pidOf, serving } from './machine/processes';
import { S3_PART } from './s3';

const HOST_PARTS = { ...CONTROL_PLANE, s3: S3_PART, ...CSI_PARTS };

type HostPartName = keyof typeof HOST_PARTS;
/** What can be killed and started by itself. A node is killed wholly: kubelet, containerd and all containers. */
export type Part = HostPartName | NodeName | `${NodeName}/kubelet` | `${NodeName}/csi`;

const hostParts: Readonly<Record<string, HostPart>> = HOST_PARTS;

export const PARTS: readonly Part[] = [
  ...(Object.keys(HOST_PARTS) as HostPartName[]),
  ...NODES.flatMap((node): Part[] => [node, `${node}/kubelet`, `${node}/csi`]),
];

/** The recorded process by which one sees whether a part is there. */
const processOf = (part: Part) => (isNode(part) ? `${part}/containerd` : part);
const isNode = (part: Part): part is NodeName => (NODES as readonly string[]).includes(part);

export const isRunning = (part: Part) => pidOf(processOf(part)) !== undefined;

export async function killPart(part: Part): Promise<void> {
  if (!isNode(part)) return killDaemon(part);
  await killNode(part);
  await detachDevices(part);
}

/** Starts a part that is not running, and waits until it serves. */
export async function startPart(part: Part): Promise<void> {
  if (isRunning(part)) return;
  const since = new Date();
  if (isNode(part)) {
    await startContainerd(part);
    await Promise.all([startKubelet(part), startNodeService(part)]);
    return nodeIsReady(part, since);
  }
  const [node, inner] = part.split('/') as [NodeName, string | undefined];
  if (inner === 'kubelet') {
    await startKubelet(node);
    return nodeIsReady(node, since);
  }
  if (inner === 'csi') return startNodeService(node);
  await startHostPart(part, hostParts[part]!);
  if (part === 'csi-controller') await restartSidecars();
}

export async function startNodeService(node: NodeName): Promise<void> {
  startNodeDriver(node);
  const accepting = () => Promise.all(nodeDriverSockets(node).map((path) => accepts({ path })));
  await serving(`${node}/csi`, 60, async () => (await accepting()).every(Boolean));
}

/** The sidecars end themselves some minutes after their driver's socket went; meanwhile they hang without an error. */
async function restartSidecars(): Promise<void> {
  for (const sidecar of SIDECARS) {
    if (!isRecorded(sidecar)) continue; // killed on purpose
    await killDaemon(sidecar);
    await startPart(sidecar);
  }
}
