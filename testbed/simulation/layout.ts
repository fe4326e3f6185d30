import { join } from 'node:path';

/** Everything of a running simulation lives here; `down` removes it. It runs beside the testbed of real nodes. */
export const STATE = '/var/lib/service-backup-simulation';
/** The lock lies beside the state, not in it: `down` removes the state while it holds the lock. */
export const LOCK = `${STATE}.lock`;

/** Nothing listens on any other address. */
export const LOOPBACK = '127.0.0.1';
/**
 * Told to whoever asks for the API server's endpoint; the API server takes no loopback address for it. Nobody asks, and the
 * address is one for documentation (RFC 5737).
 */
export const ADVERTISED = '192.0.2.1';

export const PORTS = {
  etcd: 22379,
  etcdPeer: 22380,
  apiserver: 26443,
  controllerManager: 20257,
  scheduler: 20259,
  kwok: 20247,
} as const;

export const API_URL = `https://${LOOPBACK}:${PORTS.apiserver}`;

export const paths = {
  pki: join(STATE, 'pki'),
  processes: join(STATE, 'processes'),
  logs: join(STATE, 'logs'),
  etcd: join(STATE, 'etcd'),
  /** The program that uses the simulation. */
  owner: join(STATE, 'owner.json'),
  /** What the operator asked of the API server, a line each. */
  audit: join(STATE, 'audit.log'),
  /** The operator's, as its pod would have it. */
  account: join(STATE, 'account'),
  kubeconfig: (user: string) => join(STATE, `${user}.conf`),
  file: (name: string) => join(STATE, name),
};
