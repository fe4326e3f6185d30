import { DEFAULTS } from '../api/group';
import type { Outcome } from '../api/outcome';
import type { ItemStatus } from '../api/service-backup';
import type { Draft } from './draft';
import { type Failure, sentence } from './failure';
import { instant } from './instant';
import { isFailure, type Settings } from './settings';

/** Takes items over from `items` into what the run has settled: a status at its limit holds none twice. */
export function settle(draft: Draft, settled: readonly ItemStatus[]): void {
  const { status } = draft;
  const run = status.run!;
  const names = new Set(settled.map(({ name }) => name));
  const others = ({ name }: ItemStatus) => !names.has(name);
  run.done = [...run.done.filter(others), ...settled];
  if (status.items) status.items = status.items.filter(others);
  for (const { name, state, reason, message } of settled)
    if (state !== 'Success') draft.event('Warning', reason ?? 'BackupFailed', `${name}: ${message ?? ''}`);
}

/** What every outcome tells, whatever its Job was for: of the repository, and what people should know of. */
export function learn(draft: Draft, outcome: Outcome, settings: Settings | Failure, now: Date): void {
  const { status } = draft;
  const { repository: id, recoveryKey } = outcome;
  if (id) {
    const known = status.repository?.id === id ? status.repository : undefined;
    status.repository = { ...known, id, ...(recoveryKey !== undefined && { recoveryKey }) };
  }
  for (const note of outcome.notes ?? []) draft.event('Normal', 'LockRemoved', note);
  const damage = damageIn(outcome);
  const { dataParts } = isFailure(settings) ? DEFAULTS.check : settings.check;
  if (damage) markDamaged(draft, damage, dataParts, now);
}

/** Damage that was met outside of a check. */
function damageIn({ failure, items, retention, prune }: Outcome): Failure | undefined {
  const all = [failure, retention?.failure, prune?.failure, ...items];
  const found = all.find((part) => part?.reason === 'RepositoryDamaged');
  return found && { reason: 'RepositoryDamaged', message: found.message ?? '' };
}

/** Whoever met it: nothing is forgotten or pruned until a check has passed. The run's own maintenance checks at once. */
function markDamaged({ status }: Draft, { reason, message }: Failure, dataParts: number, now: Date): void {
  const { repository } = status;
  if (!repository || repository.check?.reason === reason) return;
  const { part, parts } = repository.check ?? { part: 1, parts: dataParts };
  repository.check = {
    timestamp: instant(now),
    state: 'Failed',
    reason,
    message: sentence(message),
    part,
    parts,
  };
}
