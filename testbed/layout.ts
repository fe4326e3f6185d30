import { homedir } from 'node:os';
import { join } from 'node:path';

/** Everything of a running testbed lives here; `down` removes it. Only one testbed fits on a machine. */
export const STATE = '/var/lib/service-backup-testbed';
/** Survives `down`: binaries and images are made once and kept by what they are made from. */
export const CACHE = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'service-backup-testbed');

/**
 * The Go modules whose tools are the cluster's binaries. One module, so that what they share is compiled once;
 * the provisioner needs newer Kubernetes libraries than the cluster's version has, and is one of its own.
 */
export const GO_MODULES = [join(__dirname, 'go'), join(__dirname, 'go', 'provisioner')] as const;

/** The lock lies beside the state, not in it: `down` removes the state while it holds the lock. */
export const LOCK = `${STATE}.lock`;

export const NODES = ['node-1', 'node-2'] as const;
export type NodeName = (typeof NODES)[number];

export const BRIDGE = 'sbtb0';
/** The bridge's own address: the only one, beside loopback, on which anything listens. */
export const ADDRESS = '10.88.0.1';
export const POD_RANGE = '10.88.0.0/16';
export const SERVICE_RANGE = '10.96.0.0/16';
/** The first address of the service range is the API server's. */
export const SERVICE_ADDRESS = '10.96.0.1';

export const PORTS = {
  etcd: 12379,
  etcdPeer: 12380,
  apiserver: 6443,
  controllerManager: 10257,
  scheduler: 10259,
  proxyHealth: 10256,
  proxyMetrics: 10249,
  s3: 7070,
  csi: { plain: { attacher: 12381, provisioner: 12382 }, ceph: { attacher: 12383, provisioner: 12384 } },
  kubelet: { 'node-1': 10250, 'node-2': 10251 },
} as const;

export const CGROUP = 'service-backup-testbed';
/**
 * The CSI drivers, one for each style of staging; each has a storage class of the style's name. The second one's name
 * ends as those of ceph-csi's drivers for RBD do, which stage that way.
 */
export const DRIVERS = { plain: 'csi.testbed.local', ceph: 'testbed.rbd.csi.ceph.com' } as const;
export type StagingStyle = keyof typeof DRIVERS;
export const STYLES = Object.keys(DRIVERS) as StagingStyle[];
export const API_URL = `https://${ADDRESS}:${PORTS.apiserver}`;

export const paths = {
  /** A link to the binaries. */
  built: join(STATE, 'built'),
  pki: join(STATE, 'pki'),
  processes: join(STATE, 'processes'),
  logs: join(STATE, 'logs'),
  kubeconfig: (user: string) => join(STATE, `${user}.conf`),
  adminKubeconfig: join(STATE, 'admin.conf'),
  node: (node: string) => join(STATE, node),
  cni: join(STATE, 'cni'),
  csi: join(STATE, 'csi'),
  csiSocket: (style: StagingStyle) => join(STATE, 'csi', `${style}.sock`),
  s3: join(STATE, 's3'),
  /** Where the S3 system keeps its users. */
  s3Users: join(STATE, 's3-users'),
  etcd: join(STATE, 'etcd'),
  /** What the machine looked like before: addresses of sysctls to put back, and which binaries are in use. */
  record: join(STATE, 'record.json'),
};
