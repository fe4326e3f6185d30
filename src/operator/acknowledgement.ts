import type { RetentionPolicy } from '../api/backup-config';
import { RETENTION_FIELDS } from '../api/contract';
import { ANNOTATION } from '../api/group';
import type { ServiceBackup } from '../api/kinds';

/** A policy in words: the same for every way to write it. */
export const policyText = (policy: RetentionPolicy): string =>
  RETENTION_FIELDS.flatMap((field) => (policy[field] ? [`${field} ${policy[field]}`] : [])).join(', ');

/** Findings that a person can look at and approve. Damage is none: nobody's word makes a repository whole. */
const APPROVABLE: readonly string[] = ['SuspiciousShrink', 'AcknowledgementNeeded'];

export const isApprovable = ({ reason }: { reason: string }): boolean => APPROVABLE.includes(reason);

/** True when somebody has approved the finding that holds retention, under the very policy of that finding. */
export function acknowledged({ metadata, status }: ServiceBackup, policy: RetentionPolicy): boolean {
  const held = status?.heldRetention;
  return (
    held !== undefined &&
    isApprovable(held) &&
    metadata.annotations?.[ANNOTATION.acknowledge] === held.run &&
    held.policy === policyText(policy)
  );
}
