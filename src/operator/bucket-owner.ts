import type { BackupView } from './backup-view';

/**
 * The ServiceBackup to which a bucket belongs, when it is not this one: the oldest that names it, on the same S3 system. A
 * repository has one owner, and who came first keeps it.
 */
export function bucketOwner(
  me: BackupView,
  sameBucket: readonly BackupView[],
  endpoint: (view: BackupView) => string | undefined,
): BackupView | undefined {
  const here = endpoint(me);
  const others = sameBucket.filter((view) => view.uid !== me.uid && endpoint(view) === here);
  const [oldest] = [me, ...others].sort(
    (a, b) => Date.parse(a.createdAt) - Date.parse(b.createdAt) || (a.uid < b.uid ? -1 : 1),
  );
  return oldest === me ? undefined : oldest;
}
