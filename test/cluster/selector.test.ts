import type { Cluster } from '../../demo/cluster';
import { mustServiceBackup } from '../../demo/command-line';
import { OPERATOR_NAMESPACE } from '../../demo/deploy';
import { runOnce } from '../../demo/round';
import { until } from '../../demo/steps';
import { theCluster } from './deployment';

jest.setTimeout(240_000);

const NAMESPACE = 'selector';
const BACKUP = { namespace: NAMESPACE, name: 'backup' };
const LABELS = { app: 'selector' };

const at = (name: string) => ({ name, namespace: NAMESPACE });
const claimOf = (storageClassName: string | undefined) => ({
  accessModes: ['ReadWriteOnce'],
  ...(storageClassName && { storageClassName }),
  resources: { requests: { storage: '32Mi' } },
});

/** Two replicas with a claim each, which goes with its replica; and a claim that has other labels. */
const objects = (storageClass: string | undefined) => [
  { apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE } },
  {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'RoleBinding',
    metadata: at('service-backup'),
    roleRef: {
      apiGroup: 'rbac.authorization.k8s.io',
      kind: 'ClusterRole',
      name: 'service-backup-declaration',
    },
    subjects: [{ kind: 'ServiceAccount', name: 'service-backup', namespace: OPERATOR_NAMESPACE }],
  },
  { apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: at('cache'), spec: claimOf(storageClass) },
  {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: at('web'),
    spec: {
      serviceName: 'web',
      replicas: 2,
      selector: { matchLabels: LABELS },
      persistentVolumeClaimRetentionPolicy: { whenScaled: 'Delete', whenDeleted: 'Retain' },
      template: {
        metadata: { labels: LABELS },
        spec: {
          terminationGracePeriodSeconds: 2,
          containers: [
            {
              name: 'web',
              image: 'docker.io/library/busybox:1.36',
              command: [
                'sh',
                '-c',
                'hostname > /data/name; trap exit TERM; while :; do sleep 3600 & wait; done',
              ],
              volumeMounts: [{ name: 'data', mountPath: '/data' }],
            },
          ],
        },
      },
      volumeClaimTemplates: [{ metadata: { name: 'data' }, spec: claimOf(storageClass) }],
    },
  },
  {
    apiVersion: 'servicebackup.io/v1alpha1',
    kind: 'ServiceBackup',
    metadata: at('backup'),
    spec: {
      backupBucketName: 'selector-backup',
      backups: [{ type: 'pvc', selector: { matchLabels: LABELS } }],
    },
  },
];

let cluster: Cluster;
beforeAll(async () => {
  cluster = await theCluster();
  await cluster.createBucket('selector-backup');
  const [namespace, ...others] = objects(cluster.storageClasses.plain);
  for (const items of [[namespace], others])
    await cluster.kubectl(['apply', '-f', '-'], JSON.stringify({ apiVersion: 'v1', kind: 'List', items }));
  await replicas(2);
});
afterAll(() => cluster.kubectl(['delete', 'namespace', NAMESPACE, '--wait=false']));

/** Scales, until every replica is there with its claim, and no other. */
async function replicas(count: number): Promise<void> {
  await cluster.kubectl(['scale', 'statefulset/web', '-n', NAMESPACE, `--replicas=${count}`]);
  await cluster.kubectl(['rollout', 'status', 'statefulset/web', '-n', NAMESPACE, '--timeout=90s']);
  const claims = ['get', 'pvc', '-n', NAMESPACE, '-l', 'app=selector', '-o', 'name'];
  await until(`${count} claims`, 60, async () => {
    const names = (await cluster.kubectl(claims)).trim().split('\n');
    return names.length === count || undefined;
  });
}

const run = async (word: string) => (await runOnce(cluster, [BACKUP], word, () => {}))[0]!.status!;
const names = (count: number) => Array.from({ length: count }, (_, n) => `data-web-${n}`);

describe("claims of a StatefulSet's volumeClaimTemplates", () => {
  test('are backed up by their labels, and what has other labels is told', async () => {
    const status = await run('two');
    expect(status).toMatchObject({ state: 'Success', uncovered: ['cache'] });
    expect(status.items?.map(({ name, state }) => `${name} ${state}`)).toEqual(
      names(2).map((n) => `${n} Success`),
    );
    expect(await mustServiceBackup(cluster, ['status', 'selector/backup'])).toMatch(
      /claims that no ServiceBackup covers: cache/,
    );
  });

  test('are found though the replica was added since', async () => {
    await replicas(3);
    const status = await run('three');
    expect(status.selected?.map(({ name, by }) => `${name} ${by}`)).toEqual(
      names(3).map((name) => `${name} app=selector`),
    );
    expect(status.items).toMatchObject(names(3).map((name) => ({ name, state: 'Success' })));
  });

  test('leave status when they are gone, and their snapshots stay', async () => {
    await replicas(2);
    const status = await run('two-again');
    expect(status).toMatchObject({ state: 'Success', items: names(2).map((name) => ({ name })) });
    expect(
      await mustServiceBackup(cluster, ['snapshots', 'selector/backup', '--item', 'data-web-2']),
    ).toContain('data-web-2');
  });
});
