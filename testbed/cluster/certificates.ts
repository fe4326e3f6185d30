import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ADDRESS, API_URL, NODES, paths, SERVICE_ADDRESS } from '../layout';
import { run } from '../machine/command';

export interface Identity {
  /** The file name, and the user's name in its kubeconfig. */
  readonly name: string;
  readonly user: string;
  readonly group?: string;
  readonly addresses?: readonly string[];
}

export const SERVER_NAMES = [
  'DNS:localhost',
  'DNS:kubernetes',
  'DNS:kubernetes.default',
  'DNS:kubernetes.default.svc',
];

const IDENTITIES: readonly Identity[] = [
  {
    name: 'apiserver',
    user: 'kube-apiserver',
    addresses: ['IP:127.0.0.1', `IP:${SERVICE_ADDRESS}`, `IP:${ADDRESS}`, ...SERVER_NAMES],
  },
  { name: 'admin', user: 'admin', group: 'system:masters' },
  { name: 'controller-manager', user: 'system:kube-controller-manager' },
  { name: 'scheduler', user: 'system:kube-scheduler' },
  { name: 'proxy', user: 'system:kube-proxy' },
  ...NODES.map((node) => ({
    name: node,
    user: `system:node:${node}`,
    group: 'system:nodes',
    addresses: [`DNS:${node}`, 'IP:127.0.0.1', `IP:${ADDRESS}`],
  })),
];

/** An authority of a cluster's own, and whom it knows. */
export interface Authority {
  /** Where its files go. */
  readonly directory: string;
  /** URL of the API server, for the kubeconfigs. */
  readonly server: string;
  readonly identities: readonly Identity[];
  readonly kubeconfig: (name: string) => string;
}

const TESTBED: Authority = {
  directory: paths.pki,
  server: API_URL,
  identities: IDENTITIES,
  kubeconfig: paths.kubeconfig,
};

export const pki = (file: string) => join(TESTBED.directory, file);

const CURVE = ['-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
const DAYS = ['-days', '3650'];

/** Makes an authority of this cluster's own, a certificate for every part, and the kubeconfigs that use them. */
export async function makeCertificates(authority = TESTBED): Promise<void> {
  const { directory, identities } = authority;
  const openssl = (...args: string[]) => run('openssl', args, { cwd: directory });
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  await Promise.all([
    openssl(
      'req',
      '-x509',
      '-newkey',
      'ec',
      ...CURVE,
      ...DAYS,
      '-keyout',
      'ca.key',
      '-out',
      'ca.crt',
      '-subj',
      '/CN=testbed',
    ),
    openssl('ecparam', '-name', 'prime256v1', '-genkey', '-noout', '-out', 'service-accounts.key').then(() =>
      openssl('ec', '-in', 'service-accounts.key', '-pubout', '-out', 'service-accounts.pub'),
    ),
  ]);
  await Promise.all(identities.map((identity) => issue(authority, identity)));
}

async function issue(authority: Authority, identity: Identity): Promise<void> {
  const { name, user, group, addresses } = identity;
  const { directory } = authority;
  const openssl = (...args: string[]) => run('openssl', args, { cwd: directory });
  const subject = `${group ? `/O=${group}` : ''}/CN=${user}`;
  await openssl(
    'req',
    '-newkey',
    'ec',
    ...CURVE,
    '-keyout',
    `${name}.key`,
    '-out',
    `${name}.csr`,
    '-subj',
    subject,
  );
  const extensions = [
    'extendedKeyUsage=clientAuth,serverAuth',
    `subjectAltName=${(addresses ?? [`DNS:${name}`]).join(',')}`,
  ];
  writeFileSync(join(directory, `${name}.ext`), `${extensions.join('\n')}\n`);
  const serial = `0x${Buffer.from(name).toString('hex')}`;
  const signed = ['-CA', 'ca.crt', '-CAkey', 'ca.key', '-set_serial', serial, '-extfile', `${name}.ext`];
  await openssl('x509', '-req', '-in', `${name}.csr`, ...signed, ...DAYS, '-out', `${name}.crt`);
  writeFileSync(authority.kubeconfig(name), JSON.stringify(kubeconfig(authority, name), null, 2), {
    mode: 0o600,
  });
}

function kubeconfig({ directory, server }: Authority, name: string) {
  const data = (file: string) => readFileSync(join(directory, file)).toString('base64');
  return {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'testbed', cluster: { server, 'certificate-authority-data': data('ca.crt') } }],
    users: [
      {
        name,
        user: { 'client-certificate-data': data(`${name}.crt`), 'client-key-data': data(`${name}.key`) },
      },
    ],
    contexts: [{ name: 'testbed', context: { cluster: 'testbed', user: name } }],
    'current-context': 'testbed',
  };
}
