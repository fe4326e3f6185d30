import type { ServiceBackupStatus } from '../api/service-backup';
import type { Failure } from './failure';
import type { StepJob } from './step-job';
import type { Turn } from './turn';

/** What people read in `kubectl describe`. */
export interface EventNote {
  type: 'Normal' | 'Warning';
  reason: string;
  message: string;
  /** Of what this is told once, whoever tells it and however often. */
  once?: string;
}

/** What is done once the status is written. */
export type Action =
  | { type: 'createJob'; job: StepJob }
  | { type: 'deleteJob'; name: string; uid: string }
  | { type: 'event'; event: EventNote }
  | { type: 'notify'; url: string };

/** What a run waits for, shown while it waits. */
export interface Trouble extends Failure {
  /** The Job that is held up, or the node that is waited for. */
  of: string;
}

/** Its turn wakes it; this often it is looked anyway. Milliseconds. */
const LOOK_AGAIN = 3_600_000;

/** A plan in the making. */
export class Draft {
  readonly status: ServiceBackupStatus;
  readonly actions: Action[] = [];
  /** A node that comes back may let it go on. */
  waiting = false;
  /** It goes on when it is its turn. */
  turn?: Turn;
  /** The places of the items must be looked up before it can be gone on. */
  needsPlaces = false;
  trouble?: Trouble;
  private wake = Number.POSITIVE_INFINITY;

  constructor(status: ServiceBackupStatus | undefined) {
    this.status = structuredClone(status ?? {});
  }

  /** As many Jobs run as may: their ends are waited for. */
  waitForTurn(turn: Turn, now: Date): void {
    this.turn = turn;
    this.wakeAt(now.getTime() + LOOK_AGAIN);
  }

  wakeAt(instant: number | undefined): void {
    if (instant !== undefined) this.wake = Math.min(this.wake, instant);
  }

  get wakesAt(): Date | undefined {
    return Number.isFinite(this.wake) ? new Date(this.wake) : undefined;
  }

  event(type: EventNote['type'], reason: string, message: string, once?: string): void {
    this.actions.push({ type: 'event', event: { type, reason, message, ...(once && { once }) } });
  }
}
