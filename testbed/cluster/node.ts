import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { binary } from '../build/binaries';
import { ADDRESS, DRIVERS, type NodeName, PORTS, paths } from '../layout';
import { killMembers, makeCgroup, removeCgroups } from '../machine/cgroups';
import { run } from '../machine/command';
import { makeDirectories } from '../machine/directories';
import { killDaemon, pidOf, serving, startDaemon } from '../machine/processes';
import {
  containerdConfig,
  KUBELET_DIRECTORY,
  kubeletConfig,
  nodeDirectories,
  nodePaths,
} from './node-config';
import { answersOk } from './probe';

const systemCgroup = (node: NodeName) => `${node}-system`;

/**
 * The node's own view of the file system. Private first, so that no mount of a node is seen on the host, then
 * shared within itself, so that mounts pass from the CSI driver to the kubelet's pods. It lives as long as a
 * process in it does: a node killed wholly leaves no mount behind.
 */
const mountScript = (node: NodeName) =>
  [
    'set -e',
    'mount --make-rshared /',
    ...nodeDirectories(node).map(({ own, seenAt }) => `mount --bind ${own} ${seenAt}`),
    'exec "$@"',
  ].join('\n');

/** Starts containerd in a new mount namespace, which it keeps alive for the kubelet and the CSI driver. */
export async function startContainerd(node: NodeName): Promise<void> {
  const own = nodePaths(node);
  for (const name of [node, systemCgroup(node)]) makeCgroup(name);
  makeDirectories([own.containerd, own.containerdState]);
  makeDirectories(nodeDirectories(node).flatMap(({ own, seenAt }) => [own, seenAt]));
  writeFileSync(own.containerdConfig, containerdConfig(node));
  writeFileSync(own.kubeletConfig, kubeletConfig(node));
  startDaemon({
    name: `${node}/containerd`,
    cgroup: systemCgroup(node),
    command: [
      ...['unshare', '--mount', '--propagation', 'private', '/bin/sh', '-c', mountScript(node), 'sh'],
      ...['containerd', '--config', own.containerdConfig],
    ],
  });
  await serving(`${node}/containerd`, 60, () => ctr(node, 'version').then(() => true));
}

const ctr = (node: NodeName, ...args: string[]) =>
  run('ctr', ['--address', nodePaths(node).socket, '--namespace', 'k8s.io', ...args]);

export async function importImages(node: NodeName, archives: readonly string[]): Promise<void> {
  for (const archive of archives) await ctr(node, 'images', 'import', archive);
}

/** Starts a program that belongs to a node, inside the node's mount namespace. */
export function startInNode(
  node: NodeName,
  name: string,
  command: readonly string[],
  env?: NodeJS.ProcessEnv,
): void {
  const containerd = pidOf(`${node}/containerd`);
  if (containerd === undefined) throw new Error(`${node} is down: start "${node}", not "${name}" alone.`);
  startDaemon({
    name,
    cgroup: systemCgroup(node),
    env,
    command: ['nsenter', '--target', String(containerd), '--mount', '--', ...command],
  });
}

export async function startKubelet(node: NodeName): Promise<void> {
  startInNode(node, `${node}/kubelet`, [
    binary('kubelet'),
    `--config=${nodePaths(node).kubeletConfig}`,
    `--kubeconfig=${paths.kubeconfig(node)}`,
    `--hostname-override=${node}`,
    `--root-dir=${KUBELET_DIRECTORY}`,
    `--node-ip=${ADDRESS}`,
    `--cert-dir=${join(paths.node(node), 'pki')}`,
    '--v=2',
  ]);
  await serving(`${node}/kubelet`, 90, () => answersOk(`https://${ADDRESS}:${PORTS.kubelet[node]}/healthz`));
}

/** The node's CSI sockets as the host sees them: the kubelet's directory there is a plain one. */
export const nodeDriverSockets = (node: NodeName) =>
  Object.values(DRIVERS).map((driver) => join(nodePaths(node).kubelet, 'plugins', driver, 'csi.sock'));

/** Kills a node as a power cut would: the kubelet, containerd, every shim and container, at once. */
export async function killNode(node: NodeName): Promise<void> {
  await Promise.all([killMembers(systemCgroup(node)), killMembers(node)]);
  for (const part of ['containerd', 'kubelet', 'csi']) await killDaemon(`${node}/${part}`);
  await Promise.all([removeCgroups(node), removeCgroups(systemCgroup(node))]);
  rmSync(nodePaths(node).volatile, { recursive: true, force: true });
  rmSync(nodePaths(node).socket, { force: true });
}
