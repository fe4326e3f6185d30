import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { Chart, Testing } from 'cdk8s';
import { parse } from 'yaml';
import { untilEstablished } from '../../demo/deploy';
import { until } from '../../demo/steps';
import { BackupOperator, Schedule, SecretKey } from '../../src/constructs';
import { pathOfKey } from '../../src/mover/buckets/key-path';
import { headerLine } from '../../src/mover/buckets/manifest';
import { attach, DRIVERS, type Testbed } from '../../testbed';

/*
 * A service with a repository of known history, for the command line alone: no operator works here, so nothing changes but
 * by what a test does.
 */
export const NAMESPACE = 'cli-lab';
export const OPERATOR_NAMESPACE = 'cli-lab-operator';
export const JOB_NAMESPACE = 'cli-lab-jobs';
/** A repository of its own for each lab: one of an earlier lab would bring its snapshots. */
export const BUCKET = `cli-lab-${Date.now().toString(36)}`;
const PASSWORD = 'a lab is no secret';
/** Binds only when a pod asks for the volume, as most classes of real clusters do. */
const STORAGE_CLASS = 'cli-lab-wait';

const PROGRAM = path.join(__dirname, '../../build/cli.js');

export interface Lab {
  testbed: Testbed;
  kubectl(args: string[], object?: object): Promise<string>;
  /** Ids of the snapshots, oldest first. */
  snapshots: string[];
}

export interface Answer {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** Times of the snapshots in the lab's repository; the second one has one file more. */
export const TAKEN = ['2026-11-18 01:40:07', '2026-11-19 01:40:07'] as const;

export async function openLab(): Promise<Lab> {
  const testbed = await attach();
  const kubectl = (args: string[], object?: object) =>
    testbed.kubectl(args, object && { input: JSON.stringify(object) });
  const apply = (items: object[]) =>
    kubectl(['apply', '--server-side', '--force-conflicts', '-f', '-'], {
      apiVersion: 'v1',
      kind: 'List',
      items,
    });
  const namespaces = [NAMESPACE, JOB_NAMESPACE, OPERATOR_NAMESPACE];
  await kubectl(['delete', 'namespace', ...namespaces, '--ignore-not-found']);
  const objects = synthesised(testbed);
  await apply(objects.filter(({ kind }) => kind === 'CustomResourceDefinition' || kind === 'Namespace'));
  await untilEstablished(
    kubectl,
    'crd/servicebackups.servicebackup.io',
    'crd/backupconfigs.servicebackup.io',
  );
  await apply([
    ...objects.filter(({ kind }) => ['ConfigMap', 'PodTemplate', 'BackupConfig'].includes(kind)),
    ...declared(testbed),
  ]);
  await testbed.createBucket(BUCKET);
  return { testbed, kubectl, snapshots: await seed(testbed) };
}

export async function closeLab({ kubectl }: Lab): Promise<void> {
  for (const child of started) child.kill('SIGKILL');
  await kubectl(['delete', 'clusterrole,clusterrolebinding', 'cli-lab-guest']);
  await kubectl(['delete', 'storageclass', STORAGE_CLASS]);
  await kubectl(['delete', 'namespace', NAMESPACE, JOB_NAMESPACE, OPERATOR_NAMESPACE, '--wait=false']);
}

/** What BackupOperator synthesises, without the operator. */
function synthesised(testbed: Testbed) {
  const chart = new Chart(Testing.app(), 'lab');
  new BackupOperator(chart, 'operator', {
    namespace: OPERATOR_NAMESPACE,
    jobNamespace: JOB_NAMESPACE,
    config: {
      schedule: Schedule.daily({ hour: 1, minute: 30 }),
      s3BackupConfig: {
        s3Host: testbed.s3.endpoint,
        s3Credentials: SecretKey.pair('s3', 'id', 'key'),
      },
      resticPasswordSecret: SecretKey.of('restic', 'pw'),
      s3ServiceConfig: {
        s3Host: testbed.s3.endpoint,
        s3Credentials: SecretKey.pair('s3', 'id', 'key'),
      },
      scratchVol: { storageClassName: STORAGE_CLASS },
    },
  });
  const objects = chart.toJson() as { kind: string; metadata: { name: string; namespace?: string } }[];
  return objects.filter(({ kind, metadata }) => kind !== 'ConfigMap' || metadata.namespace === JOB_NAMESPACE);
}

function declared(testbed: Testbed): object[] {
  const secret = (name: string, stringData: Record<string, string>) => ({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name, namespace: JOB_NAMESPACE },
    stringData,
  });
  return [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE } },
    secret('s3', { id: testbed.s3.accessKeyId, key: testbed.s3.secretAccessKey }),
    secret('restic', { pw: PASSWORD }),
    {
      apiVersion: 'storage.k8s.io/v1',
      kind: 'StorageClass',
      metadata: { name: STORAGE_CLASS },
      provisioner: DRIVERS.plain,
      volumeBindingMode: 'WaitForFirstConsumer',
    },
    {
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: { name: 'data', namespace: NAMESPACE },
      spec: {
        accessModes: ['ReadWriteOnce'],
        storageClassName: STORAGE_CLASS,
        resources: { requests: { storage: '128Mi' } },
      },
    },
    serviceBackupOf('backup', {}),
    // Two that cannot work: one whose Secret is missing, one whose Job namespace nobody made.
    serviceBackupOf('no-secret', { backupConfig: 'no-secret' }),
    serviceBackupOf('no-template', { backupConfig: 'no-template' }),
    configOf(testbed, 'no-secret', { jobNS: JOB_NAMESPACE, startDeadlineSeconds: 5 }),
    configOf(testbed, 'no-template', { jobNS: 'cli-lab-nowhere' }),
    // May look at everything and make things, and nothing more.
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRole',
      metadata: { name: 'cli-lab-guest' },
      rules: [{ apiGroups: ['*'], resources: ['*'], verbs: ['get', 'list', 'create'] }],
    },
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRoleBinding',
      metadata: { name: 'cli-lab-guest' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cli-lab-guest' },
      subjects: [{ kind: 'ServiceAccount', name: 'guest', namespace: NAMESPACE }],
    },
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'guest', namespace: NAMESPACE } },
  ];
}

const serviceBackupOf = (name: string, spec: object) => ({
  apiVersion: 'servicebackup.io/v1alpha1',
  kind: 'ServiceBackup',
  metadata: { name, namespace: NAMESPACE },
  spec: {
    backupBucketName: BUCKET,
    backups: [{ type: 'pvc', name: 'data' }],
    adoptFrom: 'unowned',
    suspend: true,
    ...spec,
  },
});

const configOf = (testbed: Testbed, name: string, jobSpec: object) => ({
  apiVersion: 'servicebackup.io/v1alpha1',
  kind: 'BackupConfig',
  metadata: { name, namespace: OPERATOR_NAMESPACE },
  spec: {
    serviceBackup: {
      schedule: '30 1 * * *',
      s3BackupConfig: {
        s3Host: testbed.s3.endpoint,
        s3Credentials: { secretName: 'missing', accessKeyIDProperty: 'id', secretKeyProperty: 'key' },
      },
      resticPasswordSecret: { secretName: 'restic', secretKey: 'pw' },
      jobSpec,
    },
  },
});

/** Objects of the bucket `files`, as a backup of it holds them: it was lost since. */
export const OBJECTS = { 'a/b': 'a b', 'a/c': 'a c', 'z z': '' };

/** The snapshot of a bucket. */
export async function seedBucket({ testbed }: Lab): Promise<void> {
  const folder = mkdtempSync(path.join(tmpdir(), 'cli-lab-'));
  const copy = path.join(folder, 'copy');
  const entries = Object.entries(OBJECTS).map(([key, body]) => {
    const file = `objects/${pathOfKey(key)}`;
    mkdirSync(path.dirname(path.join(copy, file)), { recursive: true });
    writeFileSync(path.join(copy, file), body);
    const sha256 = createHash('sha256').update(body).digest('hex');
    const headers = { 'content-type': 'text/plain' };
    return { key, file, size: body.length, etag: 'x', modified: '2026-11-18T01:40:07Z', sha256, headers };
  });
  const bytes = entries.reduce((sum, { size }) => sum + size, 0);
  const header = headerLine({ bucket: 'files', endpoint: 'gone' }, { objects: entries.length, bytes });
  const lines = [header, ...entries.map((entry) => JSON.stringify(entry))];
  writeFileSync(path.join(copy, 'manifest.jsonl'), `${lines.join('\n')}\n`);
  const args = ['backup', '.', '--host', `${NAMESPACE}/backup/s3:files`];
  try {
    await promisify(execFile)(testbed.bin('restic'), args, { env: resticEnv(testbed, folder), cwd: copy });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const resticEnv = (testbed: Testbed, folder: string) => ({
  ...process.env,
  TZ: 'Etc/UTC',
  RESTIC_REPOSITORY: `s3:${testbed.s3.endpoint}/${BUCKET}`,
  RESTIC_PASSWORD: PASSWORD,
  RESTIC_CACHE_DIR: path.join(folder, 'cache'),
  AWS_ACCESS_KEY_ID: testbed.s3.accessKeyId,
  AWS_SECRET_ACCESS_KEY: testbed.s3.secretAccessKey,
});

/** A repository as somebody's script would have made it. */
async function seed(testbed: Testbed): Promise<string[]> {
  const folder = mkdtempSync(path.join(tmpdir(), 'cli-lab-'));
  const env = resticEnv(testbed, folder);
  const data = path.join(folder, 'data');
  const restic = async (...args: string[]) =>
    (await promisify(execFile)(testbed.bin('restic'), [...args, '--json'], { env, cwd: data })).stdout;
  mkdirSync(path.join(data, 'private'), { recursive: true });
  writeFileSync(path.join(data, 'page.txt'), 'the first page\n');
  chownSync(path.join(data, 'page.txt'), 1000, 1001);
  chmodSync(path.join(data, 'page.txt'), 0o640);
  linkSync(path.join(data, 'page.txt'), path.join(data, 'private/same-page.txt'));
  symlinkSync('page.txt', path.join(data, 'link'));
  try {
    await restic('init').catch(() => {});
    for (const [at, time] of TAKEN.entries()) {
      if (at === 1) writeFileSync(path.join(data, 'later.txt'), 'x'.repeat(1_000_000));
      await restic(
        'backup',
        '.',
        '--host',
        `${NAMESPACE}/backup/data`,
        '--time',
        time,
        '--tag',
        `run=r${at}`,
      );
    }
    const all = JSON.parse(await restic('snapshots')) as { id: string; time: string }[];
    return all.map(({ id }) => id);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const started = new Set<ChildProcess>();

/** Starts the command line in the lab. */
export function start(
  { testbed }: Lab,
  args: string[],
  env: NodeJS.ProcessEnv = {},
): ChildProcess & { answer: Promise<Answer> } {
  const child = spawn(
    process.execPath,
    [PROGRAM, args[0]!, '--operator-namespace', OPERATOR_NAMESPACE, ...args.slice(1)],
    {
      env: { ...process.env, KUBECONFIG: testbed.kubeconfig, TZ: 'Etc/UTC', ...env },
    },
  );
  started.add(child);
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk) => {
    stdout += chunk;
  });
  child.stderr.on('data', (chunk) => {
    stderr += chunk;
  });
  const answer = new Promise<Answer>((resolve) => {
    child.on('close', (code) => {
      started.delete(child);
      resolve({ code, stdout, stderr });
    });
  });
  return Object.assign(child, { answer });
}

export const serviceBackup = (lab: Lab, ...args: string[]): Promise<Answer> => start(lab, args).answer;

/** All that a restore makes and must not leave: in the Job namespace, and volumes under way. */
export async function leftovers({ kubectl }: Lab): Promise<string[]> {
  const names = await kubectl(['get', 'jobs,persistentvolumeclaims,pods', '-n', JOB_NAMESPACE, '-o', 'name']);
  const volumes = await kubectl([
    'get',
    'persistentvolumes',
    '-l',
    'servicebackup.io/handover',
    '-o',
    'name',
  ]);
  return [...names.split('\n'), ...volumes.split('\n')].filter(Boolean);
}

/** Pods of a deleted Job take a moment to go. */
export const nothingLeft = (lab: Lab): Promise<true> =>
  until('the Job namespace to be empty', 60, async () => (await leftovers(lab)).length === 0 || undefined);

/** A kubeconfig with the rights of a ServiceAccount of the lab. */
export async function asServiceAccount({ kubectl }: Lab, name: string, folder: string): Promise<string> {
  const token = (await kubectl(['create', 'token', name, '-n', NAMESPACE])).trim();
  const { clusters } = parse(await kubectl(['config', 'view', '--raw', '-o', 'yaml']));
  const kubeconfig = path.join(folder, name);
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters,
    users: [{ name, user: { token } }],
    contexts: [{ name, context: { cluster: clusters[0].name, user: name } }],
    'current-context': name,
  };
  writeFileSync(kubeconfig, JSON.stringify(config), { mode: 0o600 });
  return kubeconfig;
}

/** Runs a shell command in a pod that mounts a claim at /data, and gives what it printed. */
export async function inClaim({ kubectl }: Lab, claim: string, command: string): Promise<string> {
  const name = `look-${claim}`;
  await kubectl(['create', '-f', '-'], {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: NAMESPACE },
    spec: {
      restartPolicy: 'Never',
      containers: [
        {
          name: 'look',
          image: 'docker.io/library/busybox:1.36',
          command: ['sh', '-ec', command],
          volumeMounts: [{ name: 'data', mountPath: '/data' }],
        },
      ],
      volumes: [{ name: 'data', persistentVolumeClaim: { claimName: claim } }],
    },
  });
  const at = ['-n', NAMESPACE, `pod/${name}`];
  await kubectl(['wait', ...at, '--for=jsonpath={.status.phase}=Succeeded', '--timeout=60s']);
  const out = await kubectl(['logs', ...at]);
  await kubectl(['delete', ...at, '--now']);
  return out;
}
