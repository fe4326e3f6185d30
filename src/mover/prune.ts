import type { Outcome } from '../api/outcome';
import type { MaintainTask } from '../api/task';
import { LONG_STALL_SECONDS } from './check';
import { failureFrom } from './fault';
import type { Locks } from './locks';
import type { Restic } from './restic';
import { faultOf } from './restic-fault';

const UNITS: Record<string, number> = { B: 1, KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30, TiB: 2 ** 40 };

/** Of the line "total prune:  8 blobs / 8.682 MiB". It has no JSON. */
export function freedBytes(line: string): number | undefined {
  const [, amount, unit] = /^total prune: .*\/ ([\d.]+) (B|[KMGT]iB)$/.exec(line.trim()) ?? [];
  return amount === undefined ? undefined : Math.round(Number(amount) * (UNITS[unit ?? 'B'] ?? 1));
}

/** Frees what no snapshot refers to any more. restic holds its exclusive lock: beside anything that lives it does nothing. */
export async function pruneRepository(
  { maxUnusedPercent }: NonNullable<MaintainTask['prune']>,
  restic: Restic,
  locks: Locks,
): Promise<NonNullable<Outcome['prune']>> {
  let freed = 0;
  try {
    const ended = await locks.exclusively(() =>
      restic.run({
        args: ['prune', '--max-unused', `${maxUnusedPercent}%`],
        plain: true,
        stallSeconds: LONG_STALL_SECONDS,
        onLine: (line) => {
          freed = freedBytes(line) ?? freed;
        },
      }),
    );
    if (ended.code !== 0 || ended.stopped) throw faultOf(ended, 'removing unused data', 'PruneFailed');
    return { freed };
  } catch (error) {
    return { freed: 0, failure: failureFrom(error, 'PruneFailed') };
  }
}
