import { MOVER_CONTAINER, podTemplateName } from '../api/group';
import { decodeOutcome, type Outcome } from '../api/outcome';
import type { Failure } from './failure';
import { type JobFacts, named } from './job-facts';
import { whyNotStarted } from './not-started';
import { isGroup, itemsOf } from './step';
import type { PodView } from './views';

/** What is true of the items that an outcome does not tell of. */
export interface Rest extends Failure {
  /** `Unknown`: the report is lost, and what was made must be read back from the repository. */
  state: 'Failed' | 'Unknown';
  /** The items that this is true of, when the others were only held up by them. */
  only?: string[];
}

/** A Job that has ended. */
export interface Ended {
  state: 'ended';
  /** What it reported. */
  outcome?: Outcome;
  /** Why the report does not tell all; absent when it does. */
  rest?: Rest;
}

/** How far a Job has come. */
export type JobEnd =
  | Ended
  | {
      state: 'open';
      /** When to look again though nothing happened. */
      lookAt?: number;
      /** What holds it up. */
      trouble?: Failure;
    };

/** An ordinary start takes seconds: so long nobody is alarmed. Milliseconds. */
const GRACE = 10_000;
/** How often a pod that does not start is looked at: who holds it up may say so in an event, which is not followed. */
const LOOK_AGAIN = 10_000;

const failed = ({ reason, message }: Failure): Ended => ({
  state: 'ended',
  rest: { state: 'Failed', reason, message },
});
const lost = (message: string): Rest => ({ state: 'Unknown', reason: 'OutcomeLost', message });

export function jobEnd(facts: JobFacts, now: Date): JobEnd {
  const { job, pod } = facts;
  if (pod?.terminated) return reported(facts, pod.terminated);
  if (job.end) return pod ? killed(facts) : gone(facts);
  const at = lostAt(facts);
  // Without a pod on it the node is not what holds the Job up: the start deadline is.
  if (pod?.node && (!facts.node || now.getTime() >= at)) return failed(lostNode(facts));
  if (pod && ['Failed', 'Succeeded'].includes(pod.phase)) return killed(facts);
  if (!pod?.started) return waiting(facts, now);
  return at === Number.POSITIVE_INFINITY
    ? { state: 'open' }
    : { state: 'open', lookAt: at, trouble: silentNode(facts) };
}

function waiting(facts: JobFacts, now: Date): JobEnd {
  const created = Date.parse(facts.job.createdAt);
  const deadline = created + facts.startDeadlineSeconds * 1000;
  const late = now.getTime() >= deadline;
  const { certain, only, ...why } = whyNotStarted(facts, late);
  if (late) return { state: 'ended', rest: { state: 'Failed', ...why, ...(only && { only }) } };
  const graced = now.getTime() >= created + GRACE;
  const trouble = graced && certain ? why : undefined;
  const ends = Math.min(deadline, facts.pod?.node ? lostAt(facts) : deadline);
  const next = graced ? now.getTime() + LOOK_AGAIN : created + GRACE;
  return { state: 'open', lookAt: Math.min(ends, next), ...(trouble && { trouble }) };
}

/** The container has ended: its report is the truth. What it does not tell, the way it ended may. */
function reported(facts: JobFacts, terminated: NonNullable<PodView['terminated']>): Ended {
  const read = decodeOutcome(terminated.message);
  const expected = itemsOf(facts.step).length;
  if (!read || read.items.length > expected)
    return { state: 'ended', rest: withoutReport(facts, terminated) };
  const outcome = late(facts) ? inTime(read, facts) : read;
  if (outcome.failure) return { state: 'ended', outcome, rest: { state: 'Failed', ...outcome.failure } };
  if (!outcome.partial && outcome.items.length === expected) return { state: 'ended', outcome };
  return { state: 'ended', outcome, rest: withoutReport(facts, terminated) };
}

function withoutReport(
  facts: JobFacts,
  { exitCode, signal, reason }: NonNullable<PodView['terminated']>,
): Rest {
  if (late(facts)) return { state: 'Failed', ...deadlineFailure(facts) };
  const at = named(facts);
  if (reason === 'OOMKilled')
    return {
      state: 'Failed',
      reason: 'OutOfMemory',
      message: `The mover of ${at} was killed for lack of memory (OOMKilled): give PodTemplate ${templateOf(facts)} a higher memory limit.`,
    };
  // The kubelet does not know how the container ended: the exit code is its own invention.
  const known = reason !== 'ContainerStatusUnknown';
  if (known && (exitCode > 128 || signal))
    return {
      state: 'Failed',
      reason: 'MoverKilled',
      message: `The mover of ${at} was killed (exit code ${exitCode}${reason && `, ${reason}`}) before it could report; the next run starts anew. Its log: ${logOf(facts)}.`,
    };
  return lost(
    `${at} ended with exit code ${exitCode}${reason && ` (${reason})`}, but without a report that can be read, so that nobody knows ${whatItDid(facts)}. Its log: ${logOf(facts)}.`,
  );
}

function killed(facts: JobFacts): Ended {
  const { job, pod } = facts;
  if (late(facts)) return failed(deadlineFailure(facts));
  if (pod?.disrupted === 'DeletionByTaintManager') return failed(lostNode(facts));
  const words = [pod?.reason, pod?.disrupted, pod?.message, job.end?.message].filter(Boolean).join(': ');
  return failed({
    reason: 'MoverKilled',
    message: `The pod of ${named(facts)} was ended by the cluster${words && ` (${words})`} before it could report; the next run starts anew.`,
  });
}

function gone(facts: JobFacts): Ended {
  const { job, on, node } = facts;
  if (late(facts)) return failed(deadlineFailure(facts));
  if (on && !node?.ready) return failed(lostNode(facts));
  return {
    state: 'ended',
    rest: lost(
      `${named(facts)} has ended (${job.end?.reason || job.end?.state}), but its pod is gone and with it the report: nobody knows ${whatItDid(facts)}.`,
    ),
  };
}

const late = ({ job }: JobFacts): boolean =>
  job.end?.reason === 'DeadlineExceeded' || job.failing === 'DeadlineExceeded';

const deadlineFailure = (facts: JobFacts): Failure => ({
  reason: 'DeadlineExceeded',
  message: `${named(facts)} was ended after ${facts.deadlineSeconds} s, its deadline: raise jobSpec.deadlineSeconds in BackupConfig if ${isGroup(facts.step) ? 'the volumes need' : 'it needs'} longer.`,
});

/** The mover that is stopped at the deadline reports that it was cancelled: by whom, it cannot know. */
function inTime(outcome: Outcome, facts: JobFacts): Outcome {
  const failure = deadlineFailure(facts);
  const within = <T extends { failure?: Failure }>(part: T | undefined): T | undefined =>
    part?.failure?.reason === 'Cancelled' ? { ...part, failure } : part;
  const { retention, check, prune } = outcome;
  return {
    ...within(outcome)!,
    items: outcome.items.map((item) => (item.reason === 'Cancelled' ? { ...item, ...failure } : item)),
    ...(retention && { retention: within(retention) }),
    ...(check && { check: within(check) }),
    ...(prune && { prune: within(prune) }),
  };
}

/** When a node that is not ready counts as lost. */
const lostAt = ({ node, nodeLostSeconds }: JobFacts): number =>
  node && !node.ready && node.since
    ? Date.parse(node.since) + nodeLostSeconds * 1000
    : Number.POSITIVE_INFINITY;

const lostNode = (facts: JobFacts): Failure => ({
  reason: 'NodeLost',
  message: `Node ${facts.on} ${facts.node ? 'stopped answering' : 'was removed'} while Job ${facts.job.name} ${isGroup(facts.step) ? 'read its volumes' : 'was at work'}: bring the node back or move the service; the next run starts anew.`,
});

const silentNode = ({ job, on, nodeLostSeconds }: JobFacts): Failure => ({
  reason: 'NodeNotReady',
  message: `Node ${on}, on which Job ${job.name} runs, is not ready: it is waited for ${nodeLostSeconds} s. Bring the node back, or move the service.`,
});

const templateOf = ({ step }: JobFacts): string => podTemplateName(isGroup(step) ? 'mover' : 'maintenance');

const whatItDid = ({ step }: JobFacts): string => (isGroup(step) ? 'what was backed up' : 'what it did');

const logOf = ({ job, jobNamespace }: JobFacts): string =>
  `kubectl logs -n ${jobNamespace} job/${job.name} -c ${MOVER_CONTAINER}`;
