import type { RetentionPolicy } from '../api/backup-config';
import { ANNOTATION } from '../api/group';
import type { ServiceBackup } from '../api/kinds';

const FIELDS = ['last', 'hourly', 'daily', 'weekly', 'monthly', 'yearly'] as const;

/** A policy in words: the same for every way to write it. */
export const policyText = (policy: RetentionPolicy): string =>
  FIELDS.flatMap((field) => (policy[field] ? [`${field} ${policy[field]}`] : [])).join(', ');

/** What a person can look at and approve; damage, or a backup that failed, cannot be approved. */
const APPROVABLE: readonly string[] = ['SuspiciousShrink', 'AcknowledgementNeeded'];

/** True when somebody has approved the finding that holds retention, under the very policy of that finding. */
export function acknowledged({ metadata, status }: ServiceBackup, policy: RetentionPolicy): boolean {
  const held = status?.heldRetention;
  return (
    held !== undefined &&
    APPROVABLE.includes(held.reason) &&
    metadata.annotations?.[ANNOTATION.acknowledge] === held.run &&
    held.policy === policyText(policy)
  );
}
