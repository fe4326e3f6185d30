import type { Outcome } from '../api/outcome';
import type { MaintainTask } from '../api/task';
import { Fault, failureFrom } from './fault';
import type { Locks } from './locks';
import type { Ended, Restic } from './restic';
import { faultOf } from './restic-fault';

/** A check of a large index or snapshot says nothing for long, and is not stuck. */
export const LONG_STALL_SECONDS = 1800;

/** What restic says when the repository is not whole, whatever else it says. */
const NOT_WHOLE = /repository contains errors/;
/** Errors that come of not reaching the data, and say nothing of the data. */
const NOT_REACHED =
  /connection re(?:fused|set)|no such host|i\/o timeout|context deadline exceeded|TLS handshake|Service Unavailable|SlowDown|Access ?Denied|client\.\w+: |EOF/i;
/** How restic's advice begins, which is the same for all damage. */
const ADVICE = /^(?:The repository|Damaged pack|restic repair)/;

/**
 * `restic check`, reading one part of the data.
 *
 *   exit   words                               →
 *   0      …                                   whole
 *   1      "repository contains errors"        RepositoryDamaged; CheckFailed if every error is one of the network's
 *   1      a snapshot or index that is broken  RepositoryDamaged
 *   other                                      by exit code and by what restic said; nothing is known of the data
 */
export async function checkRepository(
  { part, parts }: NonNullable<MaintainTask['check']>,
  restic: Restic,
  locks: Locks,
): Promise<NonNullable<Outcome['check']>> {
  const read = parts === 1 ? '--read-data' : `--read-data-subset=${part}/${parts}`;
  try {
    const ended = await locks.exclusively(() =>
      restic.run({ args: ['check', read], plain: true, stallSeconds: LONG_STALL_SECONDS }),
    );
    const fault = judgeCheck(ended);
    return fault ? { failure: { reason: fault.reason, message: fault.message } } : {};
  } catch (error) {
    return { failure: failureFrom(error, 'CheckFailed') };
  }
}

/** Pure; undefined when the repository is whole, as far as was read. */
export function judgeCheck(ended: Ended): Fault | undefined {
  const { code, said, stopped } = ended;
  if (code === 0 && !stopped) return undefined;
  const errors = said.text.filter((line) => !ADVICE.test(line));
  const [first] = errors;
  if (
    code !== 1 ||
    stopped ||
    !NOT_WHOLE.test(said.fatal ?? '') ||
    (first && errors.every((e) => NOT_REACHED.test(e)))
  ) {
    return faultOf(ended, 'checking the repository', 'CheckFailed');
  }
  return new Fault(
    'RepositoryDamaged',
    `restic check found damage${first ? ` (${first.slice(0, 200)})` : ''}: some snapshots may not be restorable. Nothing is forgotten or pruned until it is mended: ` +
      "follow restic's manual on troubleshooting, on a copy of the bucket. Backups go on.",
  );
}
