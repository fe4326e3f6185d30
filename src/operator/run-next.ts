import type { Run, RunGroup } from '../api/service-backup';
import type { Draft } from './draft';
import type { Failure } from './failure';
import { type Group, groupsOf, inOrder } from './grouping';
import { instant } from './instant';
import { jobName } from './names';
import type { Observed } from './observed';
import { failedItem } from './outcome-to-status';
import { isPlacement, type Place } from './placement';
import { finishRun } from './run-finish';
import { isFailure, type Settings } from './settings';

/** While every node is taken, its Jobs' ends are waited for; this often it is looked anyway. Milliseconds. */
const LOOK_AGAIN = 30_000;

/** How long a right that is missing is waited for. Milliseconds. */
const PERMISSION_PATIENCE = 15_000;

const undone = ({ backup }: Observed, run: Run): string[] => {
  const done = new Set(run.done.map(({ name }) => name));
  return backup.spec.backups.map(({ name }) => name).filter((name) => !done.has(name));
};

/** Decides the next group of a run, waits, or ends the run. */
export function nextGroup(draft: Draft, observed: Observed, settings: Settings | Failure, now: Date): void {
  const run = draft.status.run!;
  if (run.groups.some((group) => !group.finishedAt)) return;
  const left = undone(observed, run);
  if (left.length === 0) {
    finishRun(draft, observed, now);
    return;
  }
  if (isFailure(settings)) {
    fail(
      draft,
      observed,
      left.map((name) => [name, settings]),
    );
    finishRun(draft, observed, now);
    return;
  }
  if (!observed.places) {
    draft.needsPlaces = true;
    return;
  }

  const { places, nodes, busy } = observed;
  const groups = placedGroups(observed, left);
  const group = groups[0];
  if (group && nodes[group.node]?.ready) {
    const taken = busy.includes(group.node);
    if (taken || busy.length >= settings.maxParallelJobs) {
      draft.waiting = true;
      draft.wakeAt(now.getTime() + LOOK_AGAIN);
      return;
    }
    decide(draft, observed, group, now);
    return;
  }
  // Only nodes that are not ready are left: they get as long as a pod gets to start.
  const patience = lastProgress(run) + settings.startDeadlineSeconds * 1000;
  if (group && now.getTime() < patience) {
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
  finishRun(draft, observed, now);
}

/** The items that can be placed, in the order in which their groups run. */
function placedGroups({ backup, places, nodes, busy }: Observed, names: readonly string[]): Group[] {
  const placed = names.flatMap((name) => {
    const placement = places?.[name];
    return placement && isPlacement(placement) ? [{ name, placement }] : [];
  });
  const before = backup.status?.items ?? [];
  return inOrder(groupsOf(placed), {
    isReady: (node) => nodes[node]?.ready === true,
    isBusy: (node) => busy.includes(node),
    expected: (name) => before.find((item) => item.name === name)?.seconds ?? 0,
  });
}

function decide(draft: Draft, observed: Observed, { node, items }: Group, now: Date): void {
  const run = draft.status.run!;
  const { metadata } = observed.backup;
  const group: RunGroup = {
    node,
    job: jobName({
      cluster: observed.at.cluster,
      namespace: metadata.namespace,
      name: metadata.name,
      uid: metadata.uid,
      run: run.id,
      group: run.groups.length + 1,
    }),
    items: items.map(({ name }) => name),
    because: items.map(({ placement }) => placement.because),
    startedAt: instant(now),
  };
  run.groups = [...run.groups, group];
  draft.actions.push({
    type: 'createJob',
    job: {
      group,
      run: run.id,
      placements: items.map(({ placement }) => placement),
      ...retentionOf(observed, run, group.items),
    },
  });
}

/**
 * Retention goes with the run's last group: the last that can be read as things stand. An item that cannot be placed does not
 * hold it up, or the repository would grow for as long as one claim of the service is unused.
 */
export function retentionOf(
  observed: Observed,
  run: Run,
  items: readonly string[],
): { retentionOf: string[] } | undefined {
  const others = undone(observed, run).filter((name) => !items.includes(name));
  const readable = placedGroups(observed, others).some(({ node }) => observed.nodes[node]?.ready);
  if (readable) return undefined;
  return { retentionOf: run.done.filter(({ state }) => state === 'Success').map(({ name }) => name) };
}

const lastProgress = (run: Run): number =>
  Math.max(
    ...[run.startedAt, ...run.groups.map((group) => group.finishedAt ?? '')].map((at) => Date.parse(at) || 0),
  );

function fail(draft: Draft, observed: Observed, items: (readonly [string, Place])[]): void {
  const before = observed.backup.status?.items ?? [];
  const run = draft.status.run!;
  for (const [name, place] of items) {
    const failure = isPlacement(place) ? notReady(name, place.node, place.because) : place;
    const item = failedItem(
      name,
      failure,
      before.find((known) => known.name === name),
      isPlacement(place) ? { placement: { node: place.node, because: place.because } } : {},
    );
    run.done = [...run.done, item];
    draft.event('Warning', failure.reason, failure.message);
  }
}

const notReady = (name: string, node: string, because: string): Failure => ({
  reason: 'NodeNotReady',
  message: `The volume of ${name} is on ${node} (${because}), which is not ready: bring the node back, or move the service; the next run tries again.`,
});
