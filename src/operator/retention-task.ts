import type { ServiceBackup } from '../api/kinds';
import type { Run } from '../api/service-backup';
import type { BackupTask } from '../api/task';
import { acknowledged } from './acknowledgement';
import type { Settings } from './settings';

/** A snapshot that a run made of an item. */
export interface Snapshot {
  name: string;
  snapshot: string;
}

/** What a run backed up with success so far: retention forgets nothing of any other item. */
export const succeeded = ({ done }: Run): Snapshot[] =>
  done.flatMap(({ name, state, snapshot }) => (state === 'Success' && snapshot ? [{ name, snapshot }] : []));

/** What a Job is told of retention. */
export const retentionTask = (
  items: Snapshot[],
  backup: ServiceBackup,
  { retention: policy, maxForgetPercent }: Settings,
): NonNullable<BackupTask['retention']> => ({
  policy,
  items,
  maxForgetPercent,
  acknowledged: acknowledged(backup, policy),
});
