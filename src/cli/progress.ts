import type { ProgressLine } from '../api';
import { formatBytes, formatCount } from './sizes';
import { tellDuration } from './times';

/** Too early, the average says nothing, and a wrong promise is worse than none. */
const SECONDS_BEFORE_PROMISE = 3;

/** What stands behind the bar: `71 %  141.0 GiB  96.0 MiB/s  10 min left`. */
export function progressFigures(line: ProgressLine): string {
  const parts = [`${Math.floor(line.percent)} %`, formatBytes(line.bytes)];
  const rate = line.seconds > 0 ? line.bytes / line.seconds : 0;
  if (rate > 0) parts.push(`${formatBytes(rate)}/s`);
  if (rate > 0 && line.seconds >= SECONDS_BEFORE_PROMISE && line.bytes < line.totalBytes)
    parts.push(`${tellDuration(roughly((line.totalBytes - line.bytes) / rate))} left`);
  return parts.join('  ');
}

/** What stands before the bar. */
export const progressWord = ({ step }: ProgressLine): string => step ?? 'restoring';

/** The same where there is no terminal: a line of its own. */
export const progressLine = (line: ProgressLine): string =>
  `${progressWord(line)} ${progressFigures(line)}  (${formatCount(line.files)} of ${formatCount(line.totalFiles)} ${line.step ? 'objects' : 'files'})`;

/** An estimate of minutes does not tell seconds. */
function roughly(seconds: number): number {
  if (seconds < 60) return Math.ceil(seconds);
  return seconds < 3600 ? Math.ceil(seconds / 60) * 60 : Math.ceil(seconds / 300) * 300;
}
