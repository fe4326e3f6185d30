import type { Cluster } from '../../demo/cluster';
import { JOB_NAMESPACE, OPERATOR_NAMESPACE, waitForDeployments } from '../../demo/deploy';
import { until } from '../../demo/steps';
import { LABEL } from '../../src/api';
import { withEvidence } from './evidence';
import { FaultLab, ON_NODE_1, ON_NODE_2 } from './fault-lab';
import { doubledJobs, jobsLeft, ledgerOf } from './ledger';
import { leader, successorOf } from './on-operator';
import { type Asked, type FaultyS3, Gate } from './s3-fault';
import { anotherVersion, deployVersion, prune, thisVersion, type Version } from './versions';

jest.setTimeout(90_000);

/** Its Job is at work while the version changes. */
const RUNS = 'runs';
/** Its Job has not begun then. */
const WAITS = 'waits';
const CLAIMS = { [RUNS]: ON_NODE_1, [WAITS]: ON_NODE_2 };

/** The end of a backup, and no more than that: it comes once in each. */
const isSnapshot = ({ method, path }: Asked): boolean => method === 'PUT' && path.includes('/snapshots/');

let lab: FaultLab;
let cluster: Cluster;
let front: FaultyS3;
let first: Version;
let other: Version;
beforeAll(async () => {
  lab = await FaultLab.open('upgrade');
  cluster = lab.cluster;
  first = thisVersion();
  other = anotherVersion();
  front = await lab.s3();
  await lab.makeBuckets(RUNS, WAITS);
  const configs = [RUNS, WAITS].map((name) =>
    lab.config(name, (settings) => {
      if (name === RUNS) settings.s3BackupConfig.s3Host = front.url;
      // Neither a deadline nor another try is what helps.
      settings.jobSpec = { startDeadlineSeconds: 300, backoffLimit: 0 };
    }),
  );
  await lab.apply(...configs);
  // A kubelet keeps a program that cannot change for as long as a pod of its node has it.
  const movers = ['get', 'pods', '-n', JOB_NAMESPACE, '-l', LABEL.task, '-o', 'name'];
  await until(
    'movers of other tests to be gone',
    30,
    async () => !(await cluster.kubectl(movers)) || undefined,
  );
});
afterAll(async () => {
  if (!lab) return;
  await deployVersion(cluster, first);
  await prune(cluster, ...Object.values(other.programs));
  await waitForDeployments(cluster, [OPERATOR_NAMESPACE], 60, () => {});
  await lab.close();
});

/** Starts a run; its end is that of the next one. */
async function begin(
  name: keyof typeof CLAIMS,
): Promise<{ job: string; ended: () => ReturnType<FaultLab['ended']> }> {
  const before = lab.witness.backup(lab.service(name))?.status?.lastBackup?.run;
  if (before) await lab.runNow(name, 'again');
  else
    await lab.apply(
      lab.declaration(name, [CLAIMS[name]], {
        resticRetentionPolicy: { last: 100 },
        backupConfig: lab.service(name).name,
      }),
    );
  const { job } = await lab.openJob(name);
  return { job, ended: () => lab.ended(name, 40, before) };
}

const programOf = (job: string): Promise<string> =>
  cluster.kubectl([
    ...['get', 'job', job, '-n', JOB_NAMESPACE],
    ...['-o', 'jsonpath={.spec.template.spec.volumes[?(@.name=="bundle")].configMap.name}'],
  ]);

/** One version takes the place of another while one Job is at work, and another has not begun. */
async function change(from: Version, to: Version): Promise<void> {
  const gate = new Gate(isSnapshot);
  front.behaviour = gate.behaviour;
  const asked = front.asked.length;
  const atWork = await begin(RUNS);
  await until('a backup to be nearly over', 30, async () => front.asked.slice(asked).find(isSnapshot));

  // What is pruned may go first.
  await prune(cluster, from.programs.mover);
  const pending = await begin(WAITS);
  const said = ['get', 'events', '-n', JOB_NAMESPACE, '--field-selector=reason=FailedMount', '-o', 'json'];
  await until(`the kubelet to miss the program of ${pending.job}`, 30, async () => {
    const { items } = JSON.parse(await cluster.kubectl(said)) as {
      items: { message: string; involvedObject: { name: string } }[];
    };
    return items.find(
      ({ message, involvedObject }) =>
        involvedObject.name.startsWith(pending.job) &&
        message.includes(`"${from.programs.mover.name}" not found`),
    );
  });

  const former = (await leader(cluster))!.name;
  const begun = Date.now();
  const since = () => `${((Date.now() - begun) / 1000).toFixed(1)} s`;
  await deployVersion(cluster, to);
  await prune(cluster, from.programs.operator);
  await successorOf(cluster, former, 30);
  const active = since();
  expect(await programOf(atWork.job)).toBe(from.programs.mover.name);
  gate.open();
  const waited = await pending.ended();
  const anew = since();
  const ran = await atWork.ended();
  console.log(`Applied → another operator active: ${active} → the pending Job made anew and ended: ${anew}`);

  for (const [name, status] of [
    [RUNS, ran],
    [WAITS, waited],
  ] as const) {
    expect(status).toMatchObject({ state: 'Success', lastBackup: { state: 'Success' } });
    const { run } = status.lastBackup!;
    const runs = await ledgerOf(lab, name);
    expect(runs.at(-1)).toEqual({ run, state: 'Success', snapshots: [CLAIMS[name]] });
    const jobs = lab.witness.jobs(lab.service(name)).filter((job) => job.run === run);
    const [{ job }] = [name === RUNS ? atWork : pending];
    expect(jobs.map((made) => made.name)).toEqual(name === RUNS ? [job] : [job, expect.any(String)]);
    const history = lab.witness.history(lab.service(name)).flatMap(({ status }) => status?.run ?? []);
    expect(history.flatMap(({ retries = [] }) => retries)).toEqual([]);
    expect(doubledJobs(lab, name)).toEqual([]);
    await until('its Jobs to be gone', 10, async () => (await jobsLeft(lab, name)).length === 0 || undefined);
  }
  const outdated = lab.witness.events(lab.service(WAITS)).filter(({ reason }) => reason === 'JobOutdated');
  expect(outdated.at(-1)?.message).toContain(
    `Job ${pending.job} waits for ConfigMap ${from.programs.mover.name}`,
  );
}

test('an upgrade: the Job at work ends as it would have, and one whose program is gone is made anew', () =>
  withEvidence(cluster, 60, () => change(first, other)));

test('a roll-back is the same', () => withEvidence(cluster, 60, () => change(other, first)));
