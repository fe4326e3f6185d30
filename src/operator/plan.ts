import { isDeepStrictEqual } from 'node:util';
import type { ServiceBackupStatus } from '../api/service-backup';
import { notAllowed } from './allowed';
import { type Action, Draft } from './draft';
import type { Failure } from './failure';
import type { Observed } from './observed';
import { nextStep } from './run-next';
import { settleOpenStep } from './run-settle';
import { startRun } from './run-start';
import { type Settings, settingsOf } from './settings';
import { standing } from './standing';
import { fitted } from './status-size';
import { type State, stateOf } from './step';
import { sweep } from './sweep';
import type { Turn } from './turn';
import { giveWay } from './yielding';

export interface Plan {
  /** To be written before any action, if it changed. */
  status: ServiceBackupStatus;
  changed: boolean;
  actions: Action[];
  /** When to look again though nothing happened. */
  wakeAt?: Date;
  /** For a node that comes back. */
  waiting: boolean;
  /** For others' Jobs to end. */
  turn?: Turn;
  /** Nothing is planned yet: observe again, with places. */
  needsPlaces: boolean;
}

type Rule = (draft: Draft, observed: Observed, settings: Settings | Failure, now: Date) => void;

/** Where a run stands, and what is done about what is observed then: the table of docs/adr/0009. */
const TABLE: Record<State, Rule> = {
  idle: startRun,
  'step open': settleOpenStep,
  'giving way': giveWay,
  'between steps': nextStep,
};

/**
 * What to do about one ServiceBackup, from what the cluster says now. No clock, no API, no memory: whoever is killed in the
 * middle of carrying a plan out makes the same plan again.
 */
export function plan(observed: Observed, now: Date): Plan {
  const draft = new Draft(observed.backup.status);
  const settings = settle(observed);
  const state = stateOf(draft.status.run);
  TABLE[state](draft, observed, settings, now);
  // A run that has begun, or a step that is over: what comes next is decided with it, in one write.
  if (state !== 'between steps' && !draft.needsPlaces && stateOf(draft.status.run) === 'between steps')
    TABLE['between steps'](draft, observed, settings, now);
  if (draft.needsPlaces)
    return {
      status: observed.backup.status ?? {},
      changed: false,
      actions: [],
      waiting: false,
      needsPlaces: true,
    };
  standing(draft, observed, settings, now);
  sweep(draft, observed);
  const status = fitted(draft.status);
  const wakeAt = draft.wakesAt;
  return {
    status,
    changed: differs(observed.backup.status ?? {}, status),
    actions: draft.actions,
    ...(wakeAt && { wakeAt }),
    waiting: draft.waiting,
    ...(draft.turn && { turn: draft.turn }),
    needsPlaces: false,
  };
}

/** As the API server sees it: a field that is undefined is absent, and the order of fields says nothing. */
export function differs(before: ServiceBackupStatus, after: ServiceBackupStatus): boolean {
  const [was, is] = [JSON.stringify(before), JSON.stringify(after)];
  return was !== is && !isDeepStrictEqual(JSON.parse(was), JSON.parse(is));
}

/** The settings that hold, or what keeps every run from starting. */
function settle({ backup, config, configMisfit, bucketOwner, at }: Observed): Settings | Failure {
  if (configMisfit) return configMisfit;
  const name = backup.spec.backupConfig ?? 'default';
  if (!config)
    return {
      reason: 'ConfigMissing',
      message: `There is no BackupConfig '${name}' in namespace ${at.operatorNamespace}: create it there, or name another in spec.backupConfig.`,
    };
  const refused = notAllowed(
    { namespace: backup.metadata.namespace, bucket: backup.spec.backupBucketName },
    config,
  );
  if (refused) return refused;
  if (bucketOwner)
    return {
      reason: 'BucketClaimed',
      message: `Bucket '${backup.spec.backupBucketName}' already holds the repository of ServiceBackup ${bucketOwner}, which is older: give this one a bucket of its own.`,
    };
  return settingsOf(backup, config, at.jobNamespace);
}
