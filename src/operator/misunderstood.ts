import type { ServiceBackup } from '../api/kinds';
import type { misfitOf } from '../api/misfit';
import type { ServiceBackupStatus } from '../api/service-backup';
import { Draft, type EventNote } from './draft';
import { type Failure, sentence } from './failure';
import { standing } from './standing';

type Misfit = NonNullable<ReturnType<typeof misfitOf>>;

/** What is told of a ServiceBackup that cannot be understood. */
export interface Told {
  /** To be written, unless it is the status that is not understood: that is the only place where a run and its repository are kept. */
  status?: ServiceBackupStatus;
  event?: EventNote;
  words: string;
}

/** Of a ServiceBackup that does not fit its CRD nothing is taken for anything: it says so, and waits until somebody corrects it. */
export function misunderstood(backup: ServiceBackup, misfit: Misfit, now: Date): Told {
  const why: Failure = {
    reason: 'ConfigInvalid',
    message: sentence(
      `Nothing is backed up, since this ServiceBackup cannot be understood: ${misfit.what}. Correct it, and apply the CRDs of this operator's version.`,
    ),
  };
  const event: EventNote = { type: 'Warning', ...why, once: misfit.what };
  if (misfit.in === 'status') return { event, words: why.message };
  const draft = new Draft(backup.status);
  if (draft.status.run) draft.trouble = { ...why, of: 'misfit' };
  standing(draft, { backup }, why, now);
  return { status: draft.status, ...(draft.actions.length > 0 && { event }), words: why.message };
}
