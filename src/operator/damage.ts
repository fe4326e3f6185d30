import type { ServiceBackupStatus } from '../api/service-backup';
import type { Failure } from './failure';

/** The damage that stops retention and prune, in the words of who found it. */
export function damageOf(status: Pick<ServiceBackupStatus, 'repository'> | undefined): Failure | undefined {
  const { reason, message = '' } = status?.repository?.check ?? {};
  return reason === 'RepositoryDamaged' ? { reason, message } : undefined;
}
