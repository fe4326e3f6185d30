import type { ServiceBackupStatus } from '../api/service-backup';
import type { BackupJob } from './backup-job';

/** What people read in `kubectl describe`. */
export interface EventNote {
  type: 'Normal' | 'Warning';
  reason: string;
  message: string;
}

/** What is done once the status is written. */
export type Action =
  | { type: 'createJob'; job: BackupJob }
  | { type: 'deleteJob'; name: string; uid: string }
  | { type: 'event'; event: EventNote };

/** A plan in the making. */
export class Draft {
  readonly status: ServiceBackupStatus;
  readonly actions: Action[] = [];
  /** A Job's end, or a node that comes back, may let it go on. */
  waiting = false;
  /** The places of the items must be looked up before it can be gone on. */
  needsPlaces = false;
  private wake = Number.POSITIVE_INFINITY;

  constructor(status: ServiceBackupStatus | undefined) {
    this.status = structuredClone(status ?? {});
  }

  wakeAt(instant: number | undefined): void {
    if (instant !== undefined) this.wake = Math.min(this.wake, instant);
  }

  get wakesAt(): Date | undefined {
    return Number.isFinite(this.wake) ? new Date(this.wake) : undefined;
  }

  event(type: EventNote['type'], reason: string, message: string): void {
    this.actions.push({ type: 'event', event: { type, reason, message } });
  }
}
