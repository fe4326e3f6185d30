import { writeFileSync } from 'node:fs';
import { request as plain } from 'node:http';
import { request } from 'node:https';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { buildDirectory } from '../build/binaries';
import { etcdFlags, identityFlags } from '../cluster/flags';
import { ADVERTISED, API_URL, LOOPBACK, PORTS, paths } from './layout';
import { stages } from './stages';

/** What the operator runs as. Only its requests are written down, and those of another operator that is measured beside it. */
const OPERATOR_USER = 'system:serviceaccount:service-backup:service-backup';
export const PEER_USER = 'peer';

interface Part {
  readonly command: (kwok: string) => string[];
  readonly health: string;
}

const etcdUrl = `http://${LOOPBACK}:${PORTS.etcd}`;
const program = (name: string) => join(buildDirectory(), 'bin', name);
const pki = (file: string) => join(paths.pki, file);

function written(name: string, content: unknown): string {
  const file = paths.file(name);
  writeFileSync(file, typeof content === 'string' ? content : stringify(content));
  return file;
}

/** Of nodes, volumes and endpoints no controller knows: the simulation says itself what is ready, bound and attached. */
const CONTROLLERS = [
  'job-controller',
  'garbage-collector-controller',
  'pod-garbage-collector-controller',
  'namespace-controller',
  'serviceaccount-controller',
];

/**
 * Limits of the clients are raised so that what is measured is the operator, not a client's own patience. In the order in which
 * they start.
 */
export const CONTROL_PLANE: Readonly<Record<string, Part>> = {
  etcd: {
    command: () => [
      program('etcd'),
      ...etcdFlags(paths.etcd, etcdUrl, `http://${LOOPBACK}:${PORTS.etcdPeer}`),
      '--quota-backend-bytes=8589934592',
      '--auto-compaction-retention=5m',
    ],
    health: `${etcdUrl}/health`,
  },
  'kube-apiserver': {
    command: () => [
      program('kube-apiserver'),
      `--etcd-servers=${etcdUrl}`,
      `--bind-address=${LOOPBACK}`,
      `--secure-port=${PORTS.apiserver}`,
      `--advertise-address=${ADVERTISED}`,
      '--endpoint-reconciler-type=none',
      '--service-cluster-ip-range=10.96.0.0/16',
      ...identityFlags(paths.pki),
      '--authorization-mode=RBAC',
      // Their controllers are not there: a taint would stay on every node, a finalizer on every claim.
      '--disable-admission-plugins=TaintNodesByCondition,StorageObjectInUseProtection',
      '--max-requests-inflight=3000',
      '--max-mutating-requests-inflight=1500',
      `--audit-log-path=${paths.audit}`,
      '--audit-log-maxsize=4000',
      `--audit-policy-file=${written('audit.yaml', AUDIT)}`,
    ],
    health: `${API_URL}/readyz`,
  },
  'kube-controller-manager': {
    command: () => [
      program('kube-controller-manager'),
      `--kubeconfig=${paths.kubeconfig('controller-manager')}`,
      `--bind-address=${LOOPBACK}`,
      `--secure-port=${PORTS.controllerManager}`,
      `--cert-dir=${paths.pki}`,
      `--controllers=${CONTROLLERS.join(',')}`,
      `--service-account-private-key-file=${pki('service-accounts.key')}`,
      `--root-ca-file=${pki('ca.crt')}`,
      '--use-service-account-credentials',
      '--leader-elect=false',
      '--concurrent-job-syncs=20',
      '--kube-api-qps=500',
      '--kube-api-burst=1000',
    ],
    health: `https://${LOOPBACK}:${PORTS.controllerManager}/healthz`,
  },
  'kube-scheduler': {
    command: () => [
      program('kube-scheduler'),
      `--config=${written('scheduler.yaml', {
        apiVersion: 'kubescheduler.config.k8s.io/v1',
        kind: 'KubeSchedulerConfiguration',
        clientConnection: { kubeconfig: paths.kubeconfig('scheduler'), qps: 1000, burst: 2000 },
        leaderElection: { leaderElect: false },
      })}`,
      `--bind-address=${LOOPBACK}`,
      `--secure-port=${PORTS.scheduler}`,
      `--cert-dir=${paths.pki}`,
    ],
    health: `https://${LOOPBACK}:${PORTS.scheduler}/healthz`,
  },
  kwok: {
    command: (kwok) => [
      kwok,
      `--kubeconfig=${paths.kubeconfig('admin')}`,
      `--config=${written('stages.yaml', stages())}`,
      '--manage-all-nodes',
      // No controller watches the nodes' leases: they would only be noise.
      '--node-lease-duration-seconds=0',
      `--server-address=${LOOPBACK}:${PORTS.kwok}`,
    ],
    health: `http://${LOOPBACK}:${PORTS.kwok}/healthz`,
  },
};

const AUDIT = {
  apiVersion: 'audit.k8s.io/v1',
  kind: 'Policy',
  omitStages: ['RequestReceived', 'ResponseStarted'],
  rules: [{ level: 'Metadata', users: [OPERATOR_USER, PEER_USER] }, { level: 'None' }],
};

/** Whether something serves. Certificates are not checked: it is on this machine. */
export function answersOk(url: string): Promise<boolean> {
  const ask = url.startsWith('https:') ? request : plain;
  return new Promise((resolve, reject) => {
    const asked = ask(url, { rejectUnauthorized: false, timeout: 5000, agent: false }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    asked.once('timeout', () => asked.destroy(new Error(`${url} does not answer`)));
    asked.once('error', reject);
    asked.end();
  });
}
