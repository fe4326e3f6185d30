import { JOB_NAMESPACE } from '../../demo/deploy';
import { until } from '../../demo/steps';
import { withEvidence } from './evidence';
import { FaultLab, ON_NODE_1, ON_NODE_2 } from './fault-lab';
import { doubledJobs, jobsLeft, ledgerOf } from './ledger';
import {
  killOperator,
  leader,
  logOf,
  operators,
  scaleOperator,
  successorOf,
  withoutLease,
} from './on-operator';
import { Gate, isData } from './s3-fault';

jest.setTimeout(240_000);

const BOTH = [ON_NODE_1, ON_NODE_2];
/** So that every snapshot can be counted. */
const KEEP_ALL = { resticRetentionPolicy: { last: 100 } };
const MINUTE = 60_000;

let lab: FaultLab;
beforeAll(async () => {
  lab = await FaultLab.open('dur-op');
});
afterAll(async () => {
  if (!lab) return;
  await scaleOperator(lab.cluster, 1);
  await lab.close();
});

test('killed in the middle of a group and away over a tick: the Job goes on, its outcome is taken, the tick runs once', async () => {
  const { cluster } = lab;
  const gate = new Gate(isData);
  const front = await lab.s3(gate.behaviour);
  await lab.makeBuckets('group', 'tick');
  await lab.apply(
    lab.config('group', ({ s3BackupConfig }) => {
      s3BackupConfig.s3Host = front.url;
    }),
    lab.config('tick', (settings) => {
      settings.jitterSeconds = 0;
    }),
    lab.declaration('tick', [ON_NODE_1], {
      ...KEEP_ALL,
      backupConfig: 'dur-op-tick',
      schedule: '* * * * *',
      runNow: undefined,
      suspend: false,
    }),
    lab.declaration('group', BOTH, { ...KEEP_ALL, backupConfig: 'dur-op-group' }),
  );
  const { job } = await lab.openJob('group');
  await until('the middle of the group', 60, async () => front.asked.find(isData));

  const killed = await killOperator(cluster);
  const tick = Math.ceil(Date.now() / MINUTE) * MINUTE;
  gate.open();
  await cluster.kubectl([
    'wait',
    'job',
    job,
    '-n',
    JOB_NAMESPACE,
    '--for=condition=complete',
    '--timeout=25s',
  ]);
  const ended = Date.now();
  await until('the tick', 60, async () => Date.now() > tick || undefined);
  await scaleOperator(cluster, 1);
  const successor = await successorOf(cluster, killed, 60);
  expect(successor.since).toBeGreaterThan(ended);
  expect(successor.since).toBeGreaterThan(tick);

  expect((await lab.ended('group')).lastBackup).toMatchObject({ state: 'Success' });
  const missed = `${tick.toString(36).padStart(8, '0')}s`;
  await lab.witness.until('the end of the run of the missed tick', 30, () =>
    lab.witness.history(lab.service('tick')).find(({ status }) => status?.lastBackup?.run === missed),
  );
  await lab.change('tick', { suspend: true });
  // One of the next tick, if it was late.
  await lab.ended('tick');
  const runs = await ledgerOf(lab, 'tick');
  expect(new Set(runs.map(({ run }) => run)).size).toBe(runs.length);
  for (const run of runs) expect(run).toMatchObject({ state: 'Success', snapshots: [ON_NODE_1] });
  expect(await ledgerOf(lab, 'group')).toMatchObject([{ state: 'Success', snapshots: [...BOTH].sort() }]);
  for (const name of ['group', 'tick']) {
    expect(doubledJobs(lab, name)).toEqual([]);
    expect(await jobsLeft(lab, name)).toEqual([]);
  }
});

test('two that are active at once: no Job is doubled, each run is recorded once, with one snapshot an item', async () => {
  const { cluster } = lab;
  const services = { one: [ON_NODE_1], two: [ON_NODE_2], both: BOTH };
  const names = Object.keys(services);
  await lab.makeBuckets(...names);
  await lab.apply(lab.config('twice'));
  await scaleOperator(cluster, 2);
  const pods = (await operators(cluster)).map(({ metadata }) => metadata.name);
  expect(pods).toHaveLength(2);

  const twice = () =>
    withoutLease(cluster, async () => {
      await until('both to be active', 30, async () => {
        const logs = await Promise.all(pods.map((pod) => logOf(cluster, pod)));
        return logs.every((log) => log.some(({ msg }) => msg.startsWith('active'))) || undefined;
      });
      await lab.apply(
        ...Object.entries(services).map(([name, claims]) =>
          lab.declaration(name, claims, { ...KEEP_ALL, backupConfig: 'dur-op-twice' }),
        ),
      );
      await Promise.all(names.map((name) => lab.ended(name)));
      await Promise.all(names.map((name) => lab.runAgain(name)));
    });
  await withEvidence(cluster, 240, twice);

  // Else nothing was tried here.
  for (const pod of pods)
    expect(await logOf(cluster, pod)).toContainEqual(expect.objectContaining({ msg: 'create Job' }));
  for (const [name, claims] of Object.entries(services)) {
    const run = { state: 'Success', snapshots: [...claims].sort() };
    expect(await ledgerOf(lab, name)).toMatchObject([run, run]);
    expect(doubledJobs(lab, name)).toEqual([]);
    expect(await jobsLeft(lab, name)).toEqual([]);
    const started = lab.witness.events(lab.service(name)).filter(({ reason }) => reason === 'BackupStarted');
    expect(started.map(({ message }) => message)).toHaveLength(2);
  }
  await scaleOperator(cluster, 1);
  const last = await until('one holder of the Lease', 60, () => leader(cluster));
  expect(pods).toContain(last.name);
}, 300_000);
