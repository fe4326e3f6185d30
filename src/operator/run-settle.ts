import { DEFAULTS } from '../api/group';
import type { Run, RunGroup } from '../api/service-backup';
import { placeOf } from './bucket-place';
import type { Draft } from './draft';
import type { Failure } from './failure';
import { groupsOf } from './grouping';
import { instant } from './instant';
import { endedBy, jobEnd } from './job-end';
import type { JobFacts } from './job-facts';
import { letGo } from './letting-go';
import { mayLive } from './living-pods';
import { makeMaintenanceJob } from './maintenance-next';
import type { Observed } from './observed';
import { type BucketPlacement, isPlacement, type Place, type Placement } from './placement';
import { settleOrRetry } from './retries';
import { runEndsAt, tooLate } from './run-deadline';
import { failure, isTaken, lacksPlaces, makeJob } from './run-next';
import { isFailure, type Settings } from './settings';
import { isExclusive, isGroup, isOnNode, openStep, readsBuckets, type Step, templateOf } from './step';
import { endStep } from './step-end';
import type { JobView } from './views';
import { beginToYield, isWaitedFor } from './yielding';

/** A step is open: takes the end of its Job into status, or sees to it that it gets its Job. */
export function settleOpenStep(
  draft: Draft,
  observed: Observed,
  settings: Settings | Failure,
  now: Date,
): void {
  const run = draft.status.run!;
  const step = openStep(run)!;
  const job = observed.jobs.find(({ name }) => name === step.job);
  if (!job) {
    withoutJob(draft, observed, settings, step, now);
    return;
  }
  const { goneProgram } = observed;
  if (goneProgram && !job.end) {
    makeAnew(draft, step, goneProgram, now);
    return;
  }
  const found = jobEnd(factsOf(run, step, job, observed, settings, now), now);
  if (found.state === 'ended') {
    endStep(draft, observed, settings, step, found, now);
    return;
  }
  draft.wakeAt(found.lookAt);
  if (isGroup(step) && isWaitedFor(observed, step)) {
    beginToYield(draft, observed, step, job, now);
    return;
  }
  if (!found.trouble) return;
  draft.trouble = { ...found.trouble, of: step.job };
  // What it waits for may have gone elsewhere meanwhile: then it would wait in vain.
  if (!isOnNode(step) || observed.pods[step.job]?.started) return;
  if (!observed.places) draft.needsPlaces = true;
  else if (step.items.some((name) => isElsewhere(observed.places?.[name], step.node)))
    placeAgain(draft, observed, step, settings, now);
}

function factsOf(
  run: Run,
  step: Step,
  job: JobView,
  observed: Observed,
  settings: Settings | Failure,
  now: Date,
): JobFacts {
  const pod = observed.pods[step.job];
  const on = isOnNode(step) ? step.node : (pod?.node ?? '');
  const { startDeadlineSeconds, deadlineSeconds, nodeLostSeconds } = isFailure(settings)
    ? DEFAULTS
    : settings;
  return {
    step,
    job,
    pod,
    on,
    node: observed.nodes[on],
    failedMounts: observed.failedMounts ?? [],
    jobNamespace: observed.at.jobNamespace,
    startDeadlineSeconds,
    deadlineSeconds,
    nodeLostSeconds,
    runEndsAt: runEndsAt(run, isFailure(settings) ? DEFAULTS : settings, now),
  };
}

/** The step is in status, its Job is not there: it was never made, or somebody deleted it. */
function withoutJob(
  draft: Draft,
  observed: Observed,
  settings: Settings | Failure,
  step: Step,
  now: Date,
): void {
  // Somebody deleted the Job: its mover may be at work yet, and another under its name would hide it.
  if (observed.pods[step.job]) {
    const message = `Job ${step.job} was deleted while its mover was at work.`;
    letGo(draft, observed, settings, step, { reason: 'MoverKilled', message }, now);
    return;
  }
  const end = (failure: Failure) => endStep(draft, observed, settings, step, endedBy(failure), now);
  if (isFailure(settings)) {
    end(settings);
    return;
  }
  const { refusal } = observed;
  const run = draft.status.run!;
  const deadline = Date.parse(step.startedAt) + settings.startDeadlineSeconds * 1000;
  if (refusal?.job === step.job) {
    if (refusal.final || now.getTime() >= deadline) {
      end(refusal);
      return;
    }
    draft.trouble = { ...refusal, of: step.job };
  }
  const endsAt = runEndsAt(run, settings, now);
  if (now.getTime() >= endsAt) {
    end(tooLate(`Job ${step.job} was not made`, endsAt));
    return;
  }
  draft.wakeAt(Math.min(deadline, endsAt));
  if (!isGroup(step)) {
    const other = isExclusive(step) ? mayLive(observed, step.job) : undefined;
    if (other) {
      end({ reason: other.reason, message: other.message });
      return;
    }
    makeMaintenanceJob(draft, settings, step, now);
    return;
  }
  if (lacksPlaces(observed, run)) {
    draft.needsPlaces = true;
    return;
  }
  const found = step.items.map((name) => placeOf(name, observed, settings));
  if (isAsDecided(found, step, observed)) makeJob(draft, observed, settings, step, found, now);
  else if (readsBuckets(step)) {
    // Its Secret, its claim or what is allowed has changed: nothing has failed.
    step.finishedAt = instant(now);
    delete draft.trouble;
  } else placeAgain(draft, observed, step, settings, now);
}

/**
 * Its pod cannot start any more: what it was for is decided anew, as if it had never been, since nothing has failed. Its name is not used
 * again, and it is swept as a Job that is no step's.
 */
function makeAnew(draft: Draft, step: Step, goneProgram: string, now: Date): void {
  step.finishedAt = instant(now);
  if (!isGroup(step))
    for (const work of ['recall', 'retention', 'check', 'part', 'parts', 'prune'] as const) delete step[work];
  draft.event(
    'Normal',
    'JobOutdated',
    `Job ${step.job} waits for ConfigMap ${goneProgram}, which is gone with the version that it is of: another is made, of PodTemplate ${templateOf(step)} as it is now.`,
  );
}

type MaybePlace = Place | BucketPlacement | undefined;

/** One Job can still read all of a group, where it was to do so. */
function isAsDecided(
  found: readonly MaybePlace[],
  { node, items }: RunGroup,
  { busy }: Observed,
): found is (Placement | BucketPlacement)[] {
  const placed = found.flatMap((placement, index) =>
    placement && isPlacement(placement) ? [{ name: items[index]!, placement }] : [],
  );
  const [group, ...others] = groupsOf(placed);
  if (group?.node !== node || others.length > 0 || placed.length < items.length) return false;
  // A scratch claim that was named since may be another's.
  return node !== '' || !isTaken(group.place, busy);
}

const isElsewhere = (place: MaybePlace, node: string) =>
  place !== undefined && isPlacement(place) && place.node !== node;

/** A volume has moved since: the group is closed without an outcome, and its items are placed again. Its name is not used again. */
function placeAgain(
  draft: Draft,
  observed: Observed,
  group: RunGroup,
  settings: Settings | Failure,
  now: Date,
): void {
  group.finishedAt = instant(now);
  delete draft.trouble;
  const moved = (name: string): Failure => ({
    reason: 'VolumeMoved',
    message: `The volume of ${name} moved before it could be read.`,
  });
  settleOrRetry(
    draft,
    group.items.map((name) => failure(name, moved(name), observed)),
    settings,
    now,
    0,
  );
}
