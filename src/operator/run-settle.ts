import { DEFAULTS } from '../api/group';
import type { ItemStatus, Run, RunGroup } from '../api/service-backup';
import type { Draft } from './draft';
import type { Failure } from './failure';
import { instant } from './instant';
import { jobEnd } from './job-end';
import type { Observed } from './observed';
import { failedItem, retentionText, settled } from './outcome-to-status';
import { isPlacement, type Placement } from './placement';
import { retentionOf } from './run-next';
import { isFailure, type Settings } from './settings';

/** A volume that moved so often between decision and Job is not waited for in this run. */
const MOST_TRIES = 3;

export const openGroup = (run: Run | undefined): RunGroup | undefined =>
  run?.groups.find((group) => !group.finishedAt);

/** Takes the end of the open group's Job into status, or sees to it that it gets its Job. */
export function settleOpenGroup(
  draft: Draft,
  observed: Observed,
  settings: Settings | Failure,
  now: Date,
): void {
  const run = draft.status.run!;
  const group = openGroup(run);
  if (!group) return;
  const job = observed.jobs.find(({ name }) => name === group.job);
  if (!job) {
    withoutJob(draft, observed, settings, group, now);
    return;
  }

  const limits = isFailure(settings) ? DEFAULTS : settings;
  const end = jobEnd(
    {
      group,
      job,
      pod: observed.pods[group.job],
      node: observed.nodes[group.node],
      jobNamespace: observed.at.jobNamespace,
      startDeadlineSeconds: limits.startDeadlineSeconds,
      deadlineSeconds: limits.deadlineSeconds,
    },
    now,
  );
  if (end.state === 'open') {
    draft.wakeAt(end.lookAt);
    return;
  }
  if (end.state === 'failed') {
    failAll(draft, observed, group, end.failure, now);
    return;
  }

  const { outcome } = end;
  const because = Object.fromEntries(group.items.map((name, n) => [name, group.because?.[n] ?? '']));
  if (outcome.repository) draft.status.repository = { id: outcome.repository };
  const retention = retentionText(outcome);
  if (retention) run.retention = retention;
  close(draft, group, settled(group, outcome, observed.backup.status?.items ?? [], because, now), now);
}

/** The group is in status, its Job is not there: it was never made, or somebody deleted it. */
function withoutJob(
  draft: Draft,
  observed: Observed,
  settings: Settings | Failure,
  group: RunGroup,
  now: Date,
): void {
  if (isFailure(settings)) {
    failAll(draft, observed, group, settings, now);
    return;
  }
  const { refusal, places } = observed;
  const deadline = Date.parse(group.startedAt) + settings.startDeadlineSeconds * 1000;
  if (refusal?.job === group.job && (refusal.final || now.getTime() >= deadline)) {
    failAll(draft, observed, group, refusal, now);
    return;
  }
  if (!places) {
    draft.needsPlaces = true;
    return;
  }
  const run = draft.status.run!;
  const found = group.items.map((name) => places[name]);
  if (found.every((place): place is Placement => isPlacementOn(place, group.node))) {
    draft.actions.push({
      type: 'createJob',
      job: {
        group,
        run: run.id,
        placements: found,
        ...retentionOf(observed, run, group.items),
      },
    });
    draft.wakeAt(deadline);
    return;
  }
  // A volume has moved since: the group is closed without a Job, and its items are placed again. Its name is not used again.
  const tired = group.items.filter(
    (name) => run.groups.filter(({ items }) => items.includes(name)).length >= MOST_TRIES,
  );
  const before = observed.backup.status?.items ?? [];
  const items = tired.map((name) =>
    failedItem(
      name,
      {
        reason: 'VolumeNotAttached',
        message: `The volume of ${name} moved between nodes ${MOST_TRIES} times before it could be read: the next run tries again.`,
      },
      before.find((item) => item.name === name),
    ),
  );
  close(draft, group, items, now);
}

const isPlacementOn = (place: NonNullable<Observed['places']>[string] | undefined, node: string) =>
  place !== undefined && isPlacement(place) && place.node === node;

function failAll(draft: Draft, observed: Observed, group: RunGroup, failure: Failure, now: Date): void {
  const before = observed.backup.status?.items ?? [];
  const items = group.items.map((name, n) =>
    failedItem(
      name,
      failure,
      before.find((item) => item.name === name),
      {
        placement: { node: group.node, because: group.because?.[n] ?? '' },
        job: group.job,
      },
    ),
  );
  close(draft, group, items, now);
}

function close(draft: Draft, group: RunGroup, items: ItemStatus[], now: Date): void {
  group.finishedAt = instant(now);
  const run = draft.status.run!;
  const names = new Set(items.map((item) => item.name));
  run.done = [...run.done.filter((item) => !names.has(item.name)), ...items];
  for (const item of items)
    if (item.state !== 'Success')
      draft.event('Warning', item.reason ?? 'BackupFailed', `${item.name}: ${item.message ?? ''}`);
}
