import { Command } from 'commander';
import pc from 'picocolors';
import { isServing } from '../testbed';
import { deploy, fill, listSnapshots, moveAndRunAgain, restoreAndCompare, round } from './acts';
import { type Cluster, useCurrentCluster, useTestbed } from './cluster';
import { JOB_NAMESPACE, OPERATOR_NAMESPACE } from './deploy';
import { readBackup } from './round';
import { SERVICES } from './scene';
import { step } from './steps';
import { table } from './table';

async function main(): Promise<boolean> {
  const program = new Command('demo')
    .description('Backs up two services on two nodes, restores them, and compares file by file.')
    .option('--keep', 'leave the cluster running, and say how to reach it')
    .option('--use-current-cluster', 'use the cluster of KUBECONFIG instead of the testbed')
    .parse();
  const flags = program.opts<{ keep?: boolean; useCurrentCluster?: boolean }>();
  if (!flags.useCurrentCluster && (await isServing())) {
    throw new Error(
      'A testbed is running already, perhaps one that was kept. End it first: npm run testbed -- down',
    );
  }
  const begun = Date.now();
  const cluster = await (flags.useCurrentCluster
    ? step('Looking at the current cluster', () => useCurrentCluster(process.env))
    : step('Booting a Kubernetes of two nodes', (waiting) =>
        useTestbed((title, forWhat) => waiting(forWhat, title)),
      ));
  let held = false;
  try {
    await deploy(cluster);
    await fill(cluster);
    const timed = Date.now();
    const rows = await step('Running one round', (waiting) => round(cluster, SERVICES, waiting));
    await listSnapshots(cluster);
    await restoreAndCompare(cluster, rows);
    const seconds = Math.round((Date.now() - timed) / 1000);
    rows.push(await moveAndRunAgain(cluster));
    const state = (await Promise.all(SERVICES.map((s) => readBackup(cluster, s)))).every(
      (b) => b.status?.state === 'Success',
    );
    held = state && rows.every((row) => row.identical);
    console.log(`\n${table(rows)}\n`);
    const verdict = held
      ? `backed up, restored and compared in ${seconds} s.`
      : 'something is wrong: see the table.';
    console.log(
      `2 services, 3 volumes on 2 nodes: ${verdict} (${Math.round((Date.now() - begun) / 1000)} s in all)`,
    );
  } catch (error) {
    console.error(pc.red((error as Error).message));
    await explain(cluster);
  } finally {
    if (flags.keep) {
      const reach = cluster.kubeconfig ? `  export KUBECONFIG=${cluster.kubeconfig}\n` : '';
      console.log(
        `\nThe cluster goes on:\n${reach}  kubectl get servicebackups -A\nEnd it: ${cluster.howToEnd}`,
      );
    } else {
      await step('Cleaning up', () => cluster.leave());
      if (held)
        console.log('Look around: npm run demo -- --keep   ·   Back up your own: docs/first-service.md');
    }
  }
  return held;
}

/** What a person would ask next after a failure. */
async function explain(cluster: Cluster): Promise<void> {
  const questions = [
    ['get', 'servicebackups', '-A', '-o', 'wide'],
    ['get', 'pods', '-A', '-o', 'wide'],
    ['get', 'events', '-n', JOB_NAMESPACE, '--sort-by=.lastTimestamp'],
    ['logs', '-n', OPERATOR_NAMESPACE, 'deploy/service-backup', '--tail=20'],
  ];
  for (const question of questions) {
    console.error(`\n$ kubectl ${question.join(' ')}`);
    console.error(await cluster.kubectl(question).catch((error: Error) => error.message));
  }
}

main().then(
  (held) => {
    process.exitCode = held ? 0 : 1;
  },
  (error: Error) => {
    console.error(error.message);
    process.exitCode = 1;
  },
);
