import { until } from '../../demo/steps';
import { attach } from '../../testbed';
import { FaultLab, ON_NODE_1, ON_NODE_2 } from './fault-lab';
import { doubledJobs, jobsLeft, ledgerOf } from './ledger';
import { operators } from './on-operator';
import { Gate, isData } from './s3-fault';

jest.setTimeout(120_000);

const BOTH = [ON_NODE_1, ON_NODE_2];

let lab: FaultLab;
beforeAll(async () => {
  lab = await FaultLab.open('dur-api');
});
afterAll(async () => {
  // However the test ended: nothing goes without it.
  await (await attach()).start('kube-apiserver');
  await lab?.close();
});

test('the API server dies in mid-run, and the Jobs end while it is away: nothing is lost, nothing is doubled', async () => {
  const testbed = await attach();
  const gate = new Gate(isData);
  // A mover's last request is the removal of its lock.
  const isEnd = (path: string) => path.includes('/locks/');
  const front = await lab.s3(gate.behaviour);
  await lab.makeBuckets('one', 'two', 'waits');
  await lab.apply(
    lab.config('held', ({ s3BackupConfig }) => {
      s3BackupConfig.s3Host = front.url;
    }),
    ...['one', 'two', 'waits'].map((name) =>
      lab.declaration(name, BOTH, {
        backupConfig: 'dur-api-held',
        resticRetentionPolicy: { last: 100 },
        runNow: name === 'waits' ? undefined : 'first',
      }),
    ),
  );
  const ofData = (name: string) =>
    front.asked.find((asked) => isData(asked) && asked.path.startsWith(`/${lab.bucket(name)}/`));
  await until('both nodes to be in the middle of a group', 60, async () => ofData('one') && ofData('two'));
  const before = (await operators(lab.cluster)).map(({ metadata }) => metadata.name);
  // What it is told last, it must not forget.
  await lab.runNow('waits', 'first');

  await testbed.kill('kube-apiserver');
  const from = front.asked.length;
  gate.open();
  await until('both movers to be at their end', 60, async () => {
    const removed = front.asked.slice(from).filter(({ method, path }) => method === 'DELETE' && isEnd(path));
    return new Set(removed.map(({ path }) => path.split('/')[1])).size === 2 || undefined;
  });
  await testbed.start('kube-apiserver');

  for (const name of ['one', 'two', 'waits']) {
    expect((await lab.ended(name)).lastBackup).toMatchObject({ state: 'Success' });
    expect(await ledgerOf(lab, name)).toMatchObject([{ state: 'Success', snapshots: [...BOTH].sort() }]);
    expect(doubledJobs(lab, name)).toEqual([]);
    expect(await jobsLeft(lab, name)).toEqual([]);
  }
  const after = await operators(lab.cluster);
  expect(after.map(({ metadata }) => metadata.name)).toEqual(before);
});
