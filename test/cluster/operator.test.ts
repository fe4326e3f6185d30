import type { Cluster } from '../../demo/cluster';
import { mustServiceBackup } from '../../demo/command-line';
import { readBackup, runOnce } from '../../demo/round';
import { until } from '../../demo/steps';
import type { BackupConfig, ServiceBackup } from '../../src/api/kinds';
import { GUESTBOOK, theCluster } from './deployment';

jest.setTimeout(240_000);

let cluster: Cluster;
const made: string[][] = [];

/** The settings in force, changed in places, under another name. */
async function config(
  name: string,
  changes: (settings: BackupConfig['spec']['serviceBackup']) => void,
): Promise<void> {
  const all: BackupConfig = await read('backupconfig', 'default', 'service-backup');
  changes(all.spec.serviceBackup);
  await create(all, name, 'service-backup');
}

async function declare(name: string, namespace: string, spec: object): Promise<void> {
  const spread = { apiVersion: 'servicebackup.io/v1alpha1', kind: 'ServiceBackup', spec };
  await create(spread, name, namespace);
}

async function create(object: { kind: string }, name: string, namespace: string): Promise<void> {
  made.push([object.kind.toLowerCase(), name, '-n', namespace]);
  await cluster.kubectl(['create', '-f', '-'], JSON.stringify({ ...object, metadata: { name, namespace } }));
}

const read = async (kind: string, name: string, namespace: string) =>
  JSON.parse(await cluster.kubectl(['get', kind, name, '-n', namespace, '-o', 'json']));

const failed = (namespace: string, name: string, seconds = 60) => {
  let last: ServiceBackup | undefined;
  return until(
    `the failure of ${namespace}/${name}`,
    seconds,
    async () => {
      last = await readBackup(cluster, { namespace, name });
      return last.status?.state === 'Failed' ? last.status : undefined;
    },
    () => JSON.stringify(last?.status),
  );
};

const operatorPod = async (): Promise<string | undefined> => {
  const out = await cluster.kubectl(['get', 'pods', '-n', 'service-backup', '-o', 'json']);
  const { items } = JSON.parse(out) as {
    items: { metadata: { name: string; deletionTimestamp?: string }; status: { phase: string } }[];
  };
  return items.find(({ metadata, status }) => !metadata.deletionTimestamp && status.phase === 'Running')
    ?.metadata.name;
};
const holder = async (): Promise<string> =>
  (await read('lease', 'service-backup', 'service-backup')).spec.holderIdentity ?? '';

const keep = (resticRetentionPolicy: object | null) =>
  cluster.kubectl([
    'patch',
    'sb',
    'backup',
    '-n',
    'guestbook',
    '--type=merge',
    '-p',
    JSON.stringify({ spec: { resticRetentionPolicy } }),
  ]);

beforeAll(async () => {
  cluster = await theCluster();
});
afterEach(async () => {
  for (const object of made.splice(0)) await cluster.kubectl(['delete', '--ignore-not-found', ...object]);
});

describe('an operator', () => {
  test('that is told to go is succeeded at once: it gives its Lease back', async () => {
    const old = await holder();
    await cluster.kubectl(['delete', 'pod', old, '-n', 'service-backup', '--wait=false']);
    const successor = await until('another holder of the Lease', 20, async () => {
      const now = await holder();
      return now && now !== old ? now : undefined;
    });
    await until('its pod to be seen', 20, async () => (await operatorPod()) === successor || undefined);
  });

  test('that is killed in the middle of a run loses nothing and doubles nothing', async () => {
    const snapshots = async () => {
      const out = await mustServiceBackup(cluster, ['snapshots', 'guestbook/backup', '--json']);
      return (JSON.parse(out) as { snapshots: { item: string }[] }).snapshots.map(({ item }) => item);
    };
    // So that every snapshot can be counted.
    await keep({ last: 100 });
    await runOnce(cluster, [GUESTBOOK], `before-the-kill-${Date.now()}`, () => {});
    const before = await snapshots();
    const run = runOnce(cluster, [GUESTBOOK], `killed-${Date.now()}`, () => {});
    await until('the first Job', 30, async () =>
      (await readBackup(cluster, GUESTBOOK)).status?.run?.groups.length ? true : undefined,
    );
    await cluster.kubectl([
      'delete',
      'pod',
      await holder(),
      '-n',
      'service-backup',
      '--grace-period=0',
      '--force',
    ]);
    const [after] = await run;
    expect(after!.status?.lastBackup).toMatchObject({ state: 'Success' });
    const count = (all: string[], item: string) => all.filter((name) => name === item).length;
    const now = await snapshots();
    for (const item of ['uploads', 'database']) expect(count(now, item)).toBe(count(before, item) + 1);
    await keep(null);
  });

  test('tells how it is, and what it knows', async () => {
    const pod = await until('a pod', 30, operatorPod);
    const ask = (path: string) =>
      cluster.kubectl(['get', '--raw', `/api/v1/namespaces/service-backup/pods/${pod}:8080/proxy${path}`]);
    await until('its readiness', 30, async () => ((await ask('/readyz').catch(() => '')) ? true : undefined));
    expect(await ask('/healthz')).toBe('ok\n');
    expect(await ask('/metrics')).toContain(
      'service_backup_last_state{namespace="guestbook",name="backup"} 0',
    );
  });
});

describe('what goes wrong is named', () => {
  test('a Secret that does not exist', async () => {
    await config('no-secret', (settings) => {
      settings.s3BackupConfig.s3Credentials.secretName = 'absent';
      settings.jobSpec = { startDeadlineSeconds: 20 };
    });
    await declare('no-secret', 'guestbook', {
      backupBucketName: 'no-secret-backup',
      backupConfig: 'no-secret',
      runNow: 'now',
      backups: [{ type: 'pvc', name: 'uploads' }],
    });
    const status = await failed('guestbook', 'no-secret');
    expect(status).toMatchObject({
      reason: 'SecretMissing',
      message: expect.stringContaining('secret "absent" not found'),
    });
    // It might still start: it does not stay.
    const left = await cluster.kubectl([
      'get',
      'jobs',
      '-n',
      'service-backup-jobs',
      '-l',
      `servicebackup.io/service-backup=${(await readBackup(cluster, { namespace: 'guestbook', name: 'no-secret' })).metadata.uid}`,
      '-o',
      'name',
    ]);
    expect(left).toBe('');
  });

  test('a volume that is attached, but not where its driver is said to stage', async () => {
    const claim = await read('pvc', 'uploads', 'guestbook');
    const volume = JSON.parse(await cluster.kubectl(['get', 'pv', claim.spec.volumeName, '-o', 'json']));
    await config('staging', (settings) => {
      settings.drivers = [{ name: volume.spec.csi.driver, staging: 'handle' }];
      settings.jobSpec = { startDeadlineSeconds: 20 };
    });
    await declare('staging', 'guestbook', {
      backupBucketName: 'staging-backup',
      backupConfig: 'staging',
      runNow: 'now',
      backups: [{ type: 'pvc', name: 'uploads' }],
    });
    expect(await failed('guestbook', 'staging')).toMatchObject({ reason: 'VolumeNotStaged' });
  });

  test('a bucket that another service has', async () => {
    await declare('second', 'guestbook', {
      backupBucketName: 'guestbook-backup',
      runNow: 'now',
      backups: [{ type: 'pvc', name: 'uploads' }],
    });
    expect(await failed('guestbook', 'second')).toMatchObject({
      reason: 'BucketClaimed',
      message:
        "Bucket 'guestbook-backup' already holds the repository of ServiceBackup guestbook/backup, which is older: give this one a bucket of its own.",
    });
  });

  test('a config that is not there, until it is', async () => {
    await declare('early', 'guestbook', {
      backupBucketName: 'early-backup',
      backupConfig: 'early',
      suspend: true,
      backups: [{ type: 'pvc', name: 'uploads' }],
    });
    expect(await failed('guestbook', 'early')).toMatchObject({ reason: 'ConfigMissing' });
    await config('early', () => {});
    await until('the config to be seen', 10, async () => {
      const { status } = await readBackup(cluster, { namespace: 'guestbook', name: 'early' });
      return status?.state === undefined ? true : undefined;
    });
  });

  test('in an event of its namespace, by its reason', async () => {
    await declare('event', 'guestbook', {
      backupBucketName: 'event-backup',
      runNow: 'now',
      backups: [{ type: 'pvc', name: 'no-such-claim' }],
    });
    await failed('guestbook', 'event');
    const words = await until('the event', 10, async () => {
      const out = await cluster.kubectl([
        'get',
        'events',
        '-n',
        'guestbook',
        '--field-selector=involvedObject.name=event,reason=ClaimNotFound',
        '-o',
        'jsonpath={.items[*].message}',
      ]);
      return out || undefined;
    });
    expect(words).toContain(
      'There is no claim guestbook/no-such-claim: correct its name in the ServiceBackup, or create it.',
    );
  });
});
