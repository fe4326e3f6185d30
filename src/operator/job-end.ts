import { decodeOutcome, type Outcome } from '../api/outcome';
import type { Failure } from './failure';
import type { JobFacts } from './job-facts';
import {
  deadlineFailure,
  gone,
  isLate,
  killed,
  lostNode,
  type Rest,
  silentNode,
  unreported,
} from './job-fate';
import { whyNotStarted } from './not-started';
import { itemsOf } from './step';
import type { PodView } from './views';

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
/** A Job controller that makes hundreds of pods at once is slower than that, and nothing is wrong. Milliseconds. */
const GRACE_WITHOUT_POD = 60_000;
/** How often a pod that does not start is looked at: who holds it up may say so in an event, which is not followed. */
const LOOK_AGAIN = 10_000;

/** An end that is none of the mover's. */
export const endedBy = ({ reason, message }: Failure): Ended => ({
  state: 'ended',
  rest: { state: 'Failed', reason, message },
});

export function jobEnd(facts: JobFacts, now: Date): JobEnd {
  const { job, pod } = facts;
  if (pod?.terminated) return reported(facts, pod.terminated);
  if (job.end && !(pod && isEnding(pod))) return { state: 'ended', rest: pod ? killed(facts) : gone(facts) };
  const lostAt = nodeLostAt(facts);
  // Without a pod on it the node is not what holds the Job up: the start deadline is.
  if (pod?.node && (!facts.node || now.getTime() >= lostAt)) return endedBy(lostNode(facts));
  if (pod && ['Failed', 'Succeeded'].includes(pod.phase)) return { state: 'ended', rest: killed(facts) };
  if (!pod?.started) return waiting(facts, now);
  return lostAt === NEVER ? { state: 'open' } : { state: 'open', lookAt: lostAt, trouble: silentNode(facts) };
}

/** Kubernetes before 1.31 calls a Job failed while its pod is still being ended, and the mover has yet to tell what it did. */
const isEnding = ({ deleting, started, phase }: PodView): boolean =>
  deleting && started && !['Failed', 'Succeeded'].includes(phase);

function waiting(facts: JobFacts, now: Date): JobEnd {
  const created = Date.parse(facts.job.createdAt);
  const deadline = created + facts.startDeadlineSeconds * 1000;
  const late = now.getTime() >= deadline;
  const { certain, only, ...why } = whyNotStarted(facts, late);
  if (late) return { state: 'ended', rest: { state: 'Failed', ...why, ...(only && { only }) } };
  const grace = facts.pod ? GRACE : GRACE_WITHOUT_POD;
  const graced = now.getTime() >= created + grace;
  const ends = Math.min(deadline, facts.pod?.node ? nodeLostAt(facts) : NEVER);
  const next = graced ? now.getTime() + LOOK_AGAIN : created + grace;
  return { state: 'open', lookAt: Math.min(ends, next), ...(graced && certain && { trouble: why }) };
}

/** The container has ended: its report is the truth. What it does not tell, the way it ended may. */
function reported(facts: JobFacts, terminated: NonNullable<PodView['terminated']>): Ended {
  const read = decodeOutcome(terminated.message);
  const expected = itemsOf(facts.step).length;
  if (!read || read.items.length > expected) return { state: 'ended', rest: unreported(facts, terminated) };
  const outcome = isLate(facts) ? inTime(read, facts) : read;
  if (outcome.failure) return { state: 'ended', outcome, rest: { state: 'Failed', ...outcome.failure } };
  if (!outcome.partial && outcome.items.length === expected) return { state: 'ended', outcome };
  return { state: 'ended', outcome, rest: unreported(facts, terminated) };
}

/** The mover that is stopped at the deadline reports that it was cancelled: by whom, it cannot know. */
function inTime(outcome: Outcome, facts: JobFacts): Outcome {
  const failure = deadlineFailure(facts);
  const within = <T extends { failure?: Failure }>(part: T): T =>
    part.failure?.reason === 'Cancelled' ? { ...part, failure } : part;
  const { retention, check, prune } = outcome;
  return {
    ...within(outcome),
    items: outcome.items.map((item) => (item.reason === 'Cancelled' ? { ...item, ...failure } : item)),
    ...(retention && { retention: within(retention) }),
    ...(check && { check: within(check) }),
    ...(prune && { prune: within(prune) }),
  };
}

const NEVER = Number.POSITIVE_INFINITY;

/** When a node that does not answer counts as lost; never, while it does. Milliseconds. */
export const nodeLostAt = ({ node, nodeLostSeconds }: Pick<JobFacts, 'node' | 'nodeLostSeconds'>): number =>
  node && !node.ready && node.since ? Date.parse(node.since) + nodeLostSeconds * 1000 : NEVER;
