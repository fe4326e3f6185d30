import type { Failure } from '../api/outcome';
import type { MaintainTask } from '../api/task';
import { failureFrom } from './fault';
import type { Locks } from './locks';
import type { Ended } from './restic';
import { causeFault, faultOf } from './restic-fault';
import { causeOf } from './restic-words';

/**
 * So many times the usual patience before a check or a prune counts as stalled: it loads the index, and reads whole packs,
 * between two lines that it prints.
 */
export const UPKEEP_PATIENCE = 5;

/** What a check said on standard error, sorted. */
export interface Findings {
  /** Of the repository. */
  damage: string[];
  /** Requests that were refused or failed: what could not be looked at. */
  refusals: string[];
}

const LINES_KEPT = 3;
/** restic's epilogue, and what it says though nothing is wrong. */
const ADVICE =
  /^The repository (is damaged|index is damaged|contains damaged)|^Damaged pack files can|^restic repair|^using temporary cache|additional files were found|This is non-critical|^unable to open cache/;

/** Sorts a line. A refused listing makes restic call every pack missing: what is missing counts only if nothing was refused. */
export function sortFinding(findings: Findings, line: string): void {
  if (ADVICE.test(line)) return;
  const cause = causeOf(line);
  const list = cause && cause !== 'RepositoryDamaged' ? findings.refusals : findings.damage;
  if (list.length < LINES_KEPT) list.push(line);
  else if (cause === 'RepositoryDamaged' && !list.some((kept) => causeOf(kept) === cause)) list[0] = line;
}

/**
 * What a check is worth: undefined if repository and data are whole. In doubt it is damage, which stops retention; it is only not
 * damage when something else is known to have kept restic from looking.
 */
export function judgeCheck(ended: Ended, { damage, refusals }: Findings): Failure | undefined {
  const doing = 'checking the repository';
  if (ended.code === 0 && !ended.stopped) return undefined;
  if (ended.stopped || !/repository contains errors/.test(ended.said.fatal ?? '')) {
    return failureFrom(faultOf(ended, doing, 'CheckFailed'), 'CheckFailed');
  }
  const [refusal = ''] = refusals;
  const cause = causeOf(refusal);
  const certain = damage.find((line) => causeOf(line) === 'RepositoryDamaged');
  const fault =
    cause && !certain
      ? causeFault(cause, ended.at, `${refusal} (when ${doing})`)
      : causeFault(
          'RepositoryDamaged',
          ended.at,
          certain ?? damage[0] ?? 'restic says that it contains errors',
        );
  return failureFrom(fault, 'CheckFailed');
}

/** Checks the repository's structure, and one part of its data. */
export async function checkRepository(
  { part, parts }: NonNullable<MaintainTask['check']>,
  locks: Locks,
): Promise<Failure | undefined> {
  const findings: Findings = { damage: [], refusals: [] };
  const ended = await locks.own({
    args: ['check', parts === 1 ? '--read-data' : `--read-data-subset=${part}/${parts}`],
    plain: true,
    patience: UPKEEP_PATIENCE,
    onText: (line) => sortFinding(findings, line),
  });
  return judgeCheck(ended, findings);
}
