import type { ServiceBackup } from '../../src/api/kinds';
import type { ServiceBackupStatus } from '../../src/api/service-backup';
import type { Decision } from './api';
import type { JobObject } from './cluster';
import type { Container } from './container';

/** A write of status that took effect. */
export interface Write extends Decision {
  before: ServiceBackupStatus;
  after: ServiceBackupStatus;
  backup: ServiceBackup;
}

/** Something that must hold, whatever happens; it throws a Violation when it does not. */
export interface Promised {
  onWrite?(write: Write): void;
  onJob?(job: JobObject): void;
  onJobDeleted?(job: JobObject): void;
  /** A mover has the repository for itself. */
  onExclusive?(container: Container): void;
  /** Everything has come to rest, at this true time. */
  atRest?(now: number): void;
}

/** The run that a write starts: it may be over with its start, when it is known at once that nothing can be done. */
export function runStartedBy({
  before,
  after,
}: Pick<Write, 'before' | 'after'>): { id: string; byHand: boolean; tick?: string } | undefined {
  const { run, lastBackup } = after;
  const over = lastBackup?.run !== before.lastBackup?.run && lastBackup?.run !== before.run?.id;
  const id = run && run.id !== before.run?.id ? run.id : over ? lastBackup?.run : undefined;
  return id === undefined
    ? undefined
    : { id, byHand: id.endsWith('n'), ...(run?.tick && { tick: run.tick }) };
}
