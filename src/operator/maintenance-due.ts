import type { ServiceBackup } from '../api/kinds';
import { REASON_GROUPS } from '../api/reasons';
import type { Maintenance, ServiceBackupStatus } from '../api/service-backup';
import { damageOf } from './damage';
import { succeeded } from './retention-task';
import type { Settings, Upkeep } from './settings';
import { knownItems } from './step';

/** Items whose report was lost that one Job reads back: its own report must fit. */
const RECALLED_AT_ONCE = 20;

/**
 * What is to be done for the repository when a run has dealt with every item; each at most once in a run, except reading back.
 * `zombie`: a mover may still be at work there; to forget, to check and to prune one must be alone.
 */
export function maintenanceDue(
  status: ServiceBackupStatus,
  { metadata }: ServiceBackup,
  settings: Settings,
  now: Date,
  zombie = false,
): Pick<Maintenance, 'recall' | 'retention' | 'check' | 'part' | 'parts' | 'prune'> | undefined {
  const run = status.run!;
  const recall = run.done.filter(({ state }) => state === 'Unknown').map(({ name }) => name);
  const before = run.maintenance ?? [];
  const { repository } = status;
  const possible =
    !zombie && repository !== undefined && reached(status) && knownItems(status).some((i) => i.lastSuccess);
  const damaged = damageOf(status) !== undefined;
  const isDue = ({ schedule, suspend }: Upkeep, last: { timestamp: string; state: string } | undefined) =>
    possible &&
    !suspend &&
    // What failed is tried again by the next run.
    (last?.state === 'Failed' ||
      schedule.due(new Date(last?.timestamp ?? metadata.creationTimestamp ?? now), now) !== undefined);

  // Without keys of its own, retention goes with the run's last group (run-next.ts).
  const retention =
    settings.s3.maintenanceCredentials !== undefined &&
    !zombie &&
    !damaged &&
    run.retention === undefined &&
    succeeded(run).length > 0;
  // Damage is looked at again by every run, though checks be suspended: only a check that passes ends it.
  const check =
    !before.some((step) => step.check) && ((possible && damaged) || isDue(settings.check, repository?.check));
  const prune = !damaged && !before.some((step) => step.prune) && isDue(settings.prune, repository?.prune);
  if (!retention && !check && !prune && recall.length === 0) return undefined;
  return {
    ...(recall.length > 0 && { recall: recall.slice(0, RECALLED_AT_ONCE) }),
    ...(retention && { retention }),
    ...(check && { check, ...nextPart(repository?.check, settings.check.dataParts) }),
    ...(prune && { prune }),
  };
}

/**
 * The part that is read next. It moves on only after a success; and a part that was found damaged is read again as it was cut then,
 * whatever the number of parts is now: else another cut could pass it by.
 */
export function nextPart(
  last: NonNullable<NonNullable<ServiceBackupStatus['repository']>['check']> | undefined,
  parts: number,
): { part: number; parts: number } {
  if (last?.reason === 'RepositoryDamaged') return { part: last.part, parts: last.parts };
  if (!last || last.parts !== parts) return { part: 1, parts };
  return { part: last.state === 'Success' ? (last.part % parts) + 1 : last.part, parts };
}

const OUT_OF_REACH = new Set(
  REASON_GROUPS.filter(({ title }) => ['The S3 system', 'The repository'].includes(title)).flatMap(
    ({ reasons }) => Object.keys(reasons),
  ),
);

/** False when the run has just seen that nobody gets at the repository: another Job would only say so once more, minutes later. */
const reached = ({ run }: ServiceBackupStatus): boolean =>
  run?.done.some(({ state, reason }) => state !== 'Failed' || !OUT_OF_REACH.has(reason ?? '')) ?? false;
