import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Cluster } from '../../demo/cluster';
import { JOB_NAMESPACE, OPERATOR_NAMESPACE } from '../../demo/deploy';
import { until } from '../../demo/steps';
import { podTemplateName, type Role } from '../../src/api';
import type { Container, Job, PodSpec, PodTemplate } from '../../src/kube/objects';
import { withVolumes } from '../../src/operator/backup-job';
import { theCluster } from './deployment';
import { withEvidence } from './evidence';
import { inNode, stagingPath } from './on-node';
import { CLOSED_FILE, GO, LATER_MOUNT, type Probed, probePod, probing, SERVICE } from './pod-probe';

jest.setTimeout(60_000);

const NODE = 'node-1';
const LABELLED = ['-l', 'probe=pod-security'];

let cluster: Cluster;
let specs: Record<Role | 'operator', PodSpec>;
let probed: Map<string, Probed>;

type Loosened = (mover: Container & { securityContext: Record<string, object> }) => void;

/** The mover's container without one of its fields each: what the field is good for. */
const LOOSENED: Record<string, Loosened> = {
  'no-capability': ({ securityContext }) => {
    securityContext.capabilities = { drop: ['ALL'] };
  },
  'none-dropped': ({ securityContext }) => {
    securityContext.capabilities = {};
  },
  'not-root': ({ securityContext }) => {
    Object.assign(securityContext, { runAsUser: 65532 });
  },
  'root-to-write': ({ securityContext }) => {
    delete securityContext.readOnlyRootFilesystem;
  },
  'may-escalate': ({ securityContext }) => {
    delete securityContext.allowPrivilegeEscalation;
  },
  unconfined: ({ securityContext }) => {
    securityContext.seccompProfile = { type: 'Unconfined' };
  },
  'volume-to-write': ({ volumeMounts }) => {
    for (const mount of volumeMounts!) if (mount.mountPath === '/volumes/0') delete mount.readOnly;
  },
  'volume-that-grows': ({ volumeMounts }) => {
    for (const mount of volumeMounts!)
      if (mount.mountPath === '/volumes/0') mount.mountPropagation = 'HostToContainer';
  },
};

const of = (container: string): Probed => probed.get(container)!;

/** What the API server says to a pod in this namespace; it is not made. */
const offer = (namespace: string, spec: PodSpec): Promise<string> =>
  cluster
    .kubectl(
      ['create', '--dry-run=server', '-f', '-'],
      JSON.stringify({ ...probePod(namespace, 'offered', spec, NODE), spec }),
    )
    .then(
      () => 'taken',
      (error: Error) => error.message,
    );

async function read(): Promise<void> {
  const get = async (...what: string[]) => JSON.parse(await cluster.kubectl(['get', ...what, '-o', 'json']));
  const spec = async (role: Role): Promise<PodSpec> => {
    const template: PodTemplate = await get('podtemplate', podTemplateName(role), '-n', JOB_NAMESPACE);
    return template.template.spec;
  };
  const deployment = get('deployment', 'service-backup', '-n', OPERATOR_NAMESPACE);
  const [mover, restore, maintenance, bucket] = await Promise.all([
    spec('mover'),
    spec('restore'),
    spec('maintenance'),
    spec('bucket'),
  ]);
  specs = { mover, restore, maintenance, bucket, operator: (await deployment).spec.template.spec };
}

/** A volume as a service would have it: with a file that its owner alone may read. */
function makeVolume(): string {
  const volume = mkdtempSync(join(tmpdir(), 'pod-security-'));
  chmodSync(volume, 0o755);
  mkdirSync(join(volume, LATER_MOUNT));
  mkdirSync(join(volume, 'closed'));
  writeFileSync(join(volume, CLOSED_FILE), 'read', { mode: 0o600 });
  for (const path of [CLOSED_FILE, 'closed']) chownSync(join(volume, path), 1234, 1234);
  chmodSync(join(volume, 'closed'), 0o700);
  return volume;
}

/** Runs all pods at once, and gives what each of their containers told. */
async function probe(volume: string, staged: string): Promise<Map<string, Probed>> {
  const placements = [volume, staged].map((path) => ({ node: NODE, path, because: 'a test' }));
  const job = { spec: { template: { spec: specs.mover } } } as Job;
  const reads = withVolumes(job, placements).spec!.template.spec;
  const [mover] = reads.containers as [Container];
  const loose = Object.entries(LOOSENED).map(([name, loosen]) => {
    const changed = structuredClone(mover);
    loosen(changed as Parameters<Loosened>[0]);
    return probing(changed, name);
  });
  const open = probePod(JOB_NAMESPACE, 'loosened', reads, NODE);
  const pods = [
    probePod(JOB_NAMESPACE, 'mover', reads, NODE),
    probePod(JOB_NAMESPACE, 'restore', specs.restore, NODE),
    probePod(JOB_NAMESPACE, 'maintenance', specs.maintenance, NODE),
    probePod(JOB_NAMESPACE, 'bucket', specs.bucket, NODE),
    probePod(OPERATOR_NAMESPACE, 'operator', specs.operator, NODE),
    {
      ...open,
      spec: {
        ...open.spec,
        automountServiceAccountToken: true,
        enableServiceLinks: true,
        initContainers: [],
        containers: loose,
      },
    },
  ];
  await cluster.kubectl(['create', 'service', 'clusterip', SERVICE, '--tcp=80', '-n', JOB_NAMESPACE]);
  await cluster.kubectl(
    ['create', '-f', '-'],
    JSON.stringify({ apiVersion: 'v1', kind: 'List', items: pods }),
  );
  await until('the probes to wait for what is mounted later', 30, async () => {
    const path = 'jsonpath={range .items[*].status.containerStatuses[*]}{.name} {.state}{"\\n"}{end}';
    const states = await cluster.kubectl(['get', 'pods', '-n', JOB_NAMESPACE, ...LABELLED, '-o', path]);
    const running = states.split('\n').filter((line) => line.includes('"running"'));
    return running.length >= 1 + loose.length || undefined;
  });
  const later = join(volume, LATER_MOUNT);
  await inNode(NODE, 'mount', '-t', 'tmpfs', 'tmpfs', later);
  try {
    await inNode(NODE, 'touch', join(later, 'mounted'));
    writeFileSync(join(volume, GO), '');
    const told = pods.map(async ({ metadata: { name, namespace } }) => {
      const pod = [`pod/${name}`, '-n', namespace];
      await cluster.kubectl(['wait', ...pod, '--for=jsonpath={.status.phase}=Succeeded', '--timeout=30s']);
      return cluster.kubectl(['logs', ...pod, '--all-containers']);
    });
    const lines = (await Promise.all(told))
      .flatMap((log) => log.split('\n'))
      .filter((line) => line.startsWith('{'));
    return new Map(lines.map((line) => JSON.parse(line) as Probed).map((one) => [one.container, one]));
  } finally {
    await inNode(NODE, 'umount', later);
  }
}

beforeAll(async () => {
  cluster = await theCluster();
  const volume = makeVolume();
  try {
    await read();
    const staged = await stagingPath(cluster, 'guestbook', 'uploads');
    probed = await withEvidence(cluster, 50, () => probe(volume, staged));
  } finally {
    for (const namespace of [JOB_NAMESPACE, OPERATOR_NAMESPACE])
      await cluster.kubectl(['delete', 'pods', '-n', namespace, ...LABELLED, '--now']);
    await cluster.kubectl(['delete', 'service', SERVICE, '-n', JOB_NAMESPACE, '--ignore-not-found']);
    rmSync(volume, { recursive: true });
  }
});

/** Numbers of capabilities, from linux/capability.h. */
const bits = (...numbers: number[]): number => numbers.reduce((all, bit) => all + 2 ** bit, 0);
const [CHOWN, DAC_OVERRIDE, DAC_READ_SEARCH, FOWNER, FSETID, MKNOD, SETFCAP] = [
  0, 1, 2, 3, 4, 27, 31,
] as const;

test('a mover is uid 0 with one capability: it reads what is closed to everybody but its owner', () => {
  expect(of('mover')).toMatchObject({
    uid: 0,
    gid: 0,
    capabilities: bits(DAC_READ_SEARCH),
    closedFile: 'read',
  });
  expect(of('no-capability')).toMatchObject({ uid: 0, capabilities: 0, closedFile: 'EACCES' });
  expect(of('not-root')).toMatchObject({ uid: 65532, capabilities: 0, closedFile: 'EACCES' });
  expect(of('none-dropped').capabilities).toBeGreaterThan(bits(DAC_READ_SEARCH, MKNOD));
});

test('a restore is uid 0 with the capabilities that files need, and no other', () => {
  const capabilities = bits(CHOWN, DAC_OVERRIDE, FOWNER, FSETID, MKNOD, SETFCAP);
  expect(of('restore')).toMatchObject({ uid: 0, gid: 0, capabilities });
});

test.each(['maintenance', 'bucket', 'operator'])('%s is nobody: no root, no capability', (role) => {
  expect(of(role)).toMatchObject({ uid: 65532, gid: 65532, capabilities: 0 });
});

test('a volume that is read cannot be written', () => {
  expect(of('mover').written).toMatchObject({ '/volumes/0': 'EROFS', '/volumes/1': 'EROFS' });
  expect(of('volume-to-write').written).toMatchObject({ '/volumes/0': 'written', '/volumes/1': 'EROFS' });
});

test('what is mounted in a volume later is not seen: it could be written', () => {
  expect(of('mover').seesLaterMount).toBe(false);
  expect(of('volume-that-grows').seesLaterMount).toBe(true);
});

test.each(['mover', 'restore', 'maintenance', 'bucket'])(
  '%s: no file can be made but in the room that is for it',
  (role) => {
    expect(of(role).written).toMatchObject({
      '/': 'EROFS',
      '/bundle': 'EROFS',
      '/tools': 'EROFS',
      '/cache': 'written',
      '/tmp': 'written',
    });
  },
);

test('operator: no file can be made at all', () => {
  expect(of('operator').written).toEqual({ '/': 'EROFS', '/bundle': 'EROFS' });
  expect(of('root-to-write').written['/']).toBe('written');
});

test('no process gains a right by the program that it runs', () => {
  for (const role of Object.keys(specs)) expect([role, of(role).noNewPrivileges]).toEqual([role, true]);
  expect(of('may-escalate').noNewPrivileges).toBe(false);
});

test('system calls are filtered', () => {
  for (const role of Object.keys(specs)) expect([role, of(role).seccomp]).toEqual([role, 2]);
  expect(of('unconfined').seccomp).toBe(0);
});

test('a Job has no token; the operator has its own', () => {
  const has = Object.keys(specs).map((role) => [role, of(role).hasToken]);
  expect(Object.fromEntries(has)).toEqual({
    mover: false,
    restore: false,
    maintenance: false,
    bucket: false,
    operator: true,
  });
  expect(of('unconfined').hasToken).toBe(true);
});

test('a pod is not told of the Services beside it', () => {
  for (const role of Object.keys(specs)) expect([role, of(role).services]).toEqual([role, []]);
  expect(of('unconfined').services).toContain('POD_SECURITY_PROBE_SERVICE_HOST');
});

describe("the operator's namespace", () => {
  const without = (change: (pod: Record<string, unknown>, container: Record<string, unknown>) => void) => {
    const spec = structuredClone(specs.operator);
    change(spec.securityContext as never, spec.containers[0]!.securityContext as never);
    return offer(OPERATOR_NAMESPACE, spec);
  };

  test('takes a pod like the operator, maintenance, and what reads buckets; what reads volumes or writes them it refuses', async () => {
    const answers = Object.values(specs).map((spec) =>
      offer(OPERATOR_NAMESPACE, { ...spec, serviceAccountName: 'service-backup' }),
    );
    const refused = expect.stringContaining('violates PodSecurity "restricted:latest"');
    expect(await Promise.all(answers)).toEqual([refused, refused, 'taken', 'taken', 'taken']);
  });

  test.each<[string, Parameters<typeof without>[0], string]>([
    ['runAsNonRoot', (pod) => delete pod.runAsNonRoot, 'runAsNonRoot != true'],
    ['runAsUser', (pod) => Object.assign(pod, { runAsUser: 0 }), 'runAsUser=0'],
    ['seccompProfile', (pod) => delete pod.seccompProfile, 'seccompProfile'],
    [
      'allowPrivilegeEscalation',
      (_, of) => delete of.allowPrivilegeEscalation,
      'allowPrivilegeEscalation != false',
    ],
    ['capabilities.drop', (_, of) => delete of.capabilities, 'unrestricted capabilities'],
  ])('refuses one without its %s', async (_, change, words) => {
    expect(await without(change)).toContain(words);
  });
});
