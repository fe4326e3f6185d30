import type { ItemOutcome } from '../api/outcome';
import { bucketOf, hostOf, type MaintainTask } from '../api/task';
import { inWords } from './item-words';
import { measureOf, type ResticSnapshot, runTag, type Snapshots } from './snapshots';

/**
 * What a run made of an item, when the report of that was lost: by the snapshot that carries the run's tag. It is never a Success,
 * since a snapshot does not tell whether every file could be read.
 */
export function recallItem(
  name: string,
  { run, repository }: Pick<MaintainTask, 'run' | 'repository'>,
  { found, unreadable }: Snapshots,
): ItemOutcome {
  const host = hostOf(repository.owner, name);
  const snapshot = found.findLast(({ hostname, tags }) => hostname === host && tags?.includes(runTag(run)));
  if (!snapshot) {
    const but = unreadable ? `, but there are snapshots that cannot be read (${unreadable})` : '';
    return {
      state: 'Failed',
      reason: 'OutcomeLost',
      message: `The report on ${inWords(name)} was lost, and this run made no snapshot of it${but}: wait for the next run, or set a new runNow.`,
    };
  }
  const figures = figuresOf(snapshot);
  const short = snapshot.id.slice(0, 8);
  // The mover did not live to forget it: see NoFiles.
  if (figures.files === 0 && bucketOf(name) === undefined) {
    return {
      state: 'Failed',
      reason: 'OutcomeLost',
      message: `The report on ${inWords(name)} was lost, and the snapshot that this run made of it (${short}) holds no file: forget it by hand, or "latest" means it.`,
    };
  }
  return {
    state: 'Warning',
    reason: 'OutcomeLost',
    message: `The report on ${inWords(name)} was lost. This run made the snapshot ${short} of it; whether every file could be read is not known.`,
    ...figures,
  };
}

function figuresOf(snapshot: ResticSnapshot): Omit<ItemOutcome, 'state'> {
  const { id, summary } = snapshot;
  if (!summary) return { snapshot: id };
  const seconds = (Date.parse(summary.backup_end) - Date.parse(summary.backup_start)) / 1000;
  return {
    snapshot: id,
    ...measureOf(snapshot),
    ...(summary.data_added_packed !== undefined && { bytesAdded: summary.data_added_packed }),
    filesNew: summary.files_new,
    filesChanged: summary.files_changed,
    filesUnmodified: summary.files_unmodified,
    ...(seconds >= 0 && { seconds: Math.round(seconds) }),
  };
}
