import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { binary } from '../build/binaries';
import { ADDRESS, API_URL, NODES, POD_RANGE, PORTS, paths, SERVICE_RANGE, STATE } from '../layout';
import { serving, startDaemon } from '../machine/processes';
import { pki } from './certificates';
import { etcdFlags, identityFlags } from './flags';
import { answersOk } from './probe';

/** A part that is one process on the host: how to start it and how to know that it serves. */
export interface HostPart {
  readonly command: () => string[];
  readonly serves: () => Promise<boolean>;
}

const LOOPBACK = '127.0.0.1';
const etcdUrl = `http://${LOOPBACK}:${PORTS.etcd}`;
const kubeconfig = (name: string) => `--kubeconfig=${paths.kubeconfig(name)}`;

export const CONTROL_PLANE = {
  etcd: {
    command: () => [
      binary('etcd'),
      ...etcdFlags(paths.etcd, etcdUrl, `http://${LOOPBACK}:${PORTS.etcdPeer}`),
    ],
    serves: () => answersOk(`${etcdUrl}/health`),
  },
  'kube-apiserver': {
    command: () => [
      binary('kube-apiserver'),
      `--etcd-servers=${etcdUrl}`,
      `--bind-address=${ADDRESS}`,
      `--secure-port=${PORTS.apiserver}`,
      `--advertise-address=${ADDRESS}`,
      `--service-cluster-ip-range=${SERVICE_RANGE}`,
      ...identityFlags(paths.pki),
      '--authorization-mode=Node,RBAC',
      '--enable-admission-plugins=NodeRestriction',
      '--allow-privileged',
      // The nodes' names resolve nowhere; logs and exec go to their address.
      '--kubelet-preferred-address-types=InternalIP',
      `--kubelet-client-certificate=${pki('admin.crt')}`,
      `--kubelet-client-key=${pki('admin.key')}`,
    ],
    serves: () => answersOk(`${API_URL}/readyz`),
  },
  'kube-controller-manager': {
    command: () => [
      binary('kube-controller-manager'),
      kubeconfig('controller-manager'),
      `--bind-address=${LOOPBACK}`,
      `--secure-port=${PORTS.controllerManager}`,
      `--cert-dir=${paths.pki}`,
      `--service-account-private-key-file=${pki('service-accounts.key')}`,
      `--root-ca-file=${pki('ca.crt')}`,
      `--cluster-signing-cert-file=${pki('ca.crt')}`,
      `--cluster-signing-key-file=${pki('ca.key')}`,
      '--use-service-account-credentials',
      '--leader-elect=false',
      '--node-monitor-grace-period=20s',
      // A claim whose volume was not ready when it came is looked at again this often; the default is 15 s.
      '--pvclaimbinder-sync-period=3s',
    ],
    serves: () => answersOk(`https://${LOOPBACK}:${PORTS.controllerManager}/healthz`),
  },
  'kube-scheduler': {
    command: () => [
      binary('kube-scheduler'),
      kubeconfig('scheduler'),
      `--bind-address=${LOOPBACK}`,
      `--secure-port=${PORTS.scheduler}`,
      `--cert-dir=${paths.pki}`,
      '--leader-elect=false',
      // A pod whose claim was bound while it was being looked at is not looked at again before that; the default is 5 min.
      '--pod-max-in-unschedulable-pods-duration=5s',
    ],
    serves: () => answersOk(`https://${LOOPBACK}:${PORTS.scheduler}/healthz`),
  },
  // One is enough: both nodes' pods hang on the one bridge of the host's network namespace.
  'kube-proxy': {
    command: () => [binary('kube-proxy'), `--config=${writeProxyConfig()}`],
    serves: () => answersOk(`http://${LOOPBACK}:${PORTS.proxyHealth}/healthz`),
  },
} satisfies Record<string, HostPart>;

function writeProxyConfig(): string {
  const file = join(STATE, 'kube-proxy.yaml');
  const config = {
    apiVersion: 'kubeproxy.config.k8s.io/v1alpha1',
    kind: 'KubeProxyConfiguration',
    clientConnection: { kubeconfig: paths.kubeconfig('proxy') },
    mode: 'nftables',
    clusterCIDR: POD_RANGE,
    hostnameOverride: NODES[0],
    metricsBindAddress: `${LOOPBACK}:${PORTS.proxyMetrics}`,
    healthzBindAddress: `${LOOPBACK}:${PORTS.proxyHealth}`,
    conntrack: { maxPerCore: 0 }, // leaves the machine's own connection tracking as it is
  };
  writeFileSync(file, stringify(config));
  return file;
}

/** Starts a host part and waits until it serves. */
export async function startHostPart(name: string, part: HostPart, seconds = 90): Promise<void> {
  startDaemon({ name, command: part.command() });
  await serving(name, seconds, part.serves);
}
