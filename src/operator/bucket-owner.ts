import type { BackupView } from './backup-view';

/**
 * The ServiceBackup to which a bucket belongs, when it is not this one: the oldest that names it, on the same S3 system. A
 * repository has one owner, and who came first keeps it.
 */
export function bucketOwner(
  me: Pick<BackupView, 'uid'>,
  all: Iterable<BackupView>,
  endpoint: (view: BackupView) => string | undefined,
): BackupView | undefined {
  const views = [...all];
  const mine = views.find(({ uid }) => uid === me.uid);
  if (!mine) return undefined;
  const same = views.filter((view) => view.bucket === mine.bucket && endpoint(view) === endpoint(mine));
  const [oldest] = same.sort(
    (a, b) => Date.parse(a.createdAt) - Date.parse(b.createdAt) || (a.uid < b.uid ? -1 : 1),
  );
  return oldest && oldest.uid !== me.uid ? oldest : undefined;
}
