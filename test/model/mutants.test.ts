import { deadPods, mayLive } from '../../src/operator/living-pods';
import { plan } from '../../src/operator/plan';
import { checkHistories } from './check-histories';
import { MUTANTS } from './mutants';
import { mutated } from './mutated';

/** Always the same histories: what is caught today is caught tomorrow. */
const SEED = 1;
const RUNS = 1500;

test('the plan as it is breaks no promise in these histories', () => {
  expect(checkHistories({ plan, deadPods, mayLive }, RUNS, SEED).failure).toBeUndefined();
}, 300_000);

test.each(MUTANTS.map((mutant) => [mutant.without, mutant] as const))(
  'a plan without %s is caught',
  async (_, mutant) => {
    const { failure, runs } = checkHistories(await mutated(mutant), RUNS, SEED, { breaks: mutant.breaks });
    process.stdout.write(`without ${mutant.without}: caught by history ${runs}\n`);
    expect(failure).toMatch(mutant.breaks);
  },
  600_000,
);
