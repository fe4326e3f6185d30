import fc from 'fast-check';
import { histories, historyInWords, play } from './history';
import type { Deciding } from './operator';

export interface Findings {
  runs: number;
  seconds: number;
  seed: number;
  /** The first violation, of the shortest history found that shows it. */
  failure?: string;
}

/** Plays so many random histories; what is found is made as short as it can be. `breaks`: only this is looked for, and left as it is. */
export function checkHistories(
  deciding: Deciding,
  runs: number,
  seed: number,
  { breaks }: { breaks?: RegExp } = {},
): Findings {
  const begun = performance.now();
  const found = fc.check(
    fc.property(histories(), (history) => {
      try {
        play(deciding, history);
      } catch (error) {
        if (!breaks || breaks.test((error as Error).message)) throw error;
      }
    }),
    { numRuns: runs, seed, endOnFailure: breaks !== undefined },
  );
  const seconds = (performance.now() - begun) / 1000;
  const [history] = found.counterexample ?? [];
  return {
    runs: found.numRuns,
    seconds,
    seed,
    ...(history && {
      failure: [
        `${(found.errorInstance as Error).message} (seed ${seed}, path ${found.counterexamplePath}, shrunk ${found.numShrinks} times)`,
        historyInWords(history),
        `Again: MODEL_SEED=${seed} npm run test:model`,
      ].join('\n'),
    }),
  };
}
