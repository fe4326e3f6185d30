import type { Maintenance, ServiceBackupStatus } from '../api/service-backup';
import { damageOf } from './damage';
import type { Draft } from './draft';
import { type Failure, sentence } from './failure';
import { instant } from './instant';
import type { Ended } from './job-end';
import { recalledItem } from './outcome-to-status';
import { tellRetention } from './retention-told';
import type { Settings } from './settings';
import { learn, settle } from './settled';

/** Takes into status what a Job that looks after the repository found and did. */
export function endMaintenance(
  draft: Draft,
  step: Maintenance,
  { outcome, rest }: Ended,
  settings: Settings | Failure,
  now: Date,
): void {
  const run = draft.status.run!;
  const names = step.recall ?? [];
  settle(
    draft,
    names.flatMap((name, index) => {
      const unknown = run.done.find((item) => item.name === name && item.state === 'Unknown');
      return unknown ? [recalledItem(unknown, outcome?.items[index], rest, now)] : [];
    }),
  );

  // Kinds of an earlier version keep no mark of retention: it must be known as done all the same, or it would be due again and again.
  const forgets = step.retention ?? !(step.recall || step.check || step.prune);
  if (forgets || outcome?.retention) tellRetention(draft, outcome, rest ?? silence('RetentionFailed'));
  const words: string[] = [];
  const found: Failure[] = [];
  const tell = (what: string, failure: Failure | undefined, success: string) => {
    words.push(failure ? `${what}: ${failure.reason}: ${failure.message}` : success);
    if (!failure) return;
    found.push(failure);
    draft.event('Warning', failure.reason, `${what}: ${failure.message}`);
  };
  if (step.check) {
    const part = `part ${step.part} of ${step.parts}`;
    const failure = outcome?.check ? outcome.check.failure : (rest ?? silence('CheckFailed'));
    keepCheck(draft.status, step, failure, now);
    tell(`Check of ${part}`, failure, `Checked ${part}: whole.`);
  }
  // After a check that found damage nothing is pruned, and nothing told of it.
  if (step.prune && (outcome?.prune || rest || !outcome?.check?.failure)) {
    const failure = outcome?.prune ? outcome.prune.failure : (rest ?? silence('PruneFailed'));
    const { repository } = draft.status;
    if (repository) repository.prune = upkeep(failure, now);
    tell('Prune', failure, `Pruned: ${((outcome?.prune?.freed ?? 0) / 1e6).toFixed(1)} MB freed.`);
  }
  const first = found[0] ?? rest;
  if (first) step.reason = first.reason;
  // That nothing was forgotten is told as what retention did.
  const untold = forgets && !outcome?.retention ? undefined : rest?.message;
  const message = words.join(' ') || untold;
  if (message) step.message = sentence(message);
  // After the check: damage that a prune met outweighs a check that passed.
  if (outcome) learn(draft, outcome, settings, now);
}

const silence = (reason: 'RetentionFailed' | 'CheckFailed' | 'PruneFailed'): Failure => ({
  reason,
  message: 'the Job did not say what came of it.',
});

const upkeep = (failure: Failure | undefined, now: Date) => ({
  timestamp: instant(now),
  state: failure ? ('Failed' as const) : ('Success' as const),
  ...(failure && { reason: failure.reason, message: sentence(failure.message) }),
});

/** Damage that was found once is only forgotten when the same part has been found whole: not because a check could not be made. */
function keepCheck(
  status: ServiceBackupStatus,
  { part = 1, parts = 1 }: Maintenance,
  failure: Failure | undefined,
  now: Date,
): void {
  if (!status.repository) return;
  if (failure && failure.reason !== 'RepositoryDamaged' && damageOf(status)) return;
  status.repository.check = { ...upkeep(failure, now), part, parts };
}
