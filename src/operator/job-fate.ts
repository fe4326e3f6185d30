import { MOVER_CONTAINER } from '../api/group';
import type { Failure } from './failure';
import { instant } from './instant';
import { type JobFacts, named } from './job-facts';
import { isGroup, readsBuckets, type Step, templateOf } from './step';
import type { PodView } from './views';

/** What is true of the items that an outcome does not tell of. */
export interface Rest extends Failure {
  /** `Unknown`: the report is lost, and what was made must be read back from the repository. */
  state: 'Failed' | 'Unknown';
  /** The items that this is true of, when the others were only held up by them. */
  only?: string[];
}

const failed = ({ reason, message }: Failure): Rest => ({ state: 'Failed', reason, message });
const lost = (message: string): Rest => ({ state: 'Unknown', reason: 'OutcomeLost', message });

/** The container has ended, and its report does not tell all. */
export function unreported(
  facts: JobFacts,
  { exitCode, signal, reason }: NonNullable<PodView['terminated']>,
): Rest {
  if (isLate(facts)) return failed(deadlineFailure(facts));
  const at = named(facts);
  if (reason === 'OOMKilled')
    return failed({
      reason: 'OutOfMemory',
      message: `The mover of ${at} was killed for lack of memory (OOMKilled): give PodTemplate ${templateOf(facts.step)} a higher memory limit.`,
    });
  // The kubelet may not know how a container ended: the exit code is then its own invention.
  if (reason !== 'ContainerStatusUnknown' && (exitCode > 128 || signal))
    return failed({
      reason: 'MoverKilled',
      message: `The mover of ${at} was killed (exit code ${exitCode}${reason && `, ${reason}`}) before it could report; the next run starts anew. Its log: ${logOf(facts)}.`,
    });
  return lost(
    `${at} ended with exit code ${exitCode}${reason && ` (${reason})`}, but without a report that can be read, so that nobody knows ${whatItDid(facts)}. Its log: ${logOf(facts)}.`,
  );
}

/** The pod was ended, and nobody says how its container was. */
export function killed(facts: JobFacts): Rest {
  const { job, pod } = facts;
  if (isLate(facts)) return failed(deadlineFailure(facts));
  if (pod?.disrupted === 'DeletionByTaintManager') return failed(lostNode(facts));
  const words = [pod?.reason, pod?.disrupted, pod?.message, job.end?.message].filter(Boolean).join(': ');
  return failed({
    reason: 'MoverKilled',
    message: `The pod of ${named(facts)} was ended by the cluster${words && ` (${words})`} before it could report; the next run starts anew.`,
  });
}

/** The pod is gone, and with it the report. */
export function gone(facts: JobFacts): Rest {
  const { job, on, node } = facts;
  if (isLate(facts)) return failed(deadlineFailure(facts));
  if (on && !node?.ready) return failed(lostNode(facts));
  return lost(
    `${named(facts)} has ended (${job.end?.reason || job.end?.state}), but its pod is gone and with it the report: nobody knows ${whatItDid(facts)}.`,
  );
}

/** It was ended by its deadline. */
export const isLate = ({ job }: JobFacts): boolean =>
  job.end?.reason === 'DeadlineExceeded' || job.failing === 'DeadlineExceeded';

export const deadlineFailure = (facts: JobFacts): Failure =>
  Date.parse(facts.job.createdAt) + facts.deadlineSeconds * 1000 > facts.runEndsAt
    ? ofRun(facts)
    : ofJob(facts);

const ofRun = (facts: JobFacts): Failure => ({
  reason: 'RunDeadlineExceeded',
  message: `${named(facts)} was ended at the deadline of its run (${instant(new Date(facts.runEndsAt))}): raise jobSpec.runDeadlineSeconds or roundDeadlineSeconds in BackupConfig if the night is longer.`,
});

const ofJob = (facts: JobFacts): Failure => ({
  reason: 'DeadlineExceeded',
  message: `${named(facts)} was ended after ${facts.deadlineSeconds} s, its deadline: raise jobSpec.deadlineSeconds in BackupConfig if ${isGroup(facts.step) ? `the ${itemsIn(facts.step)} need` : 'it needs'} longer.`,
});

export const lostNode = ({ job, on, node, step }: JobFacts): Failure => ({
  reason: 'NodeLost',
  message: `Node ${on} ${node ? 'stopped answering' : 'was removed'} while Job ${job.name} ${isGroup(step) ? `read its ${itemsIn(step)}` : 'was at work'}: bring the node back or move the service; the next run starts anew.`,
});

/** A node that may come back yet. */
export const silentNode = ({ job, on, nodeLostSeconds }: JobFacts): Failure => ({
  reason: 'NodeNotReady',
  message: `Node ${on}, on which Job ${job.name} runs, is not ready: it is waited for ${nodeLostSeconds} s. Bring the node back, or move the service.`,
});

const itemsIn = (step: Step): string => (readsBuckets(step) ? 'buckets' : 'volumes');

const whatItDid = ({ step }: JobFacts): string => (isGroup(step) ? 'what was backed up' : 'what it did');

const logOf = ({ job, jobNamespace }: JobFacts): string =>
  `kubectl logs -n ${jobNamespace} job/${job.name} -c ${MOVER_CONTAINER}`;
