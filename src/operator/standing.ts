import type { Condition, ServiceBackupStatus } from '../api/service-backup';
import type { Draft } from './draft';
import { type Failure, sentence } from './failure';
import { instant } from './instant';
import type { Observed } from './observed';
import { isFailure, type Settings } from './settings';

/** What people see first: state, reason, when it runs next, conditions. */
export function standing(draft: Draft, { backup }: Observed, settings: Settings | Failure, now: Date): void {
  const { status } = draft;
  const problem = isFailure(settings) ? settings : undefined;
  if (backup.metadata.generation !== undefined) status.observedGeneration = backup.metadata.generation;
  assign(status, headline(status, problem, draft.waiting));
  if (problem && backup.status?.reason !== status.reason && status.reason === problem.reason)
    draft.event('Warning', problem.reason, problem.message);

  const next = isFailure(settings) ? undefined : settings.schedule.next(now);
  assign(status, {
    nextBackup: next && !isFailure(settings) && !settings.suspend ? instant(next) : undefined,
  });
  draft.wakeAt(next?.getTime());

  status.conditions = [
    problem
      ? condition('Ready', 'False', problem.reason, problem.message)
      : condition('Ready', 'True', 'Ready', 'Backups are made as declared.'),
    lastBackupSucceeded(status),
  ].map((wanted) => {
    const known = backup.status?.conditions?.find(({ type }) => type === wanted.type);
    const since = known?.status === wanted.status ? known.lastTransitionTime : instant(now);
    const made: Condition = {
      ...wanted,
      lastTransitionTime: since,
      ...(backup.metadata.generation !== undefined && { observedGeneration: backup.metadata.generation }),
    };
    return made;
  });
}

type Headline = Pick<ServiceBackupStatus, 'state' | 'reason' | 'message'>;

function headline(status: ServiceBackupStatus, problem: Failure | undefined, waiting: boolean): Headline {
  const { run, lastBackup } = status;
  if (run) {
    const group = run.groups.find(({ finishedAt }) => !finishedAt);
    const left = group ? `Job ${group.job} reads ${group.items.join(', ')} on ${group.node}.` : undefined;
    return {
      state: 'Running',
      reason: undefined,
      message: left ? sentence(left) : waiting ? 'Waits for a node to be free and ready.' : undefined,
    };
  }
  if (problem) return { state: 'Failed', reason: problem.reason, message: sentence(problem.message) };
  return { state: lastBackup?.state, reason: lastBackup?.reason, message: lastBackup?.message };
}

function lastBackupSucceeded({ lastBackup }: ServiceBackupStatus) {
  const type = 'LastBackupSucceeded';
  if (!lastBackup) return condition(type, 'Unknown', 'NoBackupYet', 'No run has ended yet.');
  return lastBackup.state === 'Success'
    ? condition(type, 'True', 'BackupSucceeded', `Run ${lastBackup.run} backed up every item.`)
    : condition(type, 'False', lastBackup.reason ?? 'BackupFailed', lastBackup.message ?? '');
}

const condition = (
  type: string,
  status: Condition['status'],
  reason: string,
  message: string,
): Omit<Condition, 'lastTransitionTime'> => ({ type, status, reason, message });

/** Sets what is defined and takes away what is not: an absent field and one that is undefined are different to the eye only. */
function assign(status: ServiceBackupStatus, fields: Partial<ServiceBackupStatus>): void {
  for (const [name, value] of Object.entries(fields)) {
    if (value === undefined) delete status[name as keyof ServiceBackupStatus];
    else Object.assign(status, { [name]: value });
  }
}
