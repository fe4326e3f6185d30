import { readFileSync } from 'node:fs';
import path from 'node:path';
import { type Cluster, useTestbed } from '../demo/cluster';
import { runOnce } from '../demo/round';
import { step, until } from '../demo/steps';
import { deployAll, GUESTBOOK } from '../test/cluster/deployment';
import { down } from '../testbed';
import { Changes } from './changes';

/**
 * Sizes, memory and latencies of the operator on the testbed. The bars are those that the project sets itself; each line prints what
 * was measured beside its bar. Exit code 1 if a bar is missed.
 */
const BARS = {
  bundleKilobytes: 150,
  readySeconds: 2,
  idleMegabytes: 80,
  tickToJobSeconds: 1,
  jobToJobSeconds: 1,
};
const ROUNDS = 5;
const IDLE_SECONDS = 30;
let missed = 0;

function report(what: string, values: number[], unit: string, bar: number): void {
  const sorted = [...values].sort((a, b) => a - b);
  const median = sorted[Math.floor(sorted.length / 2)]!;
  const worst = sorted.at(-1)!;
  if (worst > bar) missed += 1;
  const spread =
    values.length > 1
      ? `median ${median.toFixed(2)}, worst ${worst.toFixed(2)} of ${values.length}`
      : median.toFixed(1);
  console.log(
    `${worst > bar ? 'MISSED' : 'ok    '}  ${what}: ${spread} ${unit} (bar: ${bar}, ratio ${(worst / bar).toFixed(2)})`,
  );
}

function bundleSizes(): void {
  for (const name of ['operator', 'mover']) {
    const { length } = readFileSync(path.join(__dirname, '..', 'build', `${name}.js.gz`));
    report(`${name} bundle, gzipped`, [length / 1000], 'kB', BARS.bundleKilobytes);
  }
}

const OPERATOR = ['-n', 'service-backup', '-l', 'app.kubernetes.io/name=service-backup'];

/** Deletes the operator's pod; seconds from the start of its successor's process until the cluster calls it Ready. */
async function secondsUntilReady(cluster: Cluster): Promise<number> {
  const pods = new Changes(
    cluster,
    ['pods', ...OPERATOR],
    '{.metadata.uid} {.status.conditions[?(@.type=="Ready")].status}',
  );
  const old = await cluster.kubectl(['get', 'pod', ...OPERATOR, '-o', 'jsonpath={.items[0].metadata.uid}']);
  await cluster.kubectl(['delete', 'pod', ...OPERATOR]);
  const ready = await pods.next(
    'the new operator to be Ready',
    60,
    (line) => line.endsWith(' True') && !line.startsWith(old),
  );
  pods.end();
  return (ready.at - (await processStart(cluster))) / 1000;
}

/** A file of the operator's process, as the kernel shows it. */
const processFile = (cluster: Cluster, name: 'stat' | 'status') =>
  cluster.kubectl(['exec', '-n', 'service-backup', 'deploy/service-backup', '--', 'cat', `/proc/1/${name}`]);

/** When the operator's process started, in ms of this machine's clock; /proc counts in hundredths of a second since boot. */
async function processStart(cluster: Cluster): Promise<number> {
  const stat = await processFile(cluster, 'stat');
  const ticks = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]);
  const uptime = Number(readFileSync('/proc/uptime', 'utf8').split(' ')[0]);
  return Date.now() - (uptime - ticks / 100) * 1000;
}

async function idleMegabytes(cluster: Cluster): Promise<number> {
  await new Promise((resolve) => setTimeout(resolve, IDLE_SECONDS * 1000));
  const status = await processFile(cluster, 'status');
  return Number(/VmRSS:\s+(\d+) kB/.exec(status)![1]) / 1024;
}

const JOBS = ['-n', 'service-backup-jobs', '-l', 'servicebackup.io/task=backup'];

/** Seconds between the tick that status announced and the appearance of the first Job. */
async function tickToJob(cluster: Cluster): Promise<number> {
  const patch = (spec: object) =>
    cluster.kubectl(['patch', 'sb', 'backup', '-n', 'wiki', '--type=merge', '-p', JSON.stringify({ spec })]);
  const jobs = new Changes(cluster, ['jobs', ...JOBS], '{.metadata.uid}');
  const known = new Set(
    (await cluster.kubectl(['get', 'jobs', ...JOBS, '-o', 'jsonpath={.items[*].metadata.uid}'])).split(' '),
  );
  await patch({ schedule: '* * * * *' });
  const tick = await until('the next tick in status', 20, async () => {
    const next = await cluster.kubectl([
      'get',
      'sb',
      'backup',
      '-n',
      'wiki',
      '-o',
      'jsonpath={.status.nextBackup}',
    ]);
    const at = Date.parse(next);
    return at - Date.now() < 61_000 ? at : undefined;
  });
  const job = await jobs.next('the Job of the tick', 90, (uid) => !known.has(uid));
  jobs.end();
  await patch({ schedule: null });
  await until('the run to end', 60, async () =>
    (await cluster.kubectl(['get', 'sb', 'backup', '-n', 'wiki', '-o', 'jsonpath={.status.state}'])) ===
    'Running'
      ? undefined
      : true,
  );
  return (job.at - tick) / 1000;
}

/** Seconds between the end of the first group's container and the appearance of the second group's Job. */
async function jobToJob(cluster: Cluster, round: number): Promise<number> {
  const pods = new Changes(
    cluster,
    ['pods', ...JOBS],
    '{.metadata.labels.batch\\.kubernetes\\.io/job-name} {.status.containerStatuses[?(@.name=="mover")].state.terminated.exitCode}',
  );
  const jobs = new Changes(cluster, ['jobs', ...JOBS], '{.metadata.name}');
  const items = (await runOnce(cluster, [GUESTBOOK], `bench-${round}-${Date.now()}`, () => {}))[0]!.status!
    .items!;
  const names = new Set(items.map((item) => item.job!));
  const ended = await pods.next(
    'the first group to end',
    10,
    (line) => names.has(line.split(' ')[0]!) && / \d+$/.test(line),
  );
  const second = await jobs.next(
    'the second Job',
    10,
    (name) => names.has(name) && name !== ended.line.split(' ')[0],
  );
  pods.end();
  jobs.end();
  return (second.at - ended.at) / 1000;
}

async function main(): Promise<void> {
  const cluster = await step('Booting a Kubernetes of two nodes', (waiting) =>
    useTestbed((title, forWhat) => waiting(forWhat, title)),
  );
  try {
    await step('Deploying operator and services', (waiting) => deployAll(cluster, waiting));
    bundleSizes();
    const ready: number[] = [];
    for (let i = 0; i < ROUNDS; i++)
      ready.push(await step('Restarting the operator', () => secondsUntilReady(cluster)));
    report('container start → Ready', ready, 's', BARS.readySeconds);
    report(
      'resident memory, idle',
      [await step('Letting it idle', () => idleMegabytes(cluster))],
      'MiB',
      BARS.idleMegabytes,
    );
    const gaps: number[] = [];
    for (let i = 0; i < ROUNDS; i++) gaps.push(await step('Running two groups', () => jobToJob(cluster, i)));
    report("a group's end → the next group's Job", gaps, 's', BARS.jobToJobSeconds);
    const ticks: number[] = [];
    for (let i = 0; i < 3; i++) ticks.push(await step('Waiting for a tick', () => tickToJob(cluster)));
    report('tick → first Job', ticks, 's', BARS.tickToJobSeconds);
    process.exitCode = missed > 0 ? 1 : 0;
  } finally {
    await down();
  }
}

void main();
