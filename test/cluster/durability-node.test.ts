import { OPERATOR_NAMESPACE, waitForDeployments } from '../../demo/deploy';
import { until } from '../../demo/steps';
import { attach } from '../../testbed';
import { keysOf } from './bucket-tree';
import { FaultLab, NAMESPACE, ON_NODE_1, ON_NODE_2 } from './fault-lab';
import { jobsLeft, ledgerOf } from './ledger';
import { leader, putOperatorOn, successorOf } from './on-operator';
import { type FaultyS3, Gate, isData, pass } from './s3-fault';

jest.setTimeout(300_000);

/** What Kubernetes leaves a pod of ours on a node that is lost; one second is as good a test as thirty. */
const LEAVES_AFTER = 1;

let lab: FaultLab;
let front: FaultyS3;
const lost = new Gate(isData);
const neighbour = new Gate(isData);

beforeAll(async () => {
  lab = await FaultLab.open('dur-node');
  await tolerate(LEAVES_AFTER);
  await putOperatorOn(lab.cluster, 'node-2');
  front = await lab.s3(({ method, path }) =>
    (path.includes(lab.bucket('lost')) ? lost : neighbour).behaviour({ method, path }),
  );
}, 90_000);
afterAll(async () => {
  // However the test ended: others need the node, too.
  await (await attach()).start('node-2');
  await tolerate(undefined);
  await lab?.close();
});

test('a node dies with the operator and a mover on it: another operator goes on, nothing waits for ever, nothing is forgotten beside what may live', async () => {
  const { cluster } = lab;
  const testbed = await attach();
  await lab.makeBuckets('lost', 'neighbour');
  await lab.apply(
    lab.config('short', (settings) => {
      settings.s3BackupConfig.s3Host = front.url;
      settings.jobSpec = { startDeadlineSeconds: 15, nodeLostSeconds: 5 };
      // Three snapshots become one in the end.
      settings.maxForgetPercent = 100;
    }),
    lab.declaration('neighbour', [ON_NODE_1], { backupConfig: 'dur-node-short' }),
  );
  const inTheMiddle = (name: string) =>
    until(`the middle of ${name}`, 60, async () =>
      front.asked.find((asked) => isData(asked) && asked.path.startsWith(`/${lab.bucket(name)}/`)),
    );
  await inTheMiddle('neighbour');
  // With node-1 taken, its first group is that of node-2.
  await lab.apply(
    lab.declaration('lost', [ON_NODE_1, ON_NODE_2], {
      backupConfig: 'dur-node-short',
      resticRetentionPolicy: { last: 1 },
    }),
  );
  await inTheMiddle('lost');

  const { name: old } = (await leader(cluster))!;
  const killed = Date.now();
  await testbed.kill('node-2');
  neighbour.open();
  front.behaviour = pass;
  const successor = await successorOf(cluster, old, 120);
  console.log(`Node dead → another operator active: ${((successor.since - killed) / 1000).toFixed(0)} s`);

  expect(await lab.ended('neighbour')).toMatchObject({ state: 'Success' });
  const first = await lab.ended('lost');
  expect(first.items).toMatchObject([
    { name: ON_NODE_1, state: 'Success' },
    { name: ON_NODE_2, state: 'Failed', reason: 'NodeLost' },
  ]);
  const second = await lab.runAgain('lost');
  expect(second.items).toMatchObject([
    { name: ON_NODE_1, state: 'Success' },
    { name: ON_NODE_2, state: 'Failed', reason: 'NodeNotReady' },
  ]);
  // Its mover may still be at work, for all that anybody knows.
  for (const { lastBackup } of [first, second]) expect(lastBackup!.retention).toMatch(/MoverMayLive/);
  expect(keysOf(lab.bucket('lost'), 'locks/')).toHaveLength(1);
  expect(keysOf(lab.bucket('lost'), 'snapshots/')).toHaveLength(2);

  await testbed.start('node-2');
  await waitForDeployments(cluster, [NAMESPACE, OPERATOR_NAMESPACE], 60, () => {});
  expect((await lab.runAgain('lost')).lastBackup).toMatchObject({ state: 'Success' });
  expect(keysOf(lab.bucket('lost'), 'locks/')).toEqual([]);
  const [one, two, three] = await ledgerOf(lab, 'lost');
  // Of each run that ended before, what was forgotten since is not there any more.
  expect([one, two, three].map((entry) => entry?.snapshots)).toEqual([[], [], [ON_NODE_2, ON_NODE_1].sort()]);
  expect(await jobsLeft(lab, 'lost')).toEqual([]);
});

/** How long the operator's pod stays on a node that is not ready; undefined: as it was deployed. */
async function tolerate(seconds: number | undefined): Promise<void> {
  const keys = ['not-ready', 'unreachable'].map((word) => `node.kubernetes.io/${word}`);
  const short = keys.map((key) => ({
    key,
    operator: 'Exists',
    effect: 'NoExecute',
    tolerationSeconds: seconds,
  }));
  deployed ??= JSON.parse(
    await lab.cluster.kubectl(['get', 'deployment/service-backup', '-n', OPERATOR_NAMESPACE, '-o', 'json']),
  ).spec.template.spec.tolerations;
  const tolerations = seconds === undefined ? (deployed ?? null) : short;
  const patch = JSON.stringify({ spec: { template: { spec: { tolerations } } } });
  const at = ['deployment/service-backup', '-n', OPERATOR_NAMESPACE, '--type=merge'];
  await lab.cluster.kubectl(['patch', ...at, '-p', patch]);
  await waitForDeployments(lab.cluster, [OPERATOR_NAMESPACE], 60, () => {});
}
let deployed: object[] | undefined;
