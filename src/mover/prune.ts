import type { Outcome } from '../api/outcome';
import type { MaintainTask } from '../api/task';
import { UPKEEP_PATIENCE } from './check';
import { Fault, failureFrom } from './fault';
import type { Locks } from './locks';
import { faultOf } from './restic-fault';
import { causeOf } from './restic-words';

const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'];

/** What was freed, of the line `total prune: 46 blobs / 60.009 MiB` that restic prints for people; 0 if it prints another one. */
export function freedBytes(line: string): number | undefined {
  const [, size, unit] = /^total prune:\s+\d+ blobs \/ ([\d.]+) ([KMGTP]?i?B)$/.exec(line) ?? [];
  return size === undefined ? undefined : Math.round(Number(size) * 1024 ** UNITS.indexOf(unit ?? 'B'));
}

/** Removes data that no snapshot needs. */
export async function pruneRepository(
  { maxUnusedPercent }: NonNullable<MaintainTask['prune']>,
  locks: Locks,
): Promise<NonNullable<Outcome['prune']>> {
  let freed = 0;
  const ended = await locks.own({
    // 100 % is everything, for which restic has a word of its own.
    args: ['prune', '--max-unused', maxUnusedPercent >= 100 ? 'unlimited' : `${maxUnusedPercent}%`],
    plain: true,
    patience: UPKEEP_PATIENCE,
    onLine: (line) => {
      freed = freedBytes(line) ?? freed;
    },
  });
  const doing = 'removing unused data';
  const words = ended.said.text.join(' / ');
  // restic exits 0 though it may not delete.
  if (ended.code === 0 && !ended.stopped && !words) return { freed };
  const fault =
    ended.code !== 0 || ended.stopped || causeOf(words)
      ? faultOf(ended, doing, 'PruneFailed')
      : new Fault('PruneFailed', `restic said when ${doing}: ${words}`);
  return { freed: 0, failure: failureFrom(fault, 'PruneFailed') };
}
