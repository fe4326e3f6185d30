import type { Run } from '../api/service-backup';
import type { Draft } from './draft';
import { type Failure, sentence } from './failure';
import type { Ended } from './job-end';

/** Takes into status what a Job told of retention; or, if it told nothing, why not. */
export function tellRetention(draft: Draft, outcome: Ended['outcome'], unsaid: Failure | undefined): void {
  const run = draft.status.run!;
  if (!outcome?.retention) {
    if (unsaid) retentionFailed(run, unsaid);
    return;
  }
  const { kept, forgotten, failure } = outcome.retention;
  const figures = `${kept} ${kept === 1 ? 'snapshot' : 'snapshots'} kept, ${forgotten} forgotten`;
  if (!failure) {
    run.retention = { message: figures, failed: false };
    return;
  }
  const { reason, message } = failure;
  retentionFailed(run, { reason, message: `${message}${kept > 0 ? ` In all: ${figures}.` : ''}` });
  draft.event('Warning', reason, `Retention: ${message}`);
}

/** Old snapshots were not forgotten, or not all. */
export function retentionFailed(run: Run, { reason, message }: Failure): void {
  run.retention = { message: sentence(message), failed: true, reason };
}
