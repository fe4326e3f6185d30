import type { ReportLine, ResultLine, SnapshotLine } from '../api';
import type { Job } from '../kube/objects';
import { shortId } from './items-table';
import { followJob, type JobEnd } from './run-job';
import type { Session } from './session';
import { countOf, formatBytes } from './sizes';
import { formatTime } from './times';

/** A restore Job that was made. */
export interface RestoreJob {
  job: Job;
  uid: string;
  startDeadlineSeconds: number;
  /** What it restores. */
  kind: 'file' | 'object';
}

/** What a restore Job reported. */
export interface JobReport {
  snapshot?: SnapshotLine;
  /** Absent if its log was lost. */
  result?: ResultLine;
}

/** Follows a restore Job to its end, and shows how far it is. What it reports is put into `report` as it comes. */
export async function followRestore(
  { job, uid, startDeadlineSeconds, kind }: RestoreJob,
  report: JobReport,
  session: Session,
  onLine: (line: ReportLine) => void = () => undefined,
): Promise<JobEnd> {
  const { narrator, timeZone } = session;
  const { name, namespace = '' } = job.metadata;
  const doing = 'the repository to be opened';
  return followJob(
    {
      ...{ name, namespace, uid, startDeadlineSeconds, doing },
      onLine(line) {
        if (line.type === 'snapshot') {
          report.snapshot = line;
          narrator.say(`  ${tellSnapshot(line, timeZone, kind)}`);
          narrator.waitFor(`the first ${kind}`);
        }
        if (line.type === 'progress') narrator.progress(line);
        if (line.type === 'result') report.result = line;
        onLine(line);
      },
    },
    session,
  );
}

/** `snapshot 4be77d10 of 2026-11-19 01:40 · 198.4 GiB in 411,907 files` */
export function tellSnapshot(
  { id, time, bytes, files }: SnapshotLine,
  timeZone: string,
  kind: RestoreJob['kind'],
): string {
  const size =
    bytes === undefined || files === undefined ? '' : ` · ${formatBytes(bytes)} in ${countOf(files, kind)}`;
  return `snapshot ${shortId(id)} of ${formatTime(time, timeZone)}${size}`;
}
