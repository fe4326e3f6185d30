import type { BackupConfig } from '../api/kinds';
import { notAllowed } from './allowed';
import type { Claimant } from './backup-view';
import { endpointOf } from './settings';

/**
 * The ServiceBackup to which a bucket belongs, when it is not this one: the oldest that names it, on the same S3 system. A
 * repository has one owner, and who came first keeps it. Who may not use the bucket keeps nobody from it.
 */
export function bucketOwner(
  me: Claimant,
  sameBucket: readonly Claimant[],
  configOf: (claimant: Claimant) => BackupConfig | undefined,
): Claimant | undefined {
  const endpoint = (claimant: Claimant) => {
    const config = configOf(claimant);
    return config && !notAllowed(claimant, config) && endpointOf(config.spec.serviceBackup.s3BackupConfig);
  };
  const here = endpoint(me);
  const others = sameBucket.filter((other) => other.uid !== me.uid && endpoint(other) === here);
  const [oldest] = [me, ...others].sort(
    (a, b) => Date.parse(a.createdAt) - Date.parse(b.createdAt) || (a.uid < b.uid ? -1 : 1),
  );
  return oldest === me ? undefined : oldest;
}
