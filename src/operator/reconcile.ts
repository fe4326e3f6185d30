import type { ServiceBackup } from '../api/kinds';
import { isKubeError } from '../kube/error';
import { RESOURCES } from '../kube/resources';
import { type Acting, act } from './act';
import type { Action } from './draft';
import { lookUpPlaces, observe, type Surroundings } from './observe';
import type { Observed } from './observed';
import { type Plan, plan } from './plan';
import { nodeOf } from './step-job';
import { isOver } from './sweep';

export interface Reconciled {
  /** When to look again. */
  wakeAt?: Date;
  /** Waits for a Job's end or a node. */
  waiting: boolean;
  /** There is no such ServiceBackup. */
  gone?: boolean;
}

/** Observes, plans, writes the decision into status, and only then does it. */
export async function reconcile(
  around: Acting & { onDecision(words: string, details: Record<string, unknown>): void },
  key: string,
): Promise<Reconciled> {
  const [namespace, name] = key.split('/') as [string, string];
  const backup = await around.kube.get<ServiceBackup>(RESOURCES.serviceBackups, name, namespace);
  await sweepOrphans(around, key, backup?.metadata.uid);
  if (!backup || backup.metadata.deletionTimestamp) return { waiting: false, gone: true };

  const observed = await observe(around, backup);
  const decided = await decide(around, observed);
  // A plan that stands on `busy` must claim before anybody else is asked.
  if (decided.changed) {
    try {
      observed.backup = await around.kube.replaceStatus<ServiceBackup>(RESOURCES.serviceBackups, {
        ...backup,
        status: decided.status,
      });
    } catch (error) {
      for (const action of decided.actions)
        if (action.type === 'createJob') around.slots.release(action.job.step.job);
      // Somebody wrote meanwhile: what was decided rests on what is no longer so.
      if (isKubeError(error, 'Conflict')) return { waiting: false, wakeAt: new Date() };
      throw error;
    }
  }
  for (const action of decided.actions) around.onDecision(...inWords(action));
  await act(around, observed, decided.actions);
  // Whatever a plan says: one that changed nothing is not made again at once.
  const soonest = decided.changed ? 0 : Date.now() + 250;
  const wakeAt = decided.wakeAt && new Date(Math.max(decided.wakeAt.getTime(), soonest));
  return { waiting: decided.waiting || decided.turn !== undefined, ...(wakeAt && { wakeAt }) };
}

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
  observed.places = await lookUpPlaces(around, observed);
  return planAndClaim(around, observed);
}

/** Without a pause between looking at what is busy and claiming: two ServiceBackups never decide for the same node. */
function planAndClaim({ slots }: Surroundings, observed: Observed): Plan {
  const { uid } = observed.backup.metadata;
  observed.busy = slots.busy(uid);
  const made = plan(observed, new Date());
  for (const action of made.actions)
    if (action.type === 'createJob') slots.claim(action.job.step.job, nodeOf(action.job), uid);
  return made;
}

/** Jobs of a ServiceBackup that was deleted, or deleted and made again: nobody will ask for their outcome. */
async function sweepOrphans(
  { kube, mirrors, at }: Surroundings,
  key: string,
  uid: string | undefined,
): Promise<void> {
  const pods = new Map([...mirrors.pods.values()].map((pod) => [pod.job, pod]));
  for (const job of mirrors.jobs.values())
    if (job.ownerKey === key && job.owner !== uid && isOver(job, pods.get(job.name)))
      await kube.delete(RESOURCES.jobs, job.name, at.jobNamespace, { uid: job.uid });
}
