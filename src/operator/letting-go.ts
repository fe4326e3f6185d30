import { DEFAULTS } from '../api/group';
import { decodeOutcome } from '../api/outcome';
import type { Draft } from './draft';
import type { Failure } from './failure';
import { nodeLostAt } from './job-end';
import type { Observed } from './observed';
import { isFailure, type Settings } from './settings';
import { itemsOf, type Step } from './step';
import { endStep } from './step-end';
import { isEnded } from './sweep';

/** How often a mover that was told to end is looked at. Milliseconds. */
export const LOOK_AGAIN = 10_000;

/**
 * A Job is gone, or told to go: its mover is waited for, as long as its node may answer. Then the step ends with what the mover had
 * done by then; of the rest `why` is true. False while it is waited for.
 */
export function letGo(
  draft: Draft,
  observed: Observed,
  settings: Settings | Failure,
  step: Step,
  why: Failure,
  now: Date,
): boolean {
  const pod = observed.pods[step.job];
  const node = pod && observed.nodes[pod.node];
  const { nodeLostSeconds } = isFailure(settings) ? DEFAULTS : settings;
  if (pod && node && !isEnded(pod) && now.getTime() < nodeLostAt({ node, nodeLostSeconds })) {
    draft.wakeAt(now.getTime() + LOOK_AGAIN);
    return false;
  }
  const read = pod?.terminated && decodeOutcome(pod.terminated.message);
  const outcome = read && read.items.length <= itemsOf(step).length ? read : undefined;
  const rest = { state: 'Failed' as const, ...why };
  endStep(draft, observed, settings, step, { state: 'ended', ...(outcome && { outcome }), rest }, now);
  return true;
}
