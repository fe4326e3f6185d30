import { CONTRACT_VERSION } from '../api/contract';
import type { ServiceBackup } from '../api/kinds';
import type { Maintenance } from '../api/service-backup';
import type { MaintainTask, RepositoryRef } from '../api/task';
import { retentionTask, type Snapshot } from './retention-task';
import type { Settings } from './settings';

/** A Job that looks after the repository: it sees no volume, and runs wherever there is room. */
export interface MaintenanceJob {
  step: Maintenance;
  run: string;
  deadlineSeconds: number;
  /** For retention: items that the run backed up with success. */
  retentionOf?: Snapshot[];
}

export function maintainTask(
  { step, run, retentionOf }: MaintenanceJob,
  backup: ServiceBackup,
  settings: Settings,
  repository: RepositoryRef,
): MaintainTask {
  return {
    version: CONTRACT_VERSION,
    kind: 'maintain',
    run,
    repository,
    ...(step.recall && { recall: step.recall }),
    ...(retentionOf && { retention: retentionTask(retentionOf, backup, settings) }),
    ...(step.check && { check: { part: step.part ?? 1, parts: step.parts ?? 1 } }),
    ...(step.prune && { prune: { maxUnusedPercent: settings.prune.maxUnusedPercent } }),
  };
}
