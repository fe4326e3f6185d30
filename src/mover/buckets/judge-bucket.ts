import type { BucketItem } from '../../api/task';
import { type BackupSummary, type Judgement, judgeBackup } from '../backup-outcome';
import { Fault } from '../fault';
import type { Ended } from '../restic';
import { inFigures } from '../shrink';
import type { Pulled } from './pull';

/** What no backup by way of listing and reading holds. */
const NOT_KEPT = 'Old versions of objects and their ACLs are not part of it.';

/**
 * A listing without an object is what a wrong host, or a lost bucket, looks like.
 *
 * @throws NoObjects, if it may not be so
 */
export function refuseEmpty(
  { bucket, allowEmpty, previous }: BucketItem,
  { listed, excluded }: { listed: number; excluded: number },
): void {
  if (listed > 0) return;
  const empty =
    excluded > 0
      ? `Of bucket ${bucket} every object is excluded`
      : `The listing of bucket ${bucket} is empty`;
  if (!allowEmpty)
    throw new Fault(
      'NoObjects',
      `${empty}, which is what a wrong host looks like. If it may be so, set allowEmpty: true on the item.`,
    );
  if (previous && previous.files > 0)
    throw new Fault(
      'NoObjects',
      `${empty}, and at its last good backup there were ${inFigures(previous)}: no snapshot was made. If it is meant to be so, acknowledge it (service-backup acknowledge); else look where the objects are.`,
    );
}

/**
 * What the backup of a bucket is worth: as for a volume (judgeBackup), with objects for files; and of what was pulled everything
 * must be in the snapshot, and nothing else.
 *
 * @returns damaged: what restic read was not what had been pulled
 */
export function judgeBucket(
  ended: Ended,
  summary: BackupSummary | undefined,
  item: BucketItem,
  pulled: Pulled,
): { judgement: Judgement; damaged: boolean } {
  const { objects, bytes, manifestBytes, gone, unreadable } = pulled;
  const made = summary?.snapshot_id !== undefined && (ended.code === 0 || ended.code === 3);
  const whole =
    ended.said.errors === 0 &&
    summary?.total_files_processed === objects + 1 &&
    summary.total_bytes_processed === bytes + manifestBytes;
  const said = { ...ended.said };
  if (unreadable.count > 0) {
    said.errors = unreadable.count;
    said.errorItems = unreadable.keys;
    said.errorMessage = unreadable.why;
  }
  const judged = judgeBackup({ ...ended, said }, summary && withoutManifest(summary, manifestBytes), {
    ...item,
    path: '',
  });
  const { outcome } = judged;
  if (!made) return { judgement: judged, damaged: false };
  if (!whole) {
    const held = inFigures({
      bytes: summary.total_bytes_processed - manifestBytes,
      files: summary.total_files_processed - 1,
    });
    const why = ended.said.errorMessage ? `: ${ended.said.errorMessage}` : '';
    outcome.state = 'Failed';
    outcome.reason = 'BackupFailed';
    outcome.message = `The snapshot of bucket ${item.bucket} holds ${held}, and not ${inFigures({ bytes, files: objects })}, which were copied to the scratch volume${why}. The copy there has been thrown away: the next run makes it anew.`;
    return { judgement: judged, damaged: true };
  }
  const words = [
    ...(outcome.message ? [outcome.message] : []),
    ...(unreadable.kept > 0 ? [`Of ${unreadable.kept} of them it holds what the last one had.`] : []),
    ...(gone > 0 ? [`${gone} ${gone === 1 ? 'object' : 'objects'} went while it was read.`] : []),
    NOT_KEPT,
  ];
  outcome.message = words.join(' ');
  return { judgement: judged, damaged: false };
}

/** The manifest is no object: it is new when all are, and another at every run. */
function withoutManifest(summary: BackupSummary, manifestBytes: number): BackupSummary {
  const { files_new, files_changed, total_files_processed: files } = summary;
  const isNew = files_new === files || files_changed === 0;
  return {
    ...summary,
    files_new: files_new - (isNew && files_new > 0 ? 1 : 0),
    files_changed: files_changed - (isNew ? 0 : 1),
    total_files_processed: Math.max(files - 1, 0),
    total_bytes_processed: Math.max(summary.total_bytes_processed - manifestBytes, 0),
  };
}
