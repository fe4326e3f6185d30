import { join } from 'node:path';

/** etcd on loopback, of one member. */
export const etcdFlags = (data: string, client: string, peer: string): string[] => [
  `--data-dir=${data}`,
  `--listen-client-urls=${client}`,
  `--advertise-client-urls=${client}`,
  `--listen-peer-urls=${peer}`,
  `--initial-advertise-peer-urls=${peer}`,
  `--initial-cluster=default=${peer}`,
  '--unsafe-no-fsync', // a machine that crashes loses the cluster anyway
  '--log-level=warn',
];

/** Whom an API server is, and whom it trusts, by the certificates in a directory. */
export const identityFlags = (directory: string): string[] => [
  `--client-ca-file=${join(directory, 'ca.crt')}`,
  `--tls-cert-file=${join(directory, 'apiserver.crt')}`,
  `--tls-private-key-file=${join(directory, 'apiserver.key')}`,
  `--cert-dir=${directory}`,
  `--service-account-key-file=${join(directory, 'service-accounts.pub')}`,
  `--service-account-signing-key-file=${join(directory, 'service-accounts.key')}`,
  '--service-account-issuer=https://kubernetes.default.svc',
];
