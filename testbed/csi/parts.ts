import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { binary, protoFile } from '../build/binaries';
import type { HostPart } from '../cluster/control-plane';
import { startInNode } from '../cluster/node';
import { KUBELET_DIRECTORY } from '../cluster/node-config';
import { accepts } from '../cluster/probe';
import { DRIVERS, type NodeName, PORTS, paths, STYLES, type StagingStyle } from '../layout';
import { run } from '../machine/command';
import { until } from '../machine/wait';
import type { DriverRole } from './driver';
import { Volumes } from './volumes';

const bundle = () => join(paths.csi, 'driver.cjs');
const MODULES = join(__dirname, '..', '..', 'node_modules');
/** The version the bundle is made for, whichever runs this program. */
const node24 = () => join(MODULES, 'node', 'bin', 'node');

/** One file starts several times faster than the sources under a loader, and three processes run it. */
export async function bundleDriver(): Promise<void> {
  mkdirSync(paths.csi, { recursive: true });
  const options = ['--bundle', '--platform=node', '--target=node24', '--log-level=error'];
  await run(join(MODULES, '.bin', 'esbuild'), [
    join(__dirname, 'driver.ts'),
    `--outfile=${bundle()}`,
    ...options,
  ]);
}

const shared = () => ({
  directory: paths.csi,
  protos: { csi: protoFile('csi.proto'), registration: protoFile('registration.proto') },
});

const driver = (role: DriverRole) => [node24(), bundle(), JSON.stringify(role)];

const sidecar = (program: 'attacher' | 'provisioner', style: StagingStyle): HostPart => {
  const port = PORTS.csi[style][program];
  return {
    command: () => [
      binary(`csi-${program}`),
      `--csi-address=${paths.csiSocket(style)}`,
      `--kubeconfig=${paths.adminKubeconfig}`,
      `--http-endpoint=127.0.0.1:${port}`,
    ],
    // Both open it only when they have spoken with the driver.
    serves: () => accepts({ host: '127.0.0.1', port }),
  };
};

/** Of each driver; a driver's own are restarted with the controller. */
export const SIDECARS = [
  'csi-attacher-plain',
  'csi-attacher-ceph',
  'csi-provisioner-plain',
  'csi-provisioner-ceph',
] as const;

export const CSI_PARTS = {
  'csi-controller': {
    command: () => {
      for (const style of STYLES) rmSync(paths.csiSocket(style), { force: true });
      const drivers = STYLES.map((style) => ({ name: DRIVERS[style], socket: paths.csiSocket(style) }));
      return driver({ ...shared(), role: 'controller', drivers });
    },
    serves: async () =>
      (await Promise.all(STYLES.map((style) => accepts({ path: paths.csiSocket(style) })))).every(Boolean),
  },
  'csi-attacher-plain': sidecar('attacher', 'plain'),
  'csi-attacher-ceph': sidecar('attacher', 'ceph'),
  'csi-provisioner-plain': sidecar('provisioner', 'plain'),
  'csi-provisioner-ceph': sidecar('provisioner', 'ceph'),
} satisfies Record<string, HostPart>;

export function startNodeDriver(node: NodeName): void {
  startInNode(
    node,
    `${node}/csi`,
    driver({ ...shared(), role: 'node', drivers: Object.values(DRIVERS), node, kubelet: KUBELET_DIRECTORY }),
  );
}

/** Detaches the loop devices of a dead node, or of all: a machine that crashed has none. */
export async function detachDevices(node?: NodeName): Promise<void> {
  const volumes = new Volumes(paths.csi);
  const left = () => volumes.devices(node);
  // A namespace's mounts go a moment after its last process; until then a detach is only noted.
  await until({ what: 'the loop devices to be detached', seconds: 15, everyMilliseconds: 50 }, async () => {
    for (const { device } of left()) await run('losetup', ['--detach', device]);
    return left().length === 0;
  });
}

/** Makes a CSI call fail with the message, on every node and in the controller, until it is cleared. */
export const faults = {
  set(rpc: string, message: string): void {
    mkdirSync(join(paths.csi, 'fail'), { recursive: true });
    writeFileSync(join(paths.csi, 'fail', rpc), message);
  },
  clear(rpc?: string): void {
    rmSync(rpc ? join(paths.csi, 'fail', rpc) : join(paths.csi, 'fail'), { recursive: true, force: true });
  },
};
