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

/** Plays so many random histories, from a seed that is printed with what was found. */
export function checkHistories(deciding: Deciding, runs: number, seed: number): Findings {
  const begun = performance.now();
  const found = fc.check(
    fc.property(histories(), (history) => void play(deciding, history)),
    { numRuns: runs, seed, interruptAfterTimeLimit: 600_000 },
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
