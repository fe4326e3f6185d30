import { setTimeout as sleep } from 'node:timers/promises';
import { decodeOutcome, type ResultLine } from '../api';
import type { Job, PersistentVolumeClaim } from '../kube/objects';
import { RESOURCES } from '../kube/resources';
import { explain } from './explain';
import { Failure } from './failure';
import { followRestore, type JobReport } from './follow-restore';
import { patiently } from './patience';
import type { JobEnd } from './run-job';
import type { Session } from './session';
import { whyFailed } from './snapshots';
import { createSuspended, type Owner, start } from './suspended-job';

/** What came out of a restore Job. */
export interface Filled {
  /** The volume that holds the data; it belongs to the temporary claim still. */
  volume: string;
  snapshot: string;
  /** When the snapshot was taken. */
  time: string;
  files: number;
  bytes: number;
}

export interface Filling {
  job: Job;
  /** The temporary claim, made for the owner it is given: what the Job leaves behind goes with the Job. */
  claim: (owner: Owner) => PersistentVolumeClaim;
  startDeadlineSeconds: number;
}

/**
 * Restores into a temporary claim in the Job namespace. Whatever goes wrong, Job and claim are removed again: nobody finds
 * half a restore.
 */
export async function fillClaim(filling: Filling, session: Session): Promise<Filled> {
  const { kube, narrator } = session;
  const { name, namespace = '' } = filling.job.metadata;
  const owner = await createSuspended(filling.job, 'A restore to this claim', kube);
  try {
    await kube.create(RESOURCES.persistentVolumeClaims, filling.claim(owner));
    await start(filling.job, kube);
    const filled = await restoreInto(filling, owner.uid, session);
    const claim = await patiently(
      () => kube.get<PersistentVolumeClaim>(RESOURCES.persistentVolumeClaims, name, namespace),
      session,
    );
    const volume = claim?.spec?.volumeName;
    if (!volume) throw new Failure(`The temporary claim ${namespace}/${name} was deleted by somebody else.`);
    return { ...filled, volume };
  } catch (error) {
    narrator.rest();
    const left = await remove(name, namespace, session);
    const why = session.signal.aborted ? 'The restore was interrupted.' : explain(error);
    throw new Failure(`${why} ${left}`);
  }
}

async function restoreInto(
  { job, startDeadlineSeconds }: Filling,
  uid: string,
  session: Session,
): Promise<Omit<Filled, 'volume'>> {
  const report: JobReport = {};
  const end = await followRestore({ job, uid, startDeadlineSeconds, kind: 'file' }, report, session);
  session.narrator.rest();
  const success = successOf(report.result, end);
  if (!success) throw new Failure(`Nothing was restored: ${whyFailed(report.result, end)}`);
  return { ...success, time: report.snapshot?.time ?? '' };
}

/** Success is what both the report (or, if the log was lost, the outcome) and the exit code say; else there is none. */
export function successOf(
  result: ResultLine | undefined,
  end: Pick<JobEnd, 'exitCode' | 'message'>,
): { snapshot: string; files: number; bytes: number } | undefined {
  const told = result ?? decodeOutcome(end.message)?.items[0];
  if (end.exitCode !== 0 || told?.state !== 'Success') return undefined;
  return { snapshot: told.snapshot ?? '', files: told.files ?? 0, bytes: told.bytes ?? 0 };
}

const LONGEST_REMOVAL = 60_000;

/** Removes Job and temporary claim, and tells what is left. A second Ctrl-C does not stop this: it ends the process. */
async function remove(name: string, namespace: string, { kube, narrator }: Session): Promise<string> {
  const where = `Job and temporary claim ${namespace}/${name}`;
  const claims = RESOURCES.persistentVolumeClaims;
  try {
    await kube.delete(RESOURCES.jobs, name, namespace);
    await kube.delete(claims, name, namespace);
    const deadline = Date.now() + LONGEST_REMOVAL;
    while (await kube.get(claims, name, namespace)) {
      if (Date.now() > deadline) return `${where} are being removed still: their pod has not ended yet.`;
      narrator.waitFor('the temporary claim to be gone');
      await sleep(500);
    }
    return 'Nothing is left behind.';
  } catch (error) {
    return `${where} could not be removed (${explain(error)}): remove them by 'kubectl delete job,pvc -n ${namespace} ${name}'.`;
  } finally {
    narrator.rest();
  }
}
