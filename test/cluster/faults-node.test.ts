import { waitForDeployments } from '../../demo/deploy';
import { until } from '../../demo/steps';
import { attach } from '../../testbed';
import { type Fault, FaultLab, NAMESPACE, ON_NODE_1, ON_NODE_2 } from './fault-lab';
import { putOperatorOn } from './on-operator';
import { type FaultyS3, isData, pass } from './s3-fault';

jest.setTimeout(240_000);

let lab: FaultLab;
let front: FaultyS3;
beforeAll(async () => {
  lab = await FaultLab.open('node');
  // One that dies with its node is another test's.
  await putOperatorOn(lab.cluster, 'node-1');
  front = await lab.s3();
});
afterAll(async () => {
  // However the test ended: others need the node, too.
  await (await attach()).start('node-2');
  await lab?.close();
});

test('a node that dies: NodeLost for its Job, NodeNotReady for who comes after; what is elsewhere goes on, and all when it is back', async () => {
  const testbed = await attach();
  const lost: Fault = {
    name: 'lost',
    claim: ON_NODE_2,
    config: (settings) => {
      settings.s3BackupConfig.s3Host = front.url;
      settings.jobSpec = { startDeadlineSeconds: 20, nodeLostSeconds: 5 };
    },
    reason: 'NodeLost',
    says: ['Node node-2 stopped answering', 'bring the node back'],
  };
  front.behaviour = (asked) => (isData(asked) ? 'silence' : 'pass');
  await lab.make([lost]);
  await until('the middle of the backup', 60, async () => front.asked.find(isData));

  await testbed.kill('node-2');
  await lab.makeBuckets('both');
  await lab.apply(
    lab.config('both', (settings) => {
      // Long enough for a node that has just come back.
      settings.jobSpec = { startDeadlineSeconds: 60 };
    }),
    lab.declaration('both', [ON_NODE_2, ON_NODE_1], { backupConfig: 'node-both' }),
  );
  await lab.told(lost);
  const both = await lab.ended('both');
  expect(both).toMatchObject({ state: 'Failed', reason: 'NodeNotReady' });
  expect(both.lastBackup!.message).toMatch(/database is on node-2 .*not ready: bring the node back/);
  expect(both.items).toMatchObject([
    { name: ON_NODE_2, state: 'Failed', reason: 'NodeNotReady' },
    { name: ON_NODE_1, state: 'Success' },
  ]);

  front.behaviour = pass;
  await testbed.start('node-2');
  await waitForDeployments(lab.cluster, [NAMESPACE], 60, () => {});
  const after = await Promise.all([lab.runAgain('lost'), lab.runAgain('both')]);
  // A message is there when something went wrong.
  expect(after.map(({ state, lastBackup }) => lastBackup?.message ?? state)).toEqual(['Success', 'Success']);
});
