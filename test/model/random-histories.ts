import { deadPods, mayLive } from '../../src/operator/living-pods';
import { plan } from '../../src/operator/plan';
import { checkHistories } from './check-histories';

/** In all, over the files that share them: MODEL_RUNS raises it. */
const RUNS = Number(process.env.MODEL_RUNS ?? 10_000);
/** Files that jest runs side by side. */
const SHARES = 2;

/** One share of the histories, the same each time: MODEL_SEED plays others. */
export function playRandomHistories(share: number): void {
  const seed = Number(process.env.MODEL_SEED ?? share);
  const found = checkHistories({ plan, deadPods, mayLive }, Math.ceil(RUNS / SHARES), seed);
  process.stdout.write(`${found.runs} histories in ${found.seconds.toFixed(1)} s, seed ${seed}\n`);
  if (found.failure) throw new Error(found.failure);
}
