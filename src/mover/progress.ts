import type { ProgressLine } from '../api/report';

interface RestoreStatus {
  message_type: 'status';
  seconds_elapsed?: number;
  percent_done?: number;
  total_files?: number;
  files_restored?: number;
  total_bytes?: number;
  bytes_restored?: number;
}

/** A status line of `restic restore --json` in our words; undefined for any other line. restic leaves out what is zero. */
export function progressFrom(line: string): ProgressLine | undefined {
  if (!line.startsWith('{"message_type":"status"')) return undefined;
  const status = JSON.parse(line) as RestoreStatus;
  return {
    type: 'progress',
    percent: Math.floor((status.percent_done ?? 0) * 1000) / 10,
    bytes: status.bytes_restored ?? 0,
    totalBytes: status.total_bytes ?? 0,
    files: status.files_restored ?? 0,
    totalFiles: status.total_files ?? 0,
    seconds: status.seconds_elapsed ?? 0,
  };
}
