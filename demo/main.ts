import { Command } from 'commander';
import pc from 'picocolors';
import type { ServicesOptions } from '../services';
import type { ServiceBackup } from '../src/api';
import { type Cluster, useCurrentCluster, useTestbed } from './cluster';
import { mustServiceBackup } from './command-line';
import { compareClaims } from './compare';
import {
  apply,
  buildBundles,
  JOB_NAMESPACE,
  OPERATOR_NAMESPACE,
  synthesise,
  waitForDeployments,
  writeSecrets,
} from './deploy';
import { nameOf, readBackup, runOnce, type Service } from './round';
import { SEEDS } from './seed';
import { step, type Waiting } from './steps';
import { type Row, table } from './table';

const GUESTBOOK: Service = { namespace: 'guestbook', name: 'backup' };
const WIKI: Service = { namespace: 'wiki', name: 'backup' };
const SERVICES = [GUESTBOOK, WIKI];
/** Each volume, and the workload whose pod fills it. */
const VOLUMES = [
  { service: GUESTBOOK, claim: 'uploads', workload: 'web' },
  { service: GUESTBOOK, claim: 'database', workload: 'database' },
  { service: WIKI, claim: 'pages', workload: 'wiki' },
] as const;

const restoredName = (claim: string) => `${claim}-restored`;

function options(cluster: Cluster, wikiNode: string): ServicesOptions {
  const [one, two] = cluster.nodes;
  const { plain, handle } = cluster.storageClasses;
  return {
    s3Host: cluster.s3.host,
    region: cluster.s3.region,
    storageClasses: { uploads: plain, database: handle, pages: handle },
    nodes: { web: one, database: two, wiki: wikiNode },
  };
}

async function deploy(cluster: Cluster): Promise<void> {
  const manifests = await step('Synthesising the operator and the services of services/', async (waiting) => {
    waiting('esbuild to bundle operator, mover and command line');
    await buildBundles();
    return synthesise(options(cluster, cluster.nodes[0]));
  });
  await step(`Applying ${manifests.length} objects, two Secrets, two buckets`, async (waiting) => {
    await apply(cluster, manifests, waiting);
    await writeSecrets(cluster);
    for (const { namespace } of SERVICES) await cluster.createBucket(`${namespace}-backup`);
  });
  await step('Starting the operator and the services', (waiting) =>
    waitForDeployments(cluster, [OPERATOR_NAMESPACE, ...SERVICES.map((s) => s.namespace)], 120, waiting),
  );
}

async function fill(cluster: Cluster): Promise<void> {
  await step('Filling three volumes with files that are easily lost', async (waiting) => {
    waiting('the shells in the pods');
    await Promise.all(
      VOLUMES.map(({ service, claim, workload }) =>
        cluster.kubectl([
          'exec',
          '-n',
          service.namespace,
          `deploy/${workload}`,
          '--',
          'sh',
          '-ec',
          SEEDS[claim],
        ]),
      ),
    );
  });
}

/** Runs a round and turns statuses into rows; every item must be a Success. */
async function round(
  cluster: Cluster,
  services: Service[],
  runNow: string,
  waiting: Waiting,
): Promise<Row[]> {
  const backups = await runOnce(cluster, services, runNow, waiting);
  const rows = backups.flatMap(rowsOf);
  const bad = rows.filter((row) => row.state !== 'Success');
  if (bad.length > 0)
    throw new Error(
      `not backed up: ${bad.map((r) => `${r.service} ${r.item} ${r.state}: ${r.message}`).join('; ')}`,
    );
  return rows;
}

function rowsOf(backup: ServiceBackup): Row[] {
  return (backup.status?.items ?? []).map((item) => ({
    service: backup.metadata.namespace,
    item: item.name,
    node: item.placement?.node ?? '',
    why: item.placement?.because ?? '',
    job: item.job ?? '',
    snapshot: item.snapshot ?? '',
    bytes: item.bytes ?? 0,
    filesUnmodified: item.filesUnmodified ?? 0,
    state: item.state,
    message: item.message ?? '',
    result: '',
  }));
}

async function restoreAndCompare(cluster: Cluster, rows: Row[]): Promise<void> {
  await step('Restoring every item to a new claim with service-backup restore', async (waiting) => {
    const open = new Set(rows.map((row) => `${row.service}/${row.item}`));
    const tell = () => waiting(`${[...open].join(', ')} to be restored and handed over`);
    tell();
    await Promise.all(
      rows.map(async (row) => {
        await mustServiceBackup(cluster, [
          'restore',
          `${row.service}/backup`,
          '--item',
          row.item,
          '--to-claim',
          restoredName(row.item),
        ]);
        open.delete(`${row.service}/${row.item}`);
        tell();
      }),
    );
  });
  await step('Comparing file by file: contents, modes, owners, times, links', async (waiting) => {
    waiting('the pods that read both volumes');
    await Promise.all(
      rows.map(async (row) => {
        const pair = {
          namespace: row.service,
          original: row.item,
          restored: restoredName(row.item),
          node: row.node,
        };
        const { files, differences, differenceCount } = await compareClaims(cluster, pair);
        row.result =
          differenceCount === 0
            ? `identical (${files.toLocaleString('en')} files)`
            : `${differenceCount} differences: ${differences.join('; ')}`;
        row.identical = differenceCount === 0 && files > 0;
      }),
    );
  });
}

async function moveAndRunAgain(cluster: Cluster): Promise<Row> {
  const [, target] = cluster.nodes;
  await step(`Moving wiki to ${target}`, async (waiting) => {
    await apply(
      cluster,
      synthesise(options(cluster, target)).filter(
        (m) => m.metadata.namespace === 'wiki' && m.kind === 'Deployment',
      ),
      waiting,
    );
    await waitForDeployments(cluster, [WIKI.namespace], 180, waiting);
  });
  return step('Running wiki again: it must find its parent snapshot', async (waiting) => {
    const [row] = await round(cluster, [WIKI], 'demo-2', waiting);
    if (row!.node !== target) throw new Error(`wiki was read on ${row!.node}, though it runs on ${target}`);
    if (row!.filesUnmodified === 0)
      throw new Error('no file of wiki was recognised: the second run did not find its parent');
    row!.result = `${row!.filesUnmodified} files unmodified since the first run`;
    row!.identical = true;
    return row!;
  });
}

async function main(): Promise<boolean> {
  const program = new Command('demo')
    .description('Backs up two services on two nodes, restores them, and compares file by file.')
    .option('--keep', 'leave the cluster running, and say how to reach it')
    .option('--use-current-cluster', 'use the cluster of KUBECONFIG instead of the testbed')
    .parse();
  const flags = program.opts<{ keep?: boolean; useCurrentCluster?: boolean }>();
  const begun = Date.now();
  const cluster = await (flags.useCurrentCluster
    ? step('Looking at the current cluster', () => useCurrentCluster(process.env))
    : step('Booting a Kubernetes of two nodes', (waiting) =>
        useTestbed((title, forWhat) => waiting(forWhat ? `${title}: ${forWhat}` : title)),
      ));
  let held = false;
  try {
    await deploy(cluster);
    await fill(cluster);
    const timed = Date.now();
    const rows = await step('Running one round', (waiting) => round(cluster, SERVICES, 'demo-1', waiting));
    for (const service of SERVICES) {
      const listing = await step(`service-backup snapshots ${nameOf(service)}`, () =>
        mustServiceBackup(cluster, ['snapshots', nameOf(service)]),
      );
      console.log(listing.trimEnd().replace(/^/gm, '    '));
    }
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
      const reach = cluster.kubeconfig ? `export KUBECONFIG=${cluster.kubeconfig}` : 'kubectl';
      console.log(
        `\nThe cluster goes on:\n  ${reach}\n  kubectl get servicebackups -A\nEnd it: npm run testbed -- down`,
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
