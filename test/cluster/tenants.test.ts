import { App, Chart } from 'cdk8s';
import { k8s } from 'cdk8s-plus-28';
import { mustServiceBackup } from '../../demo/command-line';
import { OPERATOR_NAMESPACE } from '../../demo/deploy';
import type { Reason, ServiceBackupSpec } from '../../src/api';
import { BackupConsent } from '../../src/constructs';
import { contentOf } from './bucket-tree';
import { FaultLab, ON_NODE_1, NAMESPACE as OTHER } from './fault-lab';

jest.setTimeout(120_000);

/** Has a claim, and lets the friend back it up. */
const GIVER = 'tenants-giver';
const FRIEND = 'tenants-friend';
/** Tries what it may not. */
const THIEF = 'tenants-thief';
/** Consents, and the operator is not bound there. */
const CLOSED = 'tenants-closed';

const namespace = (name: string, annotations = {}) => ({
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name, annotations },
});
const bound = (namespace: string) => ({
  apiVersion: 'rbac.authorization.k8s.io/v1',
  kind: 'RoleBinding',
  metadata: { name: 'service-backup', namespace },
  roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'service-backup-declaration' },
  subjects: [{ kind: 'ServiceAccount', name: 'service-backup', namespace: OPERATOR_NAMESPACE }],
});
const claimOf = (name: string, namespace: string) => ({ type: 'pvc' as const, name, namespace });

/** The giver's side, as its owner declares it. */
function given() {
  const chart = new Chart(new App(), 'giver');
  const declared = new k8s.KubeNamespace(chart, 'namespace', { metadata: { name: GIVER } });
  new BackupConsent(chart, 'consent', { namespace: declared, to: [FRIEND] });
  return chart.toJson() as ReturnType<typeof namespace>[];
}

const workload = (storageClassName: string | undefined) => [
  {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name: 'data', namespace: GIVER },
    spec: { accessModes: ['ReadWriteOnce'], storageClassName, resources: { requests: { storage: '32Mi' } } },
  },
  {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'app', namespace: GIVER },
    spec: {
      terminationGracePeriodSeconds: 0,
      containers: [
        {
          name: 'app',
          image: 'docker.io/library/busybox:1.36',
          command: ['sh', '-c', 'echo given > /data/name; sleep 3600'],
          volumeMounts: [{ name: 'data', mountPath: '/data' }],
        },
      ],
      volumes: [{ name: 'data', persistentVolumeClaim: { claimName: 'data' } }],
    },
  },
];

interface Attempt {
  name: string;
  spec: () => Partial<ServiceBackupSpec>;
  reason: Reason;
  says: (string | RegExp)[];
}

/** Each is refused before a run begins. */
const ATTEMPTS: Attempt[] = [
  {
    name: 'bucket',
    spec: () => ({ backupBucketName: lab.bucket('victim') }),
    reason: 'BucketClaimed',
    says: ["Bucket 'faults-tenants-victim'", 'ServiceBackup guestbook/tenants-victim, which is older'],
  },
  {
    name: 'pattern',
    spec: () => ({ backupConfig: 'tenants-patterns', backupBucketName: 'tenants-friend.of-another' }),
    reason: 'BucketNotAllowed',
    says: ["namespace tenants-thief use bucket 'tenants-friend.of-another', but 'tenants-thief.*'"],
  },
  {
    name: 'namespace',
    spec: () => ({ backupConfig: 'tenants-friends' }),
    reason: 'NamespaceNotAllowed',
    says: [
      "BackupConfig 'tenants-friends' is not for ServiceBackups of namespace tenants-thief",
      'allowedNamespaces',
    ],
  },
  {
    name: 'config',
    spec: () => ({ backupConfig: 'tenants-own' }),
    reason: 'ConfigMissing',
    says: [`no BackupConfig 'tenants-own' in namespace ${OPERATOR_NAMESPACE}: create it there`],
  },
];

let lab: FaultLab;
let victims: Record<string, string>;
/** What the command line says of the restore of the friend's item. */
let restored: Promise<string>;
beforeAll(async () => {
  lab = await FaultLab.open('tenants');
  await lab.makeBuckets('victim', 'friend', 'item', 'closed', 'namespace', 'config');
  await lab.apply(
    ...given(),
    namespace(FRIEND),
    namespace(THIEF),
    namespace(CLOSED, { 'servicebackup.io/allow-backups-from': THIEF }),
  );
  const own = lab.config('own');
  await lab.apply(
    ...workload(lab.cluster.storageClasses.plain),
    bound(FRIEND),
    bound(THIEF),
    { ...own, metadata: { ...own.metadata, namespace: THIEF } },
    lab.config('patterns', (settings) => {
      settings.buckets = [{ backup: ['{namespace}.*'] }];
    }),
    lab.config('friends', (settings) => {
      settings.allowedNamespaces = [FRIEND, 'guest*'];
    }),
    lab.declaration('victim', [ON_NODE_1], { backupConfig: 'tenants-friends' }),
  );
  const declared = (name: string, spec: Partial<ServiceBackupSpec>) => lab.declaration(name, [], spec, THIEF);
  await lab.apply(declared('closed', { backups: [claimOf('data', CLOSED)] }));
  const running = ['wait', 'pod/app', '-n', GIVER, '--for=condition=Ready', '--timeout=60s'];
  await lab.cluster.kubectl(running);
  await lab.apply(lab.declaration('friend', [], { backups: [claimOf('data', GIVER)] }, FRIEND));
  restored = restoreFriend();
  // It is waited for by its test.
  restored.catch(() => {});
  expect((await lab.ended('victim', 60)).state).toBe('Success');
  victims = contentOf(lab.bucket('victim'));
  await lab.apply(
    ...ATTEMPTS.map(({ name, spec }) => declared(name, { backups: [{ type: 'pvc', name: 'x' }], ...spec() })),
    declared('item', { backups: [claimOf(ON_NODE_1, OTHER), claimOf('data', GIVER)] }),
  );
}, 90_000);
afterAll(() => lab?.close());

async function restoreFriend(): Promise<string> {
  await lab.ended('friend', 60, undefined, FRIEND);
  const { namespace, name } = lab.service('friend', FRIEND);
  return mustServiceBackup(lab.cluster, ['restore', `${namespace}/${name}`, '--to-claim', 'restored']);
}

const jobsOf = (name: string) => lab.witness.jobs(lab.service(name, THIEF));

test.each(ATTEMPTS)('$name: $reason, and no Job', async ({ name, reason, says }) => {
  await lab.notReady(name, reason, says, 30, THIEF);
  expect(jobsOf(name)).toEqual([]);
});

test('claims of namespaces that consent to nobody, or to another: NamespaceNotConsenting, and no Job', async () => {
  const status = await lab.ended('item', 30, undefined, THIEF);
  expect(status).toMatchObject({
    state: 'Failed',
    reason: 'NamespaceNotConsenting',
    items: ['guestbook/uploads', 'tenants-giver/data'].map((name) => ({ name, state: 'Failed' })),
  });
  for (const { message, name } of status.items!)
    expect(message).toMatch(
      `Namespace ${name.split('/')[0]} does not let ServiceBackups of namespace tenants-thief back its claims up`,
    );
  expect(jobsOf('item')).toEqual([]);
});

test('a claim of a namespace that consents is backed up, and restored by the name of both', async () => {
  const item = 'tenants-giver/data';
  const said = await restored;
  expect(lab.witness.backup(lab.service('friend', FRIEND))?.status).toMatchObject({
    state: 'Success',
    items: [{ name: item, state: 'Success', files: 1 }],
  });
  expect(said).toContain(`restored ${item} as claim ${FRIEND}/restored`);
});

test('consent that is taken back holds from the next run on, and what was backed up stays', async () => {
  const before = contentOf(lab.bucket('friend'));
  await lab.cluster.kubectl(['annotate', 'namespace', GIVER, 'servicebackup.io/allow-backups-from-']);
  const jobs = lab.witness.jobs(lab.service('friend', FRIEND)).length;
  const status = await lab.runAgain('friend', 30, FRIEND);
  expect(status).toMatchObject({ state: 'Failed', reason: 'NamespaceNotConsenting', items: [{ files: 1 }] });
  expect(lab.witness.jobs(lab.service('friend', FRIEND))).toHaveLength(jobs);
  expect(contentOf(lab.bucket('friend'))).toEqual(before);
});

test('consent without the right to read is none: NotPermitted, and no Job', async () => {
  const status = await lab.ended('closed', 40, undefined, THIEF);
  expect(status).toMatchObject({ state: 'Failed', reason: 'NotPermitted' });
  expect(status.lastBackup!.message).toMatch('may not read claims and pods of namespace tenants-closed');
  expect(jobsOf('closed')).toEqual([]);
});

test("after all that the other tenant's repository is what it was, byte for byte", async () => {
  expect(Object.keys(victims)).toContain('config');
  expect(contentOf(lab.bucket('victim'))).toEqual(victims);
});

test('a pattern that is mended lets the next run begin', async () => {
  await lab.apply(
    lab.config('friends', (settings) => {
      settings.allowedNamespaces = ['tenants-*'];
    }),
  );
  // It names a claim that its namespace has not: what is refused now is that.
  const status = await lab.ended('namespace', 30, undefined, THIEF);
  expect(status.reason).toBe('ClaimNotFound');
});
