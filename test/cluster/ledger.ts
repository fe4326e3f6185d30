import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { JOB_NAMESPACE } from '../../demo/deploy';
import { nameOf } from '../../demo/round';
import { LABEL } from '../../src/api';
import { attach } from '../../testbed';
import { type FaultLab, NAMESPACE } from './fault-lab';

/** What really happened, whatever anybody's status says. */
export interface Entry {
  run: string;
  state: string;
  /** Items of which the repository has a snapshot with the run's tag: one each, or it is named twice. */
  snapshots: string[];
}

/** The runs of a service that were recorded as ended, oldest first; and each one's snapshots, from the repository itself. */
export async function ledgerOf(lab: FaultLab, name: string, namespace = NAMESPACE): Promise<Entry[]> {
  const service = lab.service(name, namespace);
  const ends = lab.witness.history(service).flatMap(({ status }) => status?.lastBackup ?? []);
  const ended = ends.filter(({ run }, at) => run !== ends[at - 1]?.run);
  const snapshots = await snapshotsIn(lab.bucket(name));
  const ofRun = (run: string) =>
    snapshots
      .filter(({ tags }) => tags.includes(`run=${run}`))
      .map(({ hostname }) => hostname.slice(nameOf(service).length + 1))
      .sort();
  const strangers = snapshots.filter(({ tags }) => !ended.some(({ run }) => tags.includes(`run=${run}`)));
  if (strangers.length > 0)
    throw new Error(
      `${lab.bucket(name)} has snapshots of runs that nobody recorded: ${JSON.stringify(strangers)}`,
    );
  return ended.map(({ run, state }) => ({ run, state, snapshots: ofRun(run) }));
}

/** Jobs of a service that were made more than once under one name. */
export function doubledJobs(lab: FaultLab, name: string, namespace = NAMESPACE): string[] {
  const names = lab.witness.jobs(lab.service(name, namespace)).map((job) => job.name);
  return names.filter((one, at) => names.indexOf(one) !== at);
}

/** Jobs of a service that are still there. */
export async function jobsLeft(lab: FaultLab, name: string, namespace = NAMESPACE): Promise<string[]> {
  const uid = lab.witness.backup(lab.service(name, namespace))?.metadata.uid;
  const of = ['-n', JOB_NAMESPACE, '-l', `${LABEL.serviceBackup}=${uid}`];
  const out = await lab.cluster.kubectl(['get', 'jobs', ...of, '-o', 'name']);
  return out.split('\n').filter(Boolean);
}

interface Snapshot {
  hostname: string;
  tags: string[];
}

/** As restic on the administrator's desk reads them: no lock, no Job. */
async function snapshotsIn(bucket: string): Promise<Snapshot[]> {
  const { bin, s3 } = await attach();
  const cache = mkdtempSync(join(tmpdir(), 'ledger-'));
  try {
    const { stdout } = await promisify(execFile)(bin('restic'), ['snapshots', '--json', '--no-lock'], {
      env: {
        ...process.env,
        RESTIC_REPOSITORY: `s3:${s3.endpoint}/${bucket}`,
        RESTIC_PASSWORD: 'correct horse battery staple',
        RESTIC_CACHE_DIR: cache,
        AWS_ACCESS_KEY_ID: s3.accessKeyId,
        AWS_SECRET_ACCESS_KEY: s3.secretAccessKey,
      },
    });
    return JSON.parse(stdout) as Snapshot[];
  } finally {
    rmSync(cache, { recursive: true });
  }
}
