import type { Condition, ServiceBackupStatus } from '../api/service-backup';
import { conditionsOf } from './conditions';
import type { Draft } from './draft';
import { type Failure, sentence } from './failure';
import { instant } from './instant';
import type { Observed } from './observed';
import { isFailure, type Settings } from './settings';
import { isGroup, openStep, readsBuckets } from './step';

/** What people see first: state, reason, when it runs next, conditions. */
export function standing(
  draft: Draft,
  { backup }: Pick<Observed, 'backup'>,
  settings: Settings | Failure,
  now: Date,
): void {
  const { status } = draft;
  const before = backup.status;
  const { generation } = backup.metadata;
  const problem = isFailure(settings) ? settings : undefined;
  if (generation !== undefined) status.observedGeneration = generation;
  assign(status, headline(draft, problem));
  if (problem && before?.reason !== status.reason && status.reason === problem.reason)
    draft.event('Warning', problem.reason, problem.message);
  tellTrouble(draft, before);

  const next = isFailure(settings) ? undefined : settings.schedule.next(now);
  assign(status, {
    nextBackup: next && !isFailure(settings) && !settings.suspend ? instant(next) : undefined,
    ...(!isFailure(settings) && { periodSeconds: settings.schedule.period(now) }),
  });
  draft.wakeAt(next?.getTime());

  status.conditions = conditionsOf(status, settings).map((wanted): Condition => {
    const known = before?.conditions?.find(({ type }) => type === wanted.type);
    const since = known?.status === wanted.status ? known.lastTransitionTime : instant(now);
    return {
      ...wanted,
      lastTransitionTime: since,
      ...(generation !== undefined && { observedGeneration: generation }),
    };
  });
}

/** Told once of each Job (or node) and reason: should the reason come and go, the event's name sees to it. */
function tellTrouble(draft: Draft, before: ServiceBackupStatus | undefined): void {
  const { trouble, status } = draft;
  if (!trouble || (before?.state === 'Running' && before.reason === trouble.reason)) return;
  draft.event('Warning', trouble.reason, trouble.message, `${status.run?.id} ${trouble.of}`);
}

type Headline = Pick<ServiceBackupStatus, 'state' | 'reason' | 'message'>;

function headline({ status, trouble, turn }: Draft, problem: Failure | undefined): Headline {
  const { run, lastBackup } = status;
  if (run) {
    if (trouble) return { state: 'Running', reason: trouble.reason, message: sentence(trouble.message) };
    const message = whatIsDone(status) ?? (turn ? 'Waits for its turn: as many Jobs run as may.' : undefined);
    return { state: 'Running', reason: undefined, message: message && sentence(message) };
  }
  if (problem) return { state: 'Failed', reason: problem.reason, message: sentence(problem.message) };
  return { state: lastBackup?.state, reason: lastBackup?.reason, message: lastBackup?.message };
}

function whatIsDone({ run }: ServiceBackupStatus): string | undefined {
  const step = openStep(run);
  if (!step) return undefined;
  if (isGroup(step)) {
    const on = readsBuckets(step) ? '' : ` on ${step.node}`;
    return `Job ${step.job} reads ${step.items.join(', ')}${on}.`;
  }
  const work = [
    ...(step.recall ? [`reads back what became of ${step.recall.join(', ')}`] : []),
    ...(step.retention ? ['forgets old snapshots'] : []),
    ...(step.check ? [`checks part ${step.part} of ${step.parts} of the repository`] : []),
    ...(step.prune ? ['frees the space of forgotten snapshots'] : []),
  ];
  return `Job ${step.job} ${work.join(', ')}.`;
}

/** Sets what is defined and takes away what is not: an absent field and one that is undefined are different to the eye only. */
function assign(status: ServiceBackupStatus, fields: Partial<ServiceBackupStatus>): void {
  for (const [name, value] of Object.entries(fields)) {
    if (value === undefined) delete status[name as keyof ServiceBackupStatus];
    else Object.assign(status, { [name]: value });
  }
}
