import { CONTRACT_VERSION } from '../api/contract';
import type { Maintenance } from '../api/service-backup';
import type { MaintainTask, RepositoryRef } from '../api/task';
import type { Settings } from './settings';

/** A Job that looks after the repository: it sees no volume, and runs wherever there is room. */
export interface MaintenanceJob {
  step: Maintenance;
  run: string;
  deadlineSeconds: number;
}

export function maintainTask(
  { step, run }: MaintenanceJob,
  { prune }: Pick<Settings, 'prune'>,
  repository: RepositoryRef,
): MaintainTask {
  return {
    version: CONTRACT_VERSION,
    kind: 'maintain',
    run,
    repository,
    ...(step.recall && { recall: step.recall }),
    ...(step.check && { check: { part: step.part ?? 1, parts: step.parts ?? 1 } }),
    ...(step.prune && { prune: { maxUnusedPercent: prune.maxUnusedPercent } }),
  };
}
