import { join } from 'node:path';
import { stringify } from 'yaml';
import { PAUSE_IMAGE } from '../images/catalog';
import { ADDRESS, CGROUP, type NodeName, PORTS, paths } from '../layout';
import { pki } from './certificates';

/** Where the parts of one node keep their things. */
export function nodePaths(node: NodeName) {
  const at = (...parts: string[]) => join(paths.node(node), ...parts);
  return {
    kubelet: at('kubelet'),
    kubeletConfig: at('kubelet.yaml'),
    containerd: at('containerd'),
    containerdConfig: at('containerd.toml'),
    socket: at('containerd.sock'),
    /** What a reboot would empty. */
    volatile: at('run'),
    containerdState: at('run', 'state'),
  };
}

/** The directory every kubelet believes is its own; in each node's mount namespace it is another one. */
export const KUBELET_DIRECTORY = '/var/lib/kubelet';

/**
 * What each node has of its own under a path that both know. The logs too: a kubelet deletes the logs of pods
 * that it does not know.
 */
export function nodeDirectories(node: NodeName): { readonly own: string; readonly seenAt: string }[] {
  const { kubelet, volatile } = nodePaths(node);
  const at = (name: string) => join(paths.node(node), name);
  return [
    { own: kubelet, seenAt: KUBELET_DIRECTORY },
    { own: at('pod-logs'), seenAt: '/var/log/pods' },
    { own: at('container-logs'), seenAt: '/var/log/containers' },
    { own: at('cni'), seenAt: '/var/lib/cni' },
    { own: join(volatile, 'containerd'), seenAt: '/run/containerd' },
  ];
}

export const containerdConfig = (node: NodeName) => {
  const own = nodePaths(node);
  return `version = 2
root = "${own.containerd}"
state = "${own.containerdState}"
disabled_plugins = ["io.containerd.internal.v1.opt", "io.containerd.snapshotter.v1.btrfs", "io.containerd.snapshotter.v1.zfs", "io.containerd.snapshotter.v1.aufs", "io.containerd.snapshotter.v1.devmapper"]
[grpc]
  address = "${own.socket}"
[plugins."io.containerd.grpc.v1.cri"]
  # Some machines give root no right to lower a score; runc would fail there.
  restrict_oom_score_adj = true
  sandbox_image = "${PAUSE_IMAGE}"
  stream_server_address = "127.0.0.1"
  # In the state and not in /run/netns: a node that dies takes its pods' namespaces along.
  netns_mounts_under_state_dir = true
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/usr/lib/cni"
    conf_dir = "${paths.cni}"
  [plugins."io.containerd.grpc.v1.cri".containerd]
    snapshotter = "overlayfs"
`;
};

export const kubeletConfig = (node: NodeName) =>
  stringify({
    apiVersion: 'kubelet.config.k8s.io/v1beta1',
    kind: 'KubeletConfiguration',
    authentication: {
      anonymous: { enabled: false },
      webhook: { enabled: true },
      x509: { clientCAFile: pki('ca.crt') },
    },
    authorization: { mode: 'Webhook' },
    address: ADDRESS,
    port: PORTS.kubelet[node],
    readOnlyPort: 0,
    healthzPort: 0,
    tlsCertFile: pki(`${node}.crt`),
    tlsPrivateKeyFile: pki(`${node}.key`),
    cgroupDriver: 'cgroupfs',
    cgroupRoot: `/${CGROUP}/${node}`,
    cgroupsPerQOS: true,
    enforceNodeAllocatable: [],
    failSwapOn: false,
    makeIPTablesUtilChains: false,
    containerRuntimeEndpoint: `unix://${nodePaths(node).socket}`,
    volumePluginDir: join(paths.node(node), 'volume-plugins'),
    // Nobody answers there, at once; with none at all the kubelet warns about every pod, over and over.
    clusterDNS: [ADDRESS],
    clusterDomain: 'cluster.local',
    resolvConf: '',
    serializeImagePulls: false,
    // A full disk of the machine is no reason to evict a test's pods or to delete images that no registry has.
    evictionHard: {
      'memory.available': '0%',
      'nodefs.available': '0%',
      'imagefs.available': '0%',
      'nodefs.inodesFree': '0%',
    },
    imageGCHighThresholdPercent: 100,
    syncFrequency: '5s',
    nodeStatusUpdateFrequency: '5s',
    // Else a kubelet spreads its first status over some seconds, and `up` waits for them.
    nodeStatusReportFrequency: '10s',
  });
