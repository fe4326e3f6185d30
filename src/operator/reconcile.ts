import type { ServiceBackup } from '../api/kinds';
import { misfitOf } from '../api/misfit';
import type { RunGroup } from '../api/service-backup';
import { isKubeError } from '../kube/error';
import { RESOURCES } from '../kube/resources';
import { type Acting, act, tell } from './act';
import type { Action } from './draft';
import { lookUp } from './look-up';
import { misunderstood } from './misunderstood';
import { observe, type Surroundings } from './observe';
import type { Observed } from './observed';
import { isPlacement } from './placement';
import { differs, type Plan, plan } from './plan';
import { isOnNode, openStep } from './step';
import { takenBy } from './step-job';
import type { Turn } from './turn';
import type { JobView } from './views';

export interface Reconciled {
  /** When to look again. */
  wakeAt?: Date;
  /** Waits for its turn. */
  turn?: Turn;
  /** Waits for one of these nodes to be ready. */
  nodes?: readonly string[];
  /** Its UID. */
  uid?: string;
  /** The group of volumes whose mover is at work. */
  moving?: RunGroup;
  /** There is no such ServiceBackup. */
  gone?: boolean;
}

/** What is looked at again within this time is not read again. Milliseconds. */
const SOON = 1000;

/** Observes, plans, writes the decision into status, and only then does it. */
export async function reconcile(
  around: Acting & { onDecision(words: string, details: Record<string, unknown>): void },
  key: string,
): Promise<Reconciled> {
  const [namespace, name] = key.split('/') as [string, string];
  const { kept } = around;
  const known = kept.get(key);
  const jobs = around.mirrors.jobs.by('ownerKey', key);
  const areOurs = jobs.every(({ owner }) => owner === known?.metadata.uid);
  const backup =
    known && areOurs
      ? known
      : await around.kube.get<ServiceBackup>(RESOURCES.serviceBackups, name, namespace);
  await sweepOrphans(around, jobs, backup?.metadata.uid);
  if (!backup || backup.metadata.deletionTimestamp) {
    kept.forget(key);
    return { gone: true };
  }

  const { uid } = backup.metadata;
  const misfit = misfitOf(backup);
  if (misfit) {
    await tellMisfit(around, key, backup, misfit);
    return { uid };
  }
  const began = performance.now();
  const openBefore = openStep(backup.status?.run)?.job;
  const observed = await observe(around, backup);
  const decided = await decide(around, observed);
  if (decided.changed || touchesJobs(decided.actions)) {
    try {
      observed.backup = await kept.write(key, () =>
        around.kube.replaceStatus<ServiceBackup>(RESOURCES.serviceBackups, {
          ...backup,
          status: decided.status,
        }),
      );
    } catch (error) {
      // Without an answer nobody knows whether it was written: the node stays claimed until that is seen, or is too long ago.
      if (isRefused(error))
        for (const action of decided.actions)
          if (action.type === 'createJob') around.slots.turns.release(action.job.step.job);
      // Somebody wrote meanwhile: what was decided rests on what is no longer so.
      if (isKubeError(error, 'Conflict')) return { wakeAt: new Date(around.clock.now()) };
      throw error;
    }
  }
  for (const action of decided.actions) around.onDecision(...inWords(action));
  await act(around, observed, decided.actions, began, openBefore);
  // Whatever a plan says: one that changed nothing is not made again at once.
  const soonest = decided.changed ? 0 : around.clock.now() + 250;
  const wakeAt = decided.wakeAt && new Date(Math.max(decided.wakeAt.getTime(), soonest));
  // A run waits for others' Jobs, or for its tick: thousands may at once.
  const isOnItsWay = wakeAt !== undefined && wakeAt.getTime() <= around.clock.now() + SOON;
  if (!openStep(decided.status.run) && !isOnItsWay) kept.forget(key);
  const { turn, waiting } = decided;
  const moving = movingGroup(decided, observed);
  return {
    uid,
    ...(moving && { moving }),
    ...(turn && { turn }),
    ...(waiting && { nodes: nodesAway(observed) }),
    ...(wakeAt && { wakeAt }),
  };
}

type Around = Parameters<typeof reconcile>[0];

async function tellMisfit(
  around: Around,
  key: string,
  backup: ServiceBackup,
  misfit: NonNullable<ReturnType<typeof misfitOf>>,
): Promise<void> {
  const { kube, kept, clock } = around;
  const { status, event, words } = misunderstood(backup, misfit, new Date(clock.now()));
  around.onDecision(words, { reason: 'ConfigInvalid' });
  if (status && differs(backup.status ?? {}, status))
    await kept.write(key, () => kube.replaceStatus(RESOURCES.serviceBackups, { ...backup, status }));
  kept.forget(key);
  if (event) await tell(around, backup, event);
}

function movingGroup({ status }: Plan, { pods }: Observed): RunGroup | undefined {
  const step = openStep(status.run);
  if (!step || !isOnNode(step) || step.yieldsTo) return undefined;
  const pod = pods[step.job];
  return pod?.started && !pod.terminated ? step : undefined;
}

/**
 * Jobs are only made and deleted after a write, even of the same status: it is a Conflict if another operator has since made the Job that
 * looks like a leftover here, or has taken the end of one into status, and deleted it. Its name alone would let it be made once more.
 */
const touchesJobs = (actions: readonly Action[]): boolean =>
  actions.some(({ type }) => type === 'createJob' || type === 'deleteJob');

const isRefused = (error: unknown): boolean =>
  isKubeError(error) && error.status >= 400 && error.status < 500;

const nodesAway = ({ places = {}, nodes }: Observed): string[] =>
  Object.values(places).flatMap((place) =>
    isPlacement(place) && !nodes[place.node]?.ready ? [place.node] : [],
  );

function inWords(action: Action): [words: string, details: Record<string, unknown>] {
  switch (action.type) {
    case 'createJob': {
      const { startedAt: _, ...step } = action.job.step;
      return ['create Job', step];
    }
    case 'deleteJob':
      return ['delete Job', { job: action.name }];
    case 'event':
      return [action.event.message, { reason: action.event.reason }];
    case 'notify':
      return ['notify', {}];
  }
}

async function decide(around: Surroundings, observed: Observed): Promise<Plan> {
  const first = planAndClaim(around, observed);
  if (!first.needsPlaces) return first;
  Object.assign(observed, await lookUp(around, observed));
  return planAndClaim(around, observed);
}

/** Without a pause between looking at what is busy and claiming: two ServiceBackups never decide for the same node. */
function planAndClaim({ slots, clock }: Surroundings, observed: Observed): Plan {
  const { uid: owner } = observed.backup.metadata;
  observed.busy = slots.turns.busy(owner);
  const made = plan(observed, new Date(clock.now()));
  for (const action of made.actions)
    if (action.type === 'createJob')
      slots.turns.claim(action.job.step.job, { node: takenBy(action.job), owner });
  return made;
}

/**
 * Jobs of a ServiceBackup that was deleted, or deleted and made again: nobody will ask for their outcome. One at work is told to end.
 * `jobs`: those that were there before `uid` was read, so that none is of a ServiceBackup made since.
 */
async function sweepOrphans(
  { kube, at }: Surroundings,
  jobs: readonly JobView[],
  uid: string | undefined,
): Promise<void> {
  for (const job of jobs)
    if (job.owner !== uid) await kube.delete(RESOURCES.jobs, job.name, at.jobNamespace, { uid: job.uid });
}
