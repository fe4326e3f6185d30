import { isReason } from '../api/reasons';
import type { ItemStatus, Retry, Run, RunGroup, ServiceBackupStatus } from '../api/service-backup';
import { placeOf } from './bucket-place';
import { damageOf } from './damage';
import type { Draft } from './draft';
import type { Failure } from './failure';
import { type Group, groupsOf, inOrder } from './grouping';
import { instant } from './instant';
import { itemNames, typeOf } from './items';
import { mayLive } from './living-pods';
import { nextMaintenance } from './maintenance-next';
import type { Observed } from './observed';
import { failedItem } from './outcome-to-status';
import { type BucketPlacement, isOfBucket, isPlacement, type Place, type Placement } from './placement';
import { type Snapshot, succeeded } from './retention-task';
import { resting, settleOrRetry } from './retries';
import { notReached, runEndsAt, secondsLeft } from './run-deadline';
import { fixSelection } from './selection';
import { isFailure, type Settings } from './settings';
import { settle } from './settled';
import { knownItems, nextJobName, openStep } from './step';
import type { Turn } from './turn';
import { isWorthWaiting, lastProgress, waitsForRights } from './worth-waiting';

const NEVER_READ = 3600;

const undone = ({ backup }: Observed, run: Run): string[] => {
  const done = new Set(run.done.map(({ name }) => name));
  return itemNames(backup, run.selected).filter((name) => !done.has(name));
};

/** Volumes are to be read, and nobody has looked where they are. Whether a Job is a run's last depends on those, too, that it does not read. */
export const lacksPlaces = (observed: Observed, run: Run): boolean =>
  !observed.places && undone(observed, run).some((name) => typeOf(name) === 'pvc');

/** Decides the next step of a run, waits, or ends the run. */
export function nextStep(draft: Draft, observed: Observed, settings: Settings | Failure, now: Date): void {
  const run = draft.status.run!;
  if (openStep(run) || !fixSelection(draft, observed, settings, now)) return;
  const left = undone(observed, run);
  if (left.length > 0) nextGroup(draft, observed, settings, left, now);
  // Whatever became of the volumes: what is left to do for the repository comes after them.
  if (!draft.needsPlaces && !openStep(run) && undone(observed, run).length === 0)
    nextMaintenance(draft, observed, settings, now);
}

function nextGroup(
  draft: Draft,
  observed: Observed,
  settings: Settings | Failure,
  left: readonly string[],
  now: Date,
): void {
  const run = draft.status.run!;
  if (isFailure(settings)) {
    const failed = left.map((name) => failure(name, settings, observed));
    settle(draft, failed);
    return;
  }
  const endsAt = runEndsAt(run, settings, now);
  if (now.getTime() >= endsAt) {
    settle(
      draft,
      left.map((name) => failure(name, notReached(name, run, endsAt), observed)),
    );
    return;
  }
  draft.wakeAt(endsAt);
  const rests = resting(run, now);
  const ready = left.filter((name) => !rests.some((rest) => rest.name === name));
  if (ready.length > 0) placeOrWait(draft, observed, settings, ready, now);
  if (!draft.needsPlaces && !openStep(run)) waitForRetry(draft, resting(run, now));
}

/** Decides the next of the groups that can be decided, waits for what holds them up, or settles them. */
function placeOrWait(
  draft: Draft,
  observed: Observed,
  settings: Settings,
  left: readonly string[],
  now: Date,
): void {
  const run = draft.status.run!;
  if (lacksPlaces(observed, run)) {
    draft.needsPlaces = true;
    return;
  }
  const { places, busy } = observed;
  const groups = placedGroups(observed, left, settings);
  const [group] = groups;
  if (group && isReady(group, observed)) {
    if (isTaken(group.place, busy) || busy.length >= settings.maxParallelJobs)
      draft.waitForTurn(turnOf(groups, observed, settings), now);
    else decide(draft, observed, settings, group, now);
    return;
  }
  // Only nodes that are not ready are left: they get as long as a pod gets to start.
  const patience = lastProgress(run) + settings.startDeadlineSeconds * 1000;
  if (group && now.getTime() < patience) {
    const [{ name, placement }] = group.items as [Group['items'][number]];
    draft.trouble = { ...notReady(name, group.node, placement.because), of: group.node };
    draft.waiting = true;
    draft.wakeAt(patience);
    return;
  }
  const refused = left.some((name) => (places?.[name] as Failure | undefined)?.reason === 'NotPermitted');
  if (refused && waitsForRights(draft, now)) return;
  const items = left.map((name) => unplaced(name, placeOf(name, observed, settings)!, observed));
  settleOrRetry(draft, items, settings, now);
}

/** What failed is tried again later: until then the run says why it waits. */
function waitForRetry(draft: Draft, rests: readonly Retry[]): void {
  const [first] = [...rests].sort((a, b) => Date.parse(a.at) - Date.parse(b.at));
  if (!first) return;
  draft.wakeAt(Date.parse(first.at));
  const { name, reason, message, attempts, at } = first;
  // A later version, before a roll-back, may have known of more.
  if (!isReason(reason)) return;
  draft.trouble ??= {
    reason,
    message: `${name}: ${message ?? ''} Tried again at ${at}.`,
    of: `${name} ${attempts}`,
  };
}

/** A bucket can be read from any node. */
const isReady = ({ node }: Group, { nodes }: Observed): boolean => node === '' || nodes[node]?.ready === true;

/** Buckets without a scratch claim are in nobody's way. */
export const isTaken = (place: string, busy: readonly string[]): boolean =>
  place !== '' && busy.includes(place);

/** The items that can be placed, in the order in which their groups run. */
function placedGroups(observed: Observed, names: readonly string[], settings: Settings): Group[] {
  const { backup, nodes, busy } = observed;
  const placed = names.flatMap((name) => {
    const placement = placeOf(name, observed, settings);
    return placement && isPlacement(placement) ? [{ name, placement }] : [];
  });
  const before = knownItems(backup.status);
  return inOrder(groupsOf(placed), {
    isReady: (node) => nodes[node]?.ready === true,
    isBusy: (place) => isTaken(place, busy),
    expected: (name) => before.find((item) => item.name === name)?.seconds ?? 0,
  });
}

function turnOf(groups: readonly Group[], observed: Observed, { maxParallelJobs }: Settings): Turn {
  return {
    nodes: groups.filter((group) => isReady(group, observed)).map(({ place }) => place),
    seconds: expected(
      observed.backup.status,
      groups.flatMap(({ items }) => items.map(({ name }) => name)),
    ),
    limit: maxParallelJobs,
  };
}

/** How long items took last time, in seconds. What was never read is read from its beginning: it is taken for long. */
function expected(status: ServiceBackupStatus | undefined, names: readonly string[]): number {
  const known = new Map(knownItems(status).map((item) => [item.name, item.seconds ?? NEVER_READ]));
  return names.reduce((sum, name) => sum + (known.get(name) ?? NEVER_READ), 0);
}

function decide(
  draft: Draft,
  observed: Observed,
  settings: Settings,
  { node, items }: Group,
  now: Date,
): void {
  const run = draft.status.run!;
  const names = items.map(({ name }) => name);
  if (retentionOf(draft.status, observed, settings, names) && isWorthWaiting(draft, observed, settings, now))
    return;
  const step: RunGroup = {
    node,
    job: nextJobName(observed, run),
    items: names,
    because: items.map(({ placement }) => placement.because),
    startedAt: instant(now),
  };
  run.groups = [...run.groups, step];
  const placements = items.map(({ placement }) => placement);
  makeJob(draft, observed, settings, step, placements, now);
}

/** Has the Job of a group made, with retention if it is the run's last. */
export function makeJob(
  draft: Draft,
  observed: Observed,
  settings: Settings,
  step: RunGroup,
  placements: (Placement | BucketPlacement)[],
  now: Date,
): void {
  const run = draft.status.run!;
  const deadlineSeconds = secondsLeft(run, settings, now);
  const buckets = placements.filter(isOfBucket);
  const job = {
    ...{ step, run: run.id, deadlineSeconds },
    ...(buckets.length > 0
      ? { buckets }
      : { placements: placements.filter((placement) => !isOfBucket(placement)) }),
  };
  const retention = retentionOf(draft.status, observed, settings, step.items);
  const zombie = retention && mayLive(observed, step.job);
  if (zombie) run.retention = { failed: true, reason: zombie.reason, message: zombie.message };
  draft.actions.push({
    type: 'createJob',
    job: { ...job, ...(retention && !zombie && { retentionOf: retention }) },
  });
}

/**
 * Retention goes with the run's last group: the last that can be read as things stand. An item that cannot be placed does not
 * hold it up, or the repository would grow for as long as one claim of the service is unused.
 */
function retentionOf(
  status: ServiceBackupStatus,
  observed: Observed,
  settings: Settings,
  items: readonly string[],
): Snapshot[] | undefined {
  const run = status.run!;
  // Whoever reads data may not be allowed to delete: a Job that has other keys forgets, after all groups (maintenance-due.ts).
  if (settings.s3.maintenanceCredentials || damageOf(status)) return undefined;
  const others = undone(observed, run).filter((name) => !items.includes(name));
  if (placedGroups(observed, others, settings).some((group) => isReady(group, observed))) return undefined;
  return succeeded(run);
}

/** An item that fails for a reason of the run's, with what is known of it. */
export const failure = (name: string, why: Failure, { backup }: Observed): ItemStatus =>
  failedItem(
    name,
    why,
    knownItems(backup.status).find((known) => known.name === name),
  );

/** An item that cannot be read where it is, or of which nobody knows where it is. */
const unplaced = (name: string, place: Place | BucketPlacement, observed: Observed): ItemStatus => {
  if (!isPlacement(place)) return failure(name, place, observed);
  const { node, because } = place;
  return { ...failure(name, notReady(name, node, because), observed), placement: { node, because } };
};

const notReady = (name: string, node: string, because: string): Failure => ({
  reason: 'NodeNotReady',
  message: `The volume of ${name} is on ${node} (${because}), which is not ready: bring the node back, or move the service; the next run tries again.`,
});
