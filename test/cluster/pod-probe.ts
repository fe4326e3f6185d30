import type { Container, PodSpec } from '../../src/kube/objects';

/** What a process in a container is, and what it can do there. */
export interface Probed {
  container: string;
  uid: number;
  gid: number;
  capabilities: number;
  noNewPrivileges: boolean;
  /** 0: none, 2: a filter. */
  seccomp: number;
  /** By path: that a file could be made there, or why not. */
  written: Record<string, string>;
  /** What a file says that is closed to everybody but another user, or why it cannot be read. */
  closedFile: string;
  /** A file of what was mounted in the volume after the container had started. */
  seesLaterMount: boolean;
  hasToken: boolean;
  /** Variables by which Kubernetes tells of a Service. */
  services: string[];
}

/** Where a mover finds the volumes that it reads: the first is one that the test made. */
const VOLUME = '/volumes/0';
/** In a volume that the test made. */
export const CLOSED_FILE = 'closed/secret';
export const LATER_MOUNT = 'later';
/** Until this file is in the volume, the probe waits: what is mounted meanwhile is mounted later. */
export const GO = 'go';
export const SERVICE = 'pod-security-probe';

const PROGRAM = `
const fs = require('node:fs');
const [, container, ...writable] = process.argv;
const attempt = (act) => { try { return act() ?? 'written'; } catch (error) { return error.code; } };
const volume = fs.existsSync('${VOLUME}');
for (const until = Date.now() + 60000; volume && !fs.existsSync('${VOLUME}/${GO}'); ) {
  if (Date.now() > until) process.exit(1);
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 50);
}
const status = Object.fromEntries(fs.readFileSync('/proc/self/status', 'utf8').split('\\n').map((line) => line.split(':\\t')));
console.log(JSON.stringify({
  container,
  uid: parseInt(status.Uid),
  gid: parseInt(status.Gid),
  capabilities: parseInt(status.CapEff, 16),
  noNewPrivileges: status.NoNewPrivs === '1',
  seccomp: Number(status.Seccomp),
  written: Object.fromEntries(writable.map((path) => [path, attempt(() => fs.writeFileSync(path + '/probe-' + container, ''))])),
  closedFile: attempt(() => fs.readFileSync('${VOLUME}/${CLOSED_FILE}', 'utf8')),
  seesLaterMount: fs.existsSync('${VOLUME}/${LATER_MOUNT}/mounted'),
  hasToken: fs.existsSync('/var/run/secrets/kubernetes.io/serviceaccount/token'),
  services: Object.keys(process.env).filter((name) => name.startsWith('${SERVICE.toUpperCase().replaceAll('-', '_')}')),
}));
`;

/** A container that has all of another but its program: it tells what it can do. */
export const probing = ({ env: _, ...container }: Container, name: string): Container => ({
  ...container,
  name,
  command: [
    'node',
    '-e',
    PROGRAM,
    name,
    '/',
    ...(container.volumeMounts ?? []).map((mount) => mount.mountPath),
  ],
  readinessProbe: undefined,
  livenessProbe: undefined,
});

/** A pod of its own that has all of another but its program, and runs on this node. */
export const probePod = (namespace: string, name: string, spec: PodSpec, node: string) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: `probe-${name}`, namespace, labels: { probe: 'pod-security' } },
  spec: {
    ...spec,
    affinity: undefined,
    restartPolicy: 'Never',
    nodeName: node,
    containers: spec.containers.map((container) => probing(container, name)),
  },
});
