import type { Outcome } from '../api/outcome';
import type { MaintainTask } from '../api/task';
import { checkRepository } from './check';
import type { Locks } from './locks';
import { pruneRepository } from './prune';
import { recallItems } from './recall';
import type { Restic } from './restic';

/**
 * Looks after the repository: reads back what was lost, checks, prunes, in this order. After each, `told` hands on what is known
 * by then. A repository that is damaged, or could not be checked, is not pruned: what prune repacks, it must be able to trust.
 */
export async function maintain(
  task: MaintainTask,
  restic: Restic,
  locks: Locks,
  outcome: Outcome,
  told: () => void,
): Promise<void> {
  if (task.recall) {
    outcome.items = await recallItems(task.recall, task.run, task.repository.owner, restic);
    told();
  }
  if (task.check && !restic.cancelled) {
    outcome.check = await checkRepository(task.check, restic, locks);
    told();
  }
  if (!task.prune || restic.cancelled) return;
  const found = outcome.check?.failure;
  outcome.prune = found
    ? {
        freed: 0,
        failure: {
          reason: 'PruneFailed',
          message: `Nothing was pruned, since the check before it did not end well: ${found.message}`,
        },
      }
    : await pruneRepository(task.prune, restic, locks);
}
