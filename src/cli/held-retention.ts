import { ANNOTATION, isReason, REASONS, type ServiceBackup } from '../api';
import { isApprovable } from '../operator/acknowledgement';
import { Failure } from './failure';
import { nameOf } from './service-reference';

/** What a run found, and for which nothing is forgotten. */
export interface Held {
  run: string;
  reason: string;
  message: string;
  /** The retention policy that an acknowledgement would approve. */
  policy?: string;
  /** Somebody has approved it: the next run does it. */
  acknowledged: boolean;
}

export function heldOf({ metadata, status }: ServiceBackup): Held | undefined {
  const held = status?.heldRetention;
  if (!held) return undefined;
  const { run, reason, message, policy } = held;
  return {
    run,
    reason,
    message: message ?? (isReason(reason) ? REASONS[reason].means : reason),
    ...(policy !== undefined && { policy }),
    acknowledged: metadata.annotations?.[ANNOTATION.acknowledge] === run,
  };
}

/** @throws Failure when nothing is held that a person could approve. */
export function approvableOf(service: ServiceBackup): Held {
  const held = heldOf(service);
  const name = nameOf(service.metadata);
  if (!held) throw new Failure(`Nothing of ${name} waits for an acknowledgement.`);
  if (!isApprovable(held))
    throw new Failure(
      `What holds the retention of ${name} cannot be acknowledged (${held.reason}): ${held.message} ${mendOf(held)}`.trim(),
    );
  return held;
}

export const mendOf = ({ reason }: Held): string => (isReason(reason) ? REASONS[reason].mend : '');
