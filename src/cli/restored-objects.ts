import { type ObjectCounts, type ObjectLine, type RestoreBucketTask, showKey } from '../api';
import type { JobReport } from './follow-restore';
import { shortId } from './items-table';
import { countOf, formatBytes, formatCount } from './sizes';
import type { Paint } from './tables';
import { formatTime, tellDuration } from './times';

/** So many objects are told one by one; `--json` has all. */
export const NEWS_SHOWN = 100;

/** What the Job of a restore into a bucket reported. */
export interface Reported extends JobReport {
  news: ObjectLine[];
}

/** How a restore into a bucket went. */
export interface Restored extends Reported {
  task: Pick<RestoreBucketTask, 'repository' | 'item' | 'to' | 'prefix' | 'dryRun'>;
  seconds: number;
}

export const tellNews = ({ key, message }: ObjectLine): string => `${showKey(key)}: ${message}`;

/** That there is more to tell than was told. */
export function newsOfOthers({ news, result }: Restored): string[] {
  const { inTheWay = 0, replaced = 0, failed = 0, stale = 0 } = result?.objects ?? {};
  const more = Math.max(news.length, inTheWay + replaced + failed + stale) - NEWS_SHOWN;
  return more > 0 ? [`and ${countOf(more, 'object')} more of these: --json names them`] : [];
}

/** The last lines of a restore that succeeded, and of a dry run. */
export function summaryOf(
  { task, snapshot, result, seconds }: Restored,
  { paint, timeZone }: { paint: Paint; timeZone: string },
): string {
  const { item, to, dryRun } = task;
  const of = snapshot ? `, snapshot ${shortId(snapshot.id)} of ${formatTime(snapshot.time, timeZone)}` : '';
  const what = `${formatBytes(result?.bytes ?? 0)} in ${countOf(result?.files ?? 0, 'object')}`;
  const done = dryRun ? 'would write' : 'restored';
  return [
    `${paint.good(done)} ${item} to bucket ${to.bucket}: ${what}${of}, in ${tellDuration(seconds)}`,
    ...(result?.objects ? besides(result.objects, dryRun) : []).map((line) => paint.dim(`  ${line}`)),
  ].join('\n');
}

/** What else is to know, where there is something. */
function besides({ replaced, there, inTheWay, stale, others }: ObjectCounts, dryRun: boolean): string[] {
  const are = (count: number) => `${formatCount(count)} ${count === 1 ? 'is' : 'are'}`;
  const told: [number, string][] = [
    [there, `${are(there)} there already, the same in all`],
    [replaced, `${formatCount(replaced)} of them ${dryRun ? 'would be ' : ''}written over another`],
    [inTheWay, `${are(inTheWay)} in the way: they differ, and would be left without --overwrite`],
    [stale, `${are(stale)} of an older state than the snapshot: they could not be read then`],
    [
      others,
      `${countOf(others, 'object')} of the bucket ${others === 1 ? 'is' : 'are'} not in the snapshot, and left`,
    ],
  ];
  return told.flatMap(([count, words]) => (count > 0 ? [words] : []));
}

/** All of it, for machines. */
export function documentOf({ task, snapshot, result, news, seconds }: Restored): object {
  const { owner } = task.repository;
  return {
    service: `${owner.namespace}/${owner.name}`,
    item: task.item,
    ...(snapshot && { snapshot: snapshot.id, time: snapshot.time }),
    bucket: task.to.bucket,
    ...(task.prefix !== undefined && { prefix: task.prefix }),
    dryRun: task.dryRun,
    state: result?.state ?? 'Failed',
    ...(result?.reason && { reason: result.reason, message: result.message }),
    files: result?.files ?? 0,
    bytes: result?.bytes ?? 0,
    ...(result?.objects && { objects: result.objects }),
    news: news.map(({ key, what, message }) => ({ key, what, message })),
    seconds: Math.round(seconds * 10) / 10,
  };
}
