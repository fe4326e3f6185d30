import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ADDRESS, BRIDGE, POD_RANGE, paths } from '../layout';
import { run } from './command';

/** Locally administered; made of the bridge's IP address, as the bridge plugin's own are. */
const BRIDGE_HARDWARE_ADDRESS = '0a:58:0a:58:00:01';

/** Both nodes share the host's network namespace, so that one bridge is a flat network of all pods. */
export async function makeNetwork(): Promise<void> {
  // An address of its own: else a bridge takes the lowest of its ports', which changes as pods come and go, and those that know the
  // old one talk to nobody for half a minute.
  await run('ip', ['link', 'add', BRIDGE, 'address', BRIDGE_HARDWARE_ADDRESS, 'type', 'bridge']);
  await run('ip', ['addr', 'add', `${ADDRESS}/${POD_RANGE.split('/')[1]}`, 'dev', BRIDGE]);
  await run('ip', ['link', 'set', BRIDGE, 'up']);
  mkdirSync(paths.cni, { recursive: true });
  writeFileSync(join(paths.cni, '10-testbed.conflist'), JSON.stringify(cni(), null, 2));
}

function cni() {
  const ipam = {
    type: 'host-local',
    // Shared by both nodes, else both would give out the same addresses.
    dataDir: join(paths.cni, 'leases'),
    ranges: [[{ subnet: POD_RANGE, gateway: ADDRESS }]],
  };
  const bridge = {
    type: 'bridge',
    bridge: BRIDGE,
    isGateway: true,
    isDefaultGateway: true,
    ipMasq: false,
    ipam,
  };
  return { cniVersion: '0.4.0', name: 'service-backup-testbed', plugins: [bridge] };
}

/** In the network namespace of this process, which /sys may not be of. */
export const interfaceExists = (name: string) =>
  readFileSync('/proc/self/net/dev', 'utf8')
    .split('\n')
    .some((line) => line.trim().startsWith(`${name}:`));

/** Removes the bridge, and the tables in which kube-proxy keeps the services' addresses. */
export async function removeNetwork(bridge: string): Promise<void> {
  if (interfaceExists(bridge)) await run('ip', ['link', 'delete', bridge]);
  for (const family of ['ip', 'ip6']) {
    await run('nft', ['delete', 'table', family, 'kube-proxy']).catch((error: Error) => {
      if (!/No such file/.test(error.message)) throw error;
    });
  }
}

/** Forwarding is ours to switch on; the rest a kubelet and its containers set on the machine they run on. */
const SYSCTLS = [
  'net/ipv4/ip_forward',
  'vm/overcommit_memory',
  'vm/panic_on_oom',
  'kernel/panic',
  'kernel/panic_on_oops',
  'kernel/keys/root_maxkeys',
  'kernel/keys/root_maxbytes',
];

export type Sysctls = Readonly<Record<string, string>>;

export function readSysctls(): Sysctls {
  const present = SYSCTLS.filter((name) => existsSync(`/proc/sys/${name}`));
  return Object.fromEntries(present.map((name) => [name, readFileSync(`/proc/sys/${name}`, 'utf8').trim()]));
}

export function writeSysctls(values: Sysctls): void {
  for (const [name, value] of Object.entries(values)) {
    if (readFileSync(`/proc/sys/${name}`, 'utf8').trim() !== value) writeFileSync(`/proc/sys/${name}`, value);
  }
}
