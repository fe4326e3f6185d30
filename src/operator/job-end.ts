import { MOVER_CONTAINER } from '../api/group';
import { decodeOutcome, type Outcome } from '../api/outcome';
import type { Failure } from './failure';
import type { JobFacts } from './job-facts';
import { whyNotStarted } from './not-started';
import type { PodView } from './views';

/** How far a Job has come. */
export type JobEnd =
  | { state: 'open' /** When to look again though nothing happened. */; lookAt?: number }
  | { state: 'reported'; outcome: Outcome }
  | { state: 'failed'; failure: Failure };

/**
 * A pod on a node that is not ready is evicted after 300 s (its toleration), but never leaves: its kubelet is silent. After
 * this many milliseconds its Job counts as lost.
 */
export const LOST_AFTER = 330_000;

const failed = (reason: Failure['reason'], message: string): JobEnd => ({
  state: 'failed',
  failure: { reason, message },
});

export function jobEnd(facts: JobFacts, now: Date): JobEnd {
  const { job, pod } = facts;
  if (pod?.terminated) return reported(facts, pod.terminated);
  if (job.end) return pod ? killed(facts) : gone(facts);
  const lost = nodeLost(facts, now);
  if (lost) return lost;
  if (pod && ['Failed', 'Succeeded'].includes(pod.phase)) return killed(facts);
  if (!pod?.started) {
    const deadline = Date.parse(job.createdAt) + facts.startDeadlineSeconds * 1000;
    if (now.getTime() >= deadline) return { state: 'failed', failure: whyNotStarted(facts) };
    return { state: 'open', lookAt: Math.min(deadline, (pod?.node && lostAt(facts)) || deadline) };
  }
  return { state: 'open', lookAt: lostAt(facts) };
}

/** The container has ended: its report is the truth, and without one nobody guesses. */
function reported(facts: JobFacts, terminated: NonNullable<PodView['terminated']>): JobEnd {
  const outcome = decodeOutcome(terminated.message);
  const { job, group } = facts;
  if (outcome && (outcome.failure || outcome.items.length === group.items.length))
    return { state: 'reported', outcome: late(facts) ? inTime(outcome, facts) : outcome };
  if (late(facts)) return deadline(facts);
  const { exitCode, signal, reason } = terminated;
  if (reason === 'OOMKilled')
    return failed(
      'MoverKilled',
      `The mover of Job ${job.name} on ${group.node} was killed for lack of memory (OOMKilled): give PodTemplate service-backup-mover a higher memory limit.`,
    );
  if (exitCode > 128 || signal)
    return failed(
      'MoverKilled',
      `The mover of Job ${job.name} on ${group.node} was killed (exit code ${exitCode}${reason && `, ${reason}`}) before it could report; the next run starts anew. Its log: ${logOf(facts)}.`,
    );
  return failed(
    'OutcomeLost',
    `Job ${job.name} on ${group.node} ended with exit code ${exitCode}${reason && ` (${reason})`}, but without a report that can be read, so that nobody knows what was backed up. Its log: ${logOf(facts)}.`,
  );
}

function killed(facts: JobFacts): JobEnd {
  const { job, pod, group } = facts;
  if (late(facts)) return deadline(facts);
  if (pod?.disrupted === 'DeletionByTaintManager') return lostNode(facts);
  const words = [pod?.reason, pod?.disrupted, pod?.message, job.end?.message].filter(Boolean).join(': ');
  return failed(
    'MoverKilled',
    `The pod of Job ${job.name} on ${group.node} was ended by the cluster${words && ` (${words})`} before it could report; the next run starts anew.`,
  );
}

function gone(facts: JobFacts): JobEnd {
  const { job, group, node } = facts;
  if (late(facts)) return deadline(facts);
  if (!node?.ready) return lostNode(facts);
  return failed(
    'OutcomeLost',
    `Job ${job.name} on ${group.node} has ended (${job.end?.reason || job.end?.state}), but its pod is gone and with it the report: nobody knows what was backed up. If somebody deleted the pod, wait for the next run or set a new runNow.`,
  );
}

const late = ({ job }: JobFacts): boolean =>
  job.end?.reason === 'DeadlineExceeded' || job.failing === 'DeadlineExceeded';

const deadlineFailure = ({ job, group, deadlineSeconds }: JobFacts): Failure => ({
  reason: 'DeadlineExceeded',
  message: `Job ${job.name} on ${group.node} was ended after ${deadlineSeconds} s, its deadline: raise jobSpec.deadlineSeconds in BackupConfig if the volumes need longer.`,
});

const deadline = (facts: JobFacts): JobEnd => ({ state: 'failed', failure: deadlineFailure(facts) });

/** The mover that is stopped at the deadline reports that it was cancelled: by whom, it cannot know. */
function inTime(outcome: Outcome, facts: JobFacts): Outcome {
  const failure = deadlineFailure(facts);
  return {
    ...outcome,
    ...(outcome.failure?.reason === 'Cancelled' && { failure }),
    items: outcome.items.map((item) => (item.reason === 'Cancelled' ? { ...item, ...failure } : item)),
  };
}

function lostAt({ node }: JobFacts): number | undefined {
  return node && !node.ready && node.since ? Date.parse(node.since) + LOST_AFTER : undefined;
}

function nodeLost(facts: JobFacts, now: Date): JobEnd | undefined {
  const { node, pod } = facts;
  // Without a pod on it the node is not what holds the Job up: the start deadline is.
  if (!pod?.node) return undefined;
  const at = lostAt(facts);
  return !node || (at !== undefined && now.getTime() >= at) ? lostNode(facts) : undefined;
}

const lostNode = ({ job, group, node }: JobFacts): JobEnd =>
  failed(
    'NodeLost',
    `Node ${group.node} ${node ? 'stopped answering' : 'was removed'} while Job ${job.name} read its volumes: bring the node back or move the service; the next run starts anew.`,
  );

const logOf = ({ job, jobNamespace }: JobFacts): string =>
  `kubectl logs -n ${jobNamespace} job/${job.name} -c ${MOVER_CONTAINER}`;
