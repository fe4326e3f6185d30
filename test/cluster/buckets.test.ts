import { AwsClient } from 'aws4fetch';
import { JOB_NAMESPACE } from '../../demo/deploy';
import { until } from '../../demo/steps';
import { ANNOTATION, type Item, podTemplateName } from '../../src/api';
import { withEvidence } from './evidence';
import { FaultLab, ON_NODE_1 } from './fault-lab';
import { doubledJobs, jobsLeft, ledgerOf } from './ledger';
import { killOperator, scaleOperator, successorOf } from './on-operator';
import { type Asked, Gate } from './s3-fault';

jest.setTimeout(240_000);

const CLAIM = 'buckets-scratch';
const TEMPLATE = ['podtemplate', podTemplateName('bucket'), '-n', JOB_NAMESPACE];
const OBJECTS = { 'a/b.txt': 'one', 'Ä ö': 'two', 'large.bin': 'x'.repeat(200_000) };

let lab: FaultLab;
let files: string;
beforeAll(async () => {
  lab = await FaultLab.open('buckets');
  files = lab.bucket('files');
  await lab.makeBuckets('files');
  const { s3 } = lab.cluster;
  const client = new AwsClient({ ...s3, service: 's3', retries: 0 });
  for (const [key, body] of Object.entries(OBJECTS)) {
    const { status } = await client.fetch(`${s3.host}/${files}/${key}`, { method: 'PUT', body });
    expect(status).toBe(200);
  }
});
afterAll(async () => {
  if (!lab) return;
  await scaleOperator(lab.cluster, 1);
  await lab.cluster.kubectl(['annotate', ...TEMPLATE, '--overwrite', `${ANNOTATION.scratchClaims}=`]);
  await lab.close();
});

/** Claims in the Job namespace that came with a pod. */
const ephemeral = async () =>
  (await lab.cluster.kubectl(['get', 'pvc', '-n', JOB_NAMESPACE, '-o', 'name']))
    .split('\n')
    .filter((name) => name.endsWith('-scratch') && !name.endsWith(CLAIM));

/** A body is fetched. */
const isBody = ({ method, path }: Asked) =>
  method === 'GET' &&
  path.startsWith(`/${files}/`) &&
  !path.startsWith(`/${files}/?`) &&
  !path.includes('tagging');

/** Whose BackupConfig lets every bucket of the test be read, and one that there is not. */
const config = (name: string, change: Parameters<FaultLab['config']>[1]) =>
  lab.config(name, (settings) => {
    settings.s3ServiceConfig = structuredClone(settings.s3BackupConfig);
    settings.buckets = [{ backup: ['*'], service: [`${lab.bucket('')}*`, 'absent'] }];
    change?.(settings);
  });

test('a volume and buckets: what there is is backed up, what may not be read or is not there fails alone, and nothing is left behind', async () => {
  await lab.makeBuckets('mixed');
  await lab.apply(
    config('mixed', (settings) => {
      settings.scratchVol = { size: '64Mi', storageClassName: 'plain' };
    }),
    lab.declaration('mixed', [], {
      backupConfig: 'buckets-mixed',
      backups: [
        { type: 'pvc', name: ON_NODE_1 },
        { type: 's3', name: files },
        { type: 's3', name: 'forbidden' },
        { type: 's3', name: 'absent' },
      ],
    }),
  );
  const { items, lastBackup } = await withEvidence(lab.cluster, 120, () => lab.ended('mixed', 110));
  expect(items).toMatchObject([
    { type: 'pvc', name: ON_NODE_1, state: 'Success', placement: { node: 'node-1' } },
    { type: 's3', name: `s3:${files}`, state: 'Success', files: 3, consistency: 'Live' },
    { type: 's3', name: 's3:forbidden', state: 'Failed', reason: 'BucketNotAllowed' },
    { type: 's3', name: 's3:absent', state: 'Failed', reason: 'SourceBucketMissing' },
  ]);
  expect(items![1]!.placement!.because).toBe(`bucket of ${lab.cluster.s3.host}`);
  expect(lastBackup).toMatchObject({ state: 'Failed', reason: 'ItemsFailed' });
  expect(await ledgerOf(lab, 'mixed')).toMatchObject([{ snapshots: [`s3:${files}`, ON_NODE_1] }]);

  // The pod of a Job that failed stays for people to look at, and its volume with it: until the next run.
  expect(await ephemeral()).toHaveLength(1);
  const backups: Item[] = [
    { type: 'pvc', name: ON_NODE_1 },
    { type: 's3', name: files },
  ];
  await lab.change('mixed', { backups });
  const again = await withEvidence(lab.cluster, 120, () => lab.runAgain('mixed', 110));
  expect(again.lastBackup).toMatchObject({ state: 'Success' });
  await until(
    'the volume of the Job to be gone',
    60,
    async () => (await ephemeral()).length === 0 || undefined,
  );
});

test('with a claim for copies: the operator is killed in mid-Job, another service waits, and the next run fetches nothing', async () => {
  const { cluster } = lab;
  const gate = new Gate(isBody);
  const front = await lab.s3(gate.behaviour);
  await lab.makeBuckets('kept', 'second');
  const spec = { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '64Mi' } } };
  const metadata = { name: CLAIM, namespace: JOB_NAMESPACE };
  await lab.apply(
    {
      ...{ apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata },
      spec: { ...spec, storageClassName: 'plain' },
    },
    config('kept', (settings) => {
      settings.s3ServiceConfig!.s3Host = front.url;
      settings.scratchVol = { claimName: CLAIM };
    }),
  );
  await cluster.kubectl(['annotate', ...TEMPLATE, '--overwrite', `${ANNOTATION.scratchClaims}=${CLAIM}`]);
  const of = (name: string) =>
    lab.declaration(name, [], { backupConfig: 'buckets-kept', backups: [{ type: 's3', name: files }] });
  await lab.apply(of('kept'));
  await withEvidence(cluster, 90, () =>
    until('the middle of the Job', 80, async () => front.asked.find(isBody)),
  );

  await lab.apply(of('second'));
  const second = lab.service('second');
  await lab.witness.until(
    'the other service to wait for its turn',
    60,
    () => lab.witness.backup(second)?.status?.message?.startsWith('Waits for its turn') || undefined,
    () => JSON.stringify(lab.witness.backup(second)?.status),
  );

  const killed = await killOperator(cluster);
  gate.open();
  await scaleOperator(cluster, 1);
  await successorOf(cluster, killed, 60);
  await withEvidence(cluster, 120, () => Promise.all(['kept', 'second'].map((name) => lab.ended(name, 110))));
  const fetched = front.asked.filter(isBody).length;
  await withEvidence(cluster, 90, () => lab.runAgain('kept', 80));
  expect(front.asked.filter(isBody)).toHaveLength(fetched);

  for (const [name, runs] of [
    ['kept', 2],
    ['second', 1],
  ] as const) {
    const ledger = await ledgerOf(lab, name);
    expect(ledger).toEqual(
      Array(runs).fill(expect.objectContaining({ state: 'Success', snapshots: [`s3:${files}`] })),
    );
    expect(doubledJobs(lab, name)).toEqual([]);
    expect(await jobsLeft(lab, name)).toEqual([]);
  }
});
