import { bucketOf } from '../../src/api/contract';
import type { BackupConfig, ServiceBackup } from '../../src/api/kinds';
import { encodeOutcome, type ItemOutcome, type Outcome } from '../../src/api/outcome';
import type { ItemStatus, Maintenance, Run, RunGroup } from '../../src/api/service-backup';
import type { PersistentVolumeClaim, Pod } from '../../src/kube/objects';
import type { Action } from '../../src/operator/draft';
import { instant } from '../../src/operator/instant';
import type { Observed } from '../../src/operator/observed';
import type { Place, Placement } from '../../src/operator/placement';
import type { JobView, NodeView, PodView, VolumeView } from '../../src/operator/views';

/** A Saturday; the config's tick is at 01:30 UTC. */
export const at = (clock: string): Date =>
  new Date(`2026-11-21T${clock.length === 5 ? `${clock}:00` : clock}Z`);
/** The same instant as status has it. */
export const written = (clock: string): string => instant(at(clock));

export const config = (settings: Partial<BackupConfig['spec']['serviceBackup']> = {}): BackupConfig => ({
  apiVersion: 'servicebackup.io/v1alpha1',
  kind: 'BackupConfig',
  metadata: { name: 'default', namespace: 'service-backup', uid: 'config-uid', resourceVersion: '1' },
  spec: {
    serviceBackup: {
      schedule: '30 1 * * *',
      jitterSeconds: 0,
      s3BackupConfig: {
        s3Host: 's3.example.net',
        s3Credentials: { secretName: 's3', accessKeyIDProperty: 'AccessKey', secretKeyProperty: 'SecretKey' },
      },
      resticPasswordSecret: { secretName: 'restic', secretKey: 'pw' },
      ...settings,
      // What fails has failed; tests of retries say so.
      jobSpec: { backoffLimit: 0, ...settings.jobSpec },
    },
  },
});

/** Where the services' own buckets are. */
export const serviceS3 = {
  s3Host: 's3.services.example.net',
  s3Credentials: { secretName: 'service-s3', accessKeyIDProperty: 'Id', secretKeyProperty: 'Key' },
};

/** Of these items: a name that begins with 's3:' is a bucket. */
export const backup = (
  items: string[] = ['data'],
  changes: { spec?: Partial<ServiceBackup['spec']>; status?: ServiceBackup['status']; name?: string } = {},
): ServiceBackup => ({
  apiVersion: 'servicebackup.io/v1alpha1',
  kind: 'ServiceBackup',
  metadata: {
    name: changes.name ?? 'backup',
    namespace: 'wiki',
    uid: 'uid-wiki',
    resourceVersion: '1',
    generation: 1,
    creationTimestamp: '2026-11-20T12:00:00Z',
  },
  spec: {
    backupBucketName: 'wiki-backup',
    backups: items.map((name) => {
      const bucket = bucketOf(name);
      return bucket === undefined ? { type: 'pvc', name } : { type: 's3', name: bucket };
    }),
    ...changes.spec,
  },
  ...(changes.status && { status: changes.status }),
});

export const node = (name: string, changes: Partial<NodeView> = {}): NodeView => ({
  name,
  ready: true,
  since: '2026-11-20T00:00:00Z',
  labels: { 'kubernetes.io/hostname': name },
  ...changes,
});

export const placement = (on: string, item = 'data'): Placement => ({
  node: on,
  path: `/var/lib/kubelet/plugins/kubernetes.io/csi/x/${item}/globalmount`,
  because: `VolumeAttachment csi-${item}`,
  attachment: `csi-${item}`,
});

/** What is observed of one ServiceBackup, with two ready nodes; `places` maps an item to its node. */
export const observed = (
  backupOf: ServiceBackup,
  {
    places,
    nodes,
    ...changes
  }: Partial<Omit<Observed, 'places' | 'nodes'>> & {
    places?: Record<string, string | Place>;
    nodes?: NodeView[];
  } = {},
): Observed => ({
  backup: backupOf,
  at: { cluster: 'cluster-uid', jobNamespace: 'service-backup-jobs', operatorNamespace: 'service-backup' },
  config: config(),
  jobs: [],
  pods: {},
  busy: [],
  nodes: Object.fromEntries((nodes ?? [node('node-1'), node('node-2')]).map((n) => [n.name, n])),
  ...(places && {
    places: Object.fromEntries(
      Object.entries(places).map(([item, where]) => [
        item,
        typeof where === 'string' ? placement(where, item) : where,
      ]),
    ),
  }),
  ...changes,
});

export const group = (
  job: string,
  on: string,
  items: string[],
  changes: Partial<RunGroup> = {},
): RunGroup => ({
  node: on,
  job,
  items,
  because: items.map((item) => `VolumeAttachment csi-${item}`),
  startedAt: written('01:30'),
  ...changes,
});

export const maintenance = (job: string, changes: Partial<Maintenance> = {}): Maintenance => ({
  job,
  startedAt: written('01:30'),
  ...changes,
});

export const run = (groups: RunGroup[] = [], done: ItemStatus[] = []): Run => ({
  id: '0tovstcs',
  trigger: 'Schedule',
  startedAt: written('01:30'),
  groups,
  done,
});

export const item = (name: string, changes: Partial<ItemStatus> = {}): ItemStatus => ({
  type: bucketOf(name) === undefined ? 'pvc' : 's3',
  name,
  state: 'Success',
  ...changes,
});

export const job = (name: string, on = 'node-1', changes: Partial<JobView> = {}): JobView => ({
  name,
  uid: `uid-${name}`,
  createdAt: written('01:30'),
  owner: 'uid-wiki',
  ownerKey: 'wiki/backup',
  run: '0tovstcs',
  node: on,
  ...changes,
});

export const pod = (ofJob: string, on = 'node-1', changes: Partial<PodView> = {}): PodView => ({
  name: `${ofJob}-abcde`,
  job: ofJob,
  owner: 'uid-wiki',
  ownerKey: 'wiki/backup',
  node: on,
  phase: 'Running',
  deleting: false,
  started: true,
  ...changes,
});

export const success = (snapshot = 'a1b2c3'): ItemOutcome => ({
  state: 'Success',
  snapshot,
  bytes: 1000,
  files: 10,
  seconds: 4,
});

export const outcome = (items: ItemOutcome[], changes: Partial<Outcome> = {}): Outcome => ({
  version: 1,
  repository: 'repo-id',
  items,
  ...changes,
});

/** A pod whose mover has ended, with this report (or these words). */
export const ended = (ofJob: string, report: Outcome | string, exitCode = 0, on = 'node-1'): PodView =>
  pod(ofJob, on, {
    phase: exitCode === 0 ? 'Succeeded' : 'Failed',
    terminated: {
      exitCode,
      reason: exitCode === 0 ? 'Completed' : 'Error',
      message: typeof report === 'string' ? report : encodeOutcome(report),
    },
  });

export const actionsOf = <T extends Action['type']>(actions: Action[], type: T) =>
  actions.filter((action): action is Extract<Action, { type: T }> => action.type === type);

export const claim = (
  name = 'data',
  changes: Partial<PersistentVolumeClaim> = {},
): PersistentVolumeClaim => ({
  metadata: { name, namespace: 'wiki' },
  spec: { volumeName: `pv-${name}` },
  status: { phase: 'Bound' },
  ...changes,
});

export const volume = (name = 'pv-data', changes: Partial<VolumeView> = {}): VolumeView => ({
  name,
  csi: { driver: 'csi.example.net', handle: `handle-of-${name}` },
  block: false,
  ...changes,
});

export const user = (name: string, on: string, claimName = 'data', changes: Partial<Pod> = {}): Pod => ({
  metadata: { name, namespace: 'wiki' },
  spec: {
    nodeName: on,
    containers: [{ name: 'app', volumeMounts: [{ name: 'v', mountPath: '/data' }] }],
    volumes: [{ name: 'v', persistentVolumeClaim: { claimName } }],
  },
  status: { phase: 'Running' },
  ...changes,
});
