import type { Run, RunGroup, ServiceBackupStatus } from '../api/service-backup';
import { damageOf } from './damage';
import type { Draft } from './draft';
import type { Failure } from './failure';
import { type Group, groupsOf, inOrder } from './grouping';
import { instant } from './instant';
import { nextMaintenance } from './maintenance-next';
import type { Observed } from './observed';
import { failedItem } from './outcome-to-status';
import { isPlacement, type Place } from './placement';
import { isFailure, type Settings } from './settings';
import { settle } from './settled';
import { knownItems, nextJobName, openStep } from './step';
import type { Turn } from './turn';

/** How long a right that is missing is waited for. Milliseconds. */
const PERMISSION_PATIENCE = 15_000;

const undone = ({ backup }: Observed, run: Run): string[] => {
  const done = new Set(run.done.map(({ name }) => name));
  return backup.spec.backups.map(({ name }) => name).filter((name) => !done.has(name));
};

/** Decides the next step of a run, waits, or ends the run. */
export function nextStep(draft: Draft, observed: Observed, settings: Settings | Failure, now: Date): void {
  const run = draft.status.run!;
  if (openStep(run)) return;
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
    fail(
      draft,
      observed,
      left.map((name) => [name, settings]),
    );
    return;
  }
  if (!observed.places) {
    draft.needsPlaces = true;
    return;
  }

  const { places, nodes, busy } = observed;
  const groups = placedGroups(observed, left);
  const [group] = groups;
  if (group && nodes[group.node]?.ready) {
    if (busy.includes(group.node) || busy.length >= settings.maxParallelJobs) {
      draft.waitForTurn(turnOf(groups, observed, settings), now);
      return;
    }
    decide(draft, observed, group, now);
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
  // A declaration is applied object by object: its RoleBinding may come after it.
  const refused = left.some((name) => (places[name] as Failure).reason === 'NotPermitted');
  if (refused && now.getTime() < lastProgress(run) + PERMISSION_PATIENCE) {
    draft.wakeAt(now.getTime() + 2000);
    return;
  }
  fail(
    draft,
    observed,
    left.map((name) => [name, places[name]!]),
  );
}

/** The items that can be placed, in the order in which their groups run. */
function placedGroups({ backup, places, nodes, busy }: Observed, names: readonly string[]): Group[] {
  const placed = names.flatMap((name) => {
    const placement = places?.[name];
    return placement && isPlacement(placement) ? [{ name, placement }] : [];
  });
  const before = knownItems(backup.status);
  return inOrder(groupsOf(placed), {
    isReady: (node) => nodes[node]?.ready === true,
    isBusy: (node) => busy.includes(node),
    expected: (name) => before.find((item) => item.name === name)?.seconds ?? 0,
  });
}

function turnOf(groups: readonly Group[], { backup, nodes }: Observed, { maxParallelJobs }: Settings): Turn {
  const ready = groups.filter(({ node }) => nodes[node]?.ready);
  return {
    nodes: ready.map(({ node }) => node),
    seconds: expected(
      backup.status,
      groups.flatMap(({ items }) => items.map(({ name }) => name)),
    ),
    limit: maxParallelJobs,
  };
}

/** How long items took last time, in seconds. */
function expected(status: ServiceBackupStatus | undefined, names: readonly string[]): number {
  const known = new Map(knownItems(status).map((item) => [item.name, item.seconds ?? 0]));
  return names.reduce((sum, name) => sum + (known.get(name) ?? 0), 0);
}

function decide(draft: Draft, observed: Observed, { node, items }: Group, now: Date): void {
  const run = draft.status.run!;
  const step: RunGroup = {
    node,
    job: nextJobName(observed, run),
    items: items.map(({ name }) => name),
    because: items.map(({ placement }) => placement.because),
    startedAt: instant(now),
  };
  run.groups = [...run.groups, step];
  const placements = items.map(({ placement }) => placement);
  draft.actions.push({
    type: 'createJob',
    job: { step, run: run.id, placements, ...retentionOf(draft.status, observed, step.items) },
  });
}

/**
 * Retention goes with the run's last group: the last that can be read as things stand. An item that cannot be placed does not
 * hold it up, or the repository would grow for as long as one claim of the service is unused.
 */
export function retentionOf(
  status: ServiceBackupStatus,
  observed: Observed,
  items: readonly string[],
): { retentionOf: { name: string; snapshot: string }[] } | undefined {
  const run = status.run!;
  if (damageOf(status)) return undefined;
  const others = undone(observed, run).filter((name) => !items.includes(name));
  const readable = placedGroups(observed, others).some(({ node }) => observed.nodes[node]?.ready);
  if (readable) return undefined;
  return {
    retentionOf: run.done.flatMap(({ name, state, snapshot }) =>
      state === 'Success' && snapshot ? [{ name, snapshot }] : [],
    ),
  };
}

const lastProgress = (run: Run): number =>
  Math.max(
    ...[run.startedAt, ...run.groups.map((group) => group.finishedAt ?? '')].map((at) => Date.parse(at) || 0),
  );

function fail(draft: Draft, observed: Observed, items: (readonly [string, Place])[]): void {
  const before = knownItems(observed.backup.status);
  settle(
    draft,
    items.map(([name, place]) =>
      failedItem(
        name,
        isPlacement(place) ? notReady(name, place.node, place.because) : place,
        before.find((known) => known.name === name),
        isPlacement(place) ? { placement: { node: place.node, because: place.because } } : {},
      ),
    ),
  );
}

const notReady = (name: string, node: string, because: string): Failure => ({
  reason: 'NodeNotReady',
  message: `The volume of ${name} is on ${node} (${because}), which is not ready: bring the node back, or move the service; the next run tries again.`,
});
