import type { ServiceBackup } from '../src/api';
import type { Cluster } from './cluster';
import { mustServiceBackup } from './command-line';
import { compareClaims } from './compare';
import {
  apply,
  buildBundles,
  OPERATOR_NAMESPACE,
  synthesise,
  synthesiseAnew,
  waitForDeployments,
  writeSecrets,
} from './deploy';
import { nameOf, runOnce, type Service } from './round';
import { createBuckets, fillVolumes, optionsOn, SERVICES, WIKI } from './scene';
import { step, type Waiting } from './steps';
import type { Row } from './table';

const restoredName = (claim: string) => `${claim}-restored`;

export async function deploy(cluster: Cluster): Promise<void> {
  await step('Synthesising the operator and two services into build/demo/', async (waiting) => {
    waiting('esbuild to bundle operator, mover and command line');
    await buildBundles();
    synthesiseAnew(optionsOn(cluster, cluster.nodes[0]));
  });
  await step('Applying build/demo/, two Secrets, two buckets', async (waiting) => {
    await apply(cluster, waiting);
    await writeSecrets(cluster);
    await createBuckets(cluster);
  });
  await step('Starting the operator and the services', (waiting) =>
    waitForDeployments(cluster, [OPERATOR_NAMESPACE, ...SERVICES.map((s) => s.namespace)], 120, waiting),
  );
}

export async function fill(cluster: Cluster): Promise<void> {
  await step('Filling three volumes with files that are easily lost', async (waiting) => {
    waiting('the shells in the pods');
    await fillVolumes(cluster);
  });
}

/** Runs a round and turns statuses into rows; every item must be a Success. */
export async function round(cluster: Cluster, services: Service[], waiting: Waiting): Promise<Row[]> {
  const backups = await runOnce(cluster, services, `demo-${Date.now()}`, waiting);
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

export async function restoreAndCompare(cluster: Cluster, rows: Row[]): Promise<void> {
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

export async function moveAndRunAgain(cluster: Cluster): Promise<Row> {
  const [, target] = cluster.nodes;
  await step(`Moving wiki to ${target}`, async (waiting) => {
    synthesise(optionsOn(cluster, target));
    await apply(cluster, waiting, 'wiki');
    await waitForDeployments(cluster, [WIKI.namespace], 180, waiting);
  });
  return step('Running wiki again: it must find its parent snapshot', async (waiting) => {
    const [row] = await round(cluster, [WIKI], waiting);
    if (row!.node !== target) throw new Error(`wiki was read on ${row!.node}, though it runs on ${target}`);
    if (row!.filesUnmodified === 0)
      throw new Error('no file of wiki was recognised: the second run did not find its parent');
    row!.result = `${row!.filesUnmodified} files unmodified since the first run`;
    row!.identical = true;
    return row!;
  });
}

export async function listSnapshots(cluster: Cluster): Promise<void> {
  const listings = await step('Listing the snapshots with service-backup snapshots', (waiting) => {
    waiting('the Jobs that read the repositories');
    return Promise.all(SERVICES.map((service) => mustServiceBackup(cluster, ['snapshots', nameOf(service)])));
  });
  for (const listing of listings) console.log(listing.trimEnd().replace(/^/gm, '    '));
}
