import { createHash } from 'node:crypto';
import type { ServiceBackup } from '../../src/api/kinds';
import { RESOURCES } from '../../src/kube/resources';
import type { Rest } from '../../src/kube/rest';
import type { Ledger } from '../../testbed/simulation/ledger';
import { keyOf, type SimulatedService } from '../../testbed/simulation/services';

/** The snapshot that the simulated mover makes of an item in a run. */
const snapshotOf = (bucket: string, run: string, item: string): string =>
  createHash('sha256').update(`${bucket} ${run} ${item}`).digest('hex').slice(0, 16);

/** What is on record of a service's only run, without what differs from one service and one moment to another. */
export interface Record {
  status: string;
  /** For each Job that was ever made, its place in the run; one that was made twice stands there twice. */
  jobs: string[];
  /** For each run, how often its end was recorded. */
  runs: number[];
  /** Jobs that are still there. */
  left: string[];
}

export async function recordOf(kube: Rest, ledger: Ledger, service: SimulatedService): Promise<Record> {
  const { namespace, name, items } = service;
  const backup = (await kube.get<ServiceBackup>(RESOURCES.serviceBackups, name, namespace))!;
  const run = backup.status?.lastBackup?.run ?? 'none';
  const bucket = backup.spec.backupBucketName;
  let status = JSON.stringify(backup.status, null, 1);
  for (const item of items)
    status = status.replaceAll(snapshotOf(bucket, run, item.name), `<snapshot ${item.name}>`);
  const jobs = ledger.jobsOf(keyOf(service));
  const place = (job: string) => job.split('-').at(-1)!;
  for (const job of jobs) status = status.replaceAll(job.name, `<job ${place(job.name)}>`);
  return {
    status: status
      .replaceAll(run, '<run>')
      .replaceAll(name, '<service>')
      .replace(/\b[0-9a-f]{64}\b/g, '<repository>')
      .replace(/\d{4}-\d\d-\d\dT[0-9:.]+Z/g, '<instant>')
      .replace(/"seconds": \d+/g, '"seconds": 0')
      .replace(/"(part|parts)": \d+/g, '"$1": 0'),
    jobs: jobs.map((job) => place(job.name)).sort(),
    runs: ledger.runsOf(keyOf(service)).map(({ ends }) => ends.length),
    left: jobs.filter(({ goneAt }) => goneAt === undefined).map((job) => place(job.name)),
  };
}
