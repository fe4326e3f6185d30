import type { Cluster } from '../../demo/cluster';
import { JOB_NAMESPACE, OPERATOR_NAMESPACE } from '../../demo/deploy';
import { ANNOTATION, podTemplateName, SERVICE_CREDENTIAL_VARIABLES } from '../../src/api';
import type { BackupConfig } from '../../src/api/kinds';
import type { Container, Job, PodSpec, PodTemplate } from '../../src/kube/objects';
import { repositoryRef } from '../../src/operator/repository-ref';
import { type Settings, settingsOf } from '../../src/operator/settings';
import { stepJob } from '../../src/operator/step-job';
import { backup, group } from '../operator/fixtures';
import { theCluster } from './deployment';
import { type AsOperator, asOperator } from './operator-token';

jest.setTimeout(60_000);

const BUCKET = podTemplateName('bucket');
const KNOWN = 's3-backup,restic-pw,of-{bucket}-here';
const STAGED = `/var/lib/kubelet/plugins/kubernetes.io/csi/rbd.csi.ceph.com/${'0a'.repeat(32)}/globalmount`;

let cluster: Cluster;
let operator: AsOperator;
let reads: Job;
let maintains: Job;
let copies: Job;
let annotations: Record<string, string>;
beforeAll(async () => {
  cluster = await theCluster();
  operator = await asOperator(cluster);
  const read = async <T>(kind: string, name: string, namespace: string) =>
    JSON.parse(await cluster.kubectl(['get', kind, name, '-n', namespace, '-o', 'json'])) as T;
  const config = await read<BackupConfig>('backupconfig', 'default', OPERATOR_NAMESPACE);
  const declared = backup(['pages']);
  const settings = settingsOf(declared, config, JOB_NAMESPACE) as Settings;
  const source = async (template: string) => ({
    template: await read<PodTemplate>('podtemplate', template, JOB_NAMESPACE),
    backup: declared,
    settings,
    repository: repositoryRef(declared, settings, 'cluster-uid'),
    jobNamespace: JOB_NAMESPACE,
  });
  const of = { run: '0tovstcs', deadlineSeconds: 60 };
  const step = group('fenced', 'node-1', ['pages']);
  const placements = [{ node: 'node-1', path: `${STAGED}/0001-0009-rook`, because: 'a test' }];
  reads = stepJob({ ...of, step, placements }, await source('service-backup-mover'));
  const maintenance = { job: 'fenced', startedAt: step.startedAt, prune: true };
  maintains = stepJob({ ...of, step: maintenance }, await source('service-backup-maintenance'));

  const ofBucket = await source(BUCKET);
  annotations = ofBucket.template.metadata.annotations!;
  await annotate({
    [ANNOTATION.secrets]: KNOWN,
    [ANNOTATION.scratchClaims]: 'scratch',
  });
  const service = settingsOf(
    declared,
    { ...config, spec: withBuckets(config.spec) },
    JOB_NAMESPACE,
  ) as Settings;
  const buckets = [{ node: '', because: 'a test', secret: 'of-files-here', claim: 'scratch' } as const];
  copies = stepJob(
    { ...of, step: group('fenced', '', ['s3:files']), buckets },
    { ...ofBucket, settings: service },
  );
});
afterAll(async () => {
  await operator?.close();
  if (annotations) await annotate(annotations);
});

const annotate = (values: Record<string, string>) =>
  cluster.kubectl([
    ...['annotate', 'podtemplate', BUCKET, '-n', JOB_NAMESPACE, '--overwrite'],
    ...[ANNOTATION.secrets, ANNOTATION.scratchClaims].map((name) => `${name}=${values[name]}`),
  ]);

/** With the services' buckets on the same S3 system, and a claim to copy them to. */
function withBuckets({ serviceBackup }: BackupConfig['spec']): BackupConfig['spec'] {
  const { s3BackupConfig } = serviceBackup;
  return {
    serviceBackup: {
      ...serviceBackup,
      s3ServiceConfig: s3BackupConfig,
      scratchVol: { claimName: 'scratch' },
    },
  };
}

type Change = (
  spec: PodSpec & Record<string, unknown>,
  mover: Container & Record<string, unknown>,
  job: Job,
) => void;

/** What the API server says to the operator's token, which asks for a Job that is changed. It is not made. */
async function offer(job: Job, change: Change = () => {}) {
  const changed = structuredClone(job);
  const spec = changed.spec!.template.spec as PodSpec & Record<string, unknown>;
  change(spec, spec.containers[0] as Container & Record<string, unknown>, changed);
  return operator.kubectl(['create', '--dry-run=server', '-f', '-'], JSON.stringify(changed));
}

const taken = { code: 0, stderr: '' };

test('what the operator needs passes: Jobs that read a volume or a bucket, or look after the repository', async () => {
  expect(await offer(reads)).toEqual(taken);
  expect(await offer(copies)).toEqual(taken);
  expect(await offer(maintains)).toEqual(taken);
});

test('a volume whose driver stages it without a handle passes', async () => {
  expect(
    await offer(reads, ({ volumes }) => Object.assign(volumes!.at(-1)!.hostPath!, { path: STAGED })),
  ).toEqual(taken);
});

/** A volume of its own, as the operator asks for one. */
const ephemeral = (more: object = {}, metadata?: object) => {
  const spec = { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } }, ...more };
  return { ephemeral: { volumeClaimTemplate: { spec, ...(metadata && { metadata }) } } };
};
const scratch =
  (source: object): Change =>
  (spec) => {
    spec.volumes!.splice(-1, 1, { name: 'scratch', ...source } as never);
  };

test('a volume of its own to copy buckets to passes, of any StorageClass', async () => {
  expect(await offer(copies, scratch(ephemeral()))).toEqual(taken);
  expect(await offer(copies, scratch(ephemeral({ storageClassName: 'plain' })))).toEqual(taken);
});

test('a thousand Secrets may be known: to look for one costs the API server no more than a policy may', async () => {
  const known = Array.from({ length: 1000 }, (_, n) => `of-{bucket}-in-the-namespace-${n}`);
  const names = [...known, KNOWN].join(',');
  await annotate({ [ANNOTATION.secrets]: names, [ANNOTATION.scratchClaims]: 'scratch' });
  try {
    expect(await offer(copies)).toEqual(taken);
  } finally {
    await annotate({ [ANNOTATION.secrets]: KNOWN, [ANNOTATION.scratchClaims]: 'scratch' });
  }
});

const hostPath =
  (path: string): Change =>
  ({ volumes }) => {
    volumes!.at(-1)!.hostPath = { path, type: 'Directory' };
  };
const mount =
  (change: object): Change =>
  (_, { volumeMounts }) => {
    Object.assign(volumeMounts!.at(-1)!, change);
  };
const spec =
  (change: object): Change =>
  (of) => {
    Object.assign(of, change);
  };
const mover =
  (change: object): Change =>
  (_, of) => {
    Object.assign(of, change);
  };
const security =
  (change: object): Change =>
  (_, of) => {
    of.securityContext = { ...(of.securityContext as object), ...change };
  };
const variable =
  (added: object): Change =>
  (_, { env }) => {
    env!.push(added as never);
  };
const volume =
  (source: object): Change =>
  ({ volumes }, { volumeMounts }) => {
    volumes!.push({ name: 'more', ...source } as never);
    volumeMounts!.push({ name: 'more', mountPath: '/more' } as never);
  };

const PLACE = 'adds staging mounts of CSI drivers to its volumes and nothing else';
const MOUNTED = 'mounts what it reads below /volumes, whole, read-only and without propagation';
const POD = 'has the pod of PodTemplate service-backup-mover; another is its';
const MOVER = 'has the mover of PodTemplate service-backup-mover; another is its';
const SECRETS = 'takes credentials from the Secrets that the annotation servicebackup.io/secrets';
const VARIABLE = 'adds a task and credentials to its environment and nothing else';

test.each<[string, Change, string]>([
  ["another pod's Secrets", hostPath('/var/lib/kubelet/pods/0/volumes/kubernetes.io~secret/pw'), PLACE],
  ["another pod's token", hostPath('/var/lib/kubelet/pods/0/volumes/kubernetes.io~projected/token'), PLACE],
  ["the kubelet's keys", hostPath('/var/lib/kubelet/pki'), PLACE],
  ['the whole node', hostPath('/'), PLACE],
  ['every volume of a node', hostPath('/var/lib/kubelet/plugins/kubernetes.io/csi'), PLACE],
  ['a directory in a volume', hostPath(`${STAGED}/0001/deeper`), PLACE],
  ['a way up and out', hostPath(`${STAGED}/..`), "must not contain '..'"],
  [
    'a file of the node',
    ({ volumes }) => {
      volumes!.at(-1)!.hostPath = { path: STAGED, type: 'File' } as never;
    },
    PLACE,
  ],
  ['a volume that can be written', mount({ readOnly: false }), MOUNTED],
  ['a part of a volume', mount({ subPath: 'x' }), MOUNTED],
  ['a volume with what is mounted in it later', mount({ mountPropagation: 'HostToContainer' }), MOUNTED],
  ['a volume over its own program', mount({ mountPath: '/bundle/mover.js.gz' }), MOUNTED],
  [
    'a volume for an init container',
    (of) => {
      const [init] = of.initContainers as Container[];
      init!.volumeMounts!.push({ name: of.volumes!.at(-1)!.name, mountPath: '/volumes/0' });
    },
    `${POD} initContainers`,
  ],
  [
    'an init container',
    (of) => (of.initContainers as Container[]).push({ name: 'x', image: 'x' } as never),
    `${POD} initContainers`,
  ],
  [
    'another container',
    ({ containers }) => containers.push({ name: 'x', image: 'x' } as never),
    'has the containers of',
  ],
  [
    'no mover',
    ({ containers }) => {
      containers[0]!.name = 'x';
    },
    'has the containers of',
  ],
  ['a foreign image', mover({ image: 'evil' }), `${MOVER} image`],
  ['another program', mover({ command: ['sh'] }), `${MOVER} command`],
  ['arguments', mover({ args: ['-e', 'evil'] }), `${MOVER} args`],
  [
    'a shell at its end',
    mover({ lifecycle: { preStop: { exec: { command: ['sh'] } } } }),
    `${MOVER} lifecycle`,
  ],
  ['privilege', security({ privileged: true, allowPrivilegeEscalation: true }), `${MOVER} securityContext`],
  [
    'another capability',
    security({ capabilities: { drop: ['ALL'], add: ['SYS_ADMIN'] } }),
    `${MOVER} securityContext`,
  ],
  [
    'a root file system that can be written',
    security({ readOnlyRootFilesystem: false }),
    `${MOVER} securityContext`,
  ],
  ["the node's network", spec({ hostNetwork: true }), `${POD} hostNetwork`],
  ["the node's processes", spec({ hostPID: true }), `${POD} hostPID`],
  ["the node's memory", spec({ hostIPC: true }), `${POD} hostIPC`],
  ['another account', spec({ serviceAccountName: 'admin' }), `${POD} serviceAccount`],
  ['a token', spec({ automountServiceAccountToken: true }), `${POD} automountServiceAccountToken`],
  [
    'an ephemeral container',
    spec({ ephemeralContainers: [{ name: 'x', image: 'x' }] }),
    'ephemeralContainers',
  ],
  ['another runtime', spec({ runtimeClassName: 'x' }), `${POD} runtimeClassName`],
  [
    'a foreign Secret in place of a credential',
    (_, { env }) => {
      (env!.at(-1)! as { valueFrom: { secretKeyRef: { name: string } } }).valueFrom.secretKeyRef.name =
        'foreign';
    },
    SECRETS,
  ],
  [
    'a Secret under another name',
    variable({ name: 'X', valueFrom: { secretKeyRef: { name: 's3-backup', key: 'AccessKey' } } }),
    VARIABLE,
  ],
  ['a way to load other code', variable({ name: 'NODE_OPTIONS', value: '--require=/evil.js' }), VARIABLE],
  ['all of a Secret', mover({ envFrom: [{ secretRef: { name: 'foreign' } }] }), `${MOVER} envFrom`],
  ['a Secret as a volume', volume({ secret: { secretName: 'foreign' } }), PLACE],
  ['a projected Secret', volume({ projected: { sources: [{ secret: { name: 'foreign' } }] } }), PLACE],
  ['a foreign ConfigMap', volume({ configMap: { name: 'foreign' } }), PLACE],
  ['a claim', volume({ persistentVolumeClaim: { claimName: 'foreign' } }), PLACE],
  [
    'another program under the same name',
    ({ volumes }) => {
      Object.assign(volumes!.find(({ name }) => name === 'bundle')!, { configMap: { name: 'evil' } });
    },
    PLACE,
  ],
  [
    'the Job of a role that is for people',
    (_, _mover, job) => {
      job.spec!.template.metadata!.labels!['app.kubernetes.io/component'] = 'restore';
    },
    'makes Jobs of the PodTemplates service-backup-mover, service-backup-bucket, service-backup-maintenance',
  ],
])('its token gets no Job with %s', async (_, change, words) => {
  const { code, stderr } = await offer(reads, change);
  expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining(words) });
});

describe('keys that may delete', () => {
  const MAINTAINS = podTemplateName('maintenance');
  const of = (template: string) => ['annotate', 'podtemplate', template, '-n', JOB_NAMESPACE, '--overwrite'];
  const lists = (known: Record<string, string>) =>
    Promise.all(
      Object.entries(known).map(([template, names]) =>
        cluster.kubectl([...of(template), `${ANNOTATION.secrets}=${names}`]),
      ),
    );
  const withKeys =
    (name: string): Change =>
    (_, { env }) => {
      for (const { valueFrom } of env!.filter((one) => one.valueFrom) as never as Referring[])
        valueFrom.secretKeyRef.name = name;
    };
  const before: Record<string, string> = {};

  beforeAll(async () => {
    for (const template of [podTemplateName('mover'), MAINTAINS, BUCKET]) {
      const get = ['get', 'podtemplate', template, '-n', JOB_NAMESPACE, '-o', 'json'];
      const { metadata }: PodTemplate = JSON.parse(await cluster.kubectl(get));
      before[template] = metadata.annotations![ANNOTATION.secrets]!;
    }
    const backups = 's3-{bucket},restic-{bucket}';
    await lists({
      [podTemplateName('mover')]: backups,
      [BUCKET]: `${backups},of-{bucket}-here`,
      [MAINTAINS]: `${backups},maintenance-{bucket}`,
    });
  });
  afterAll(() => lists(before));

  test.each(['s3-wiki', 'maintenance-wiki'])(
    'a Job that looks after the repository may have %s',
    async (name) => {
      expect(await offer(maintains, withKeys(name))).toEqual(taken);
    },
  );

  test.each<[string, () => Job]>([
    ['volumes', () => reads],
    ['buckets', () => copies],
  ])('a Job that reads %s gets none of them', async (_, job) => {
    expect(await offer(job(), withKeys('s3-wiki'))).toEqual(taken);
    const { code, stderr } = await offer(job(), withKeys('maintenance-wiki'));
    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining(SECRETS) });
  });
});

/** Puts another Secret in the place of the service's. */
const secret =
  (name: string): Change =>
  (_, { env }) => {
    const { valueFrom } = env!.find((one) => one.name === SERVICE_KEY) as never as Referring;
    valueFrom.secretKeyRef.name = name;
  };
interface Referring {
  valueFrom: { secretKeyRef: { name: string } };
}
const SERVICE_KEY = SERVICE_CREDENTIAL_VARIABLES.accessKeyId;
const SCRATCH = 'adds one volume, scratch: an empty one of its own, or a claim that the annotation';
const AT_SCRATCH = 'mounts its volume scratch at /scratch, whole and without propagation';

test.each<[string, Change, string]>([
  ['a staging mount', scratch({ hostPath: { path: STAGED, type: 'Directory' } }), SCRATCH],
  ['a directory of the node', scratch({ hostPath: { path: '/' } }), SCRATCH],
  [
    "another's claim",
    scratch({ persistentVolumeClaim: { claimName: 'pages' } }),
    '(scratch); another is pages',
  ],
  ['a Secret to copy from', scratch({ secret: { secretName: 's3-backup' } }), SCRATCH],
  ['a second volume', volume({ emptyDir: {} }), SCRATCH],
  ['a second claim', volume({ persistentVolumeClaim: { claimName: 'scratch' } }), SCRATCH],
  [
    "a clone of another's claim",
    scratch(ephemeral({ dataSource: { kind: 'PersistentVolumeClaim', name: 'x' } })),
    SCRATCH,
  ],
  [
    "a snapshot of another's claim",
    scratch(
      ephemeral({
        dataSourceRef: { apiGroup: 'snapshot.storage.k8s.io', kind: 'VolumeSnapshot', name: 'x' },
      }),
    ),
    SCRATCH,
  ],
  ['a volume by its name', scratch(ephemeral({ volumeName: 'pvc-0' })), SCRATCH],
  ['a volume by its labels', scratch(ephemeral({ selector: { matchLabels: { app: 'wiki' } } })), SCRATCH],
  [
    'a word to its provisioner',
    scratch(ephemeral({}, { annotations: { 'example.net/clone': 'x' } })),
    SCRATCH,
  ],
  ['its copies elsewhere', mount({ mountPath: '/etc/ssl' }), AT_SCRATCH],
  ['a part of its copies', mount({ subPath: 'x' }), AT_SCRATCH],
  ["the node's mounts in its copies", mount({ mountPropagation: 'HostToContainer' }), AT_SCRATCH],
  [
    'a capability',
    security({ capabilities: { drop: ['ALL'], add: ['DAC_READ_SEARCH'] } }),
    'securityContext',
  ],
  [
    'root',
    spec({ securityContext: { runAsUser: 0 } }),
    'service-backup-bucket; another is its securityContext',
  ],
  ['a Secret that only begins as a known one', secret('of-files'), SECRETS],
  ['a Secret that only ends as a known one', secret('files-here'), SECRETS],
  ['a Secret of no bucket', secret('of--here'), SECRETS],
  [
    "the services' keys under another name",
    variable({ name: 'X', valueFrom: { secretKeyRef: { name: 'of-files-here', key: 'k' } } }),
    VARIABLE,
  ],
])('its token gets no Job for buckets with %s', async (_, change, words) => {
  const { code, stderr } = await offer(copies, change);
  expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining(words) });
});

test("a Job that reads volumes gets no keys of the services' S3 system", async () => {
  const change = variable({
    name: SERVICE_KEY,
    valueFrom: { secretKeyRef: { name: 's3-backup', key: 'AccessKey' } },
  });
  expect((await offer(reads, change)).stderr).toContain(VARIABLE);
});

test('a Job that looks after the repository gets no volume', async () => {
  const change: Change = ({ volumes }) =>
    volumes!.push({ name: 'volume-0', hostPath: { path: STAGED, type: 'Directory' } } as never);
  expect((await offer(maintains, change)).stderr).toContain(
    'has the volumes of PodTemplate service-backup-maintenance and no others; another is volume-0',
  );
});

test.each([
  [
    'a Job in another namespace',
    ['create', '--dry-run=server', '-n', 'wiki', 'job', 'x', '--image=x'],
    'cannot create resource "jobs"',
  ],
  [
    'a pod',
    ['run', '--dry-run=server', '-n', JOB_NAMESPACE, 'x', '--image=x'],
    'cannot create resource "pods"',
  ],
  [
    'a container in a pod that is there',
    ['patch', '-n', JOB_NAMESPACE, 'pod', 'x', '--subresource=ephemeralcontainers', '-p', '{}'],
    'resource "pods/ephemeralcontainers"',
  ],
  ['a command in a pod', ['exec', '-n', JOB_NAMESPACE, 'x', '--', 'sh'], 'cannot get resource "pods"'],
])('its token gets not even %s', async (_, args, words) => {
  expect((await operator.kubectl(args)).stderr).toContain(words);
});
