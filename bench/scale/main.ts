import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { build } from '../../scripts/build';
import { bursts } from './bursts';
import { crashes } from './crashes';
import { declarations } from './declarations';
import { Figures } from './figures';
import { round } from './round';

/**
 * The operator beside what it must beat, on a real API server whose nodes and pods are simulated. Exit code 1 if a bar is missed.
 * How it is measured: docs/benchmarks.md.
 */
const PHASES = {
  declarations: (figures: Figures, quick: boolean) =>
    declarations(
      figures,
      quick
        ? { idle: [20, 100, 200, 300], idleSeconds: [10, 10, 10, 10], fresh: [50, 60], burst: 20 }
        : { idle: [100, 1000, 5000, 10_000], idleSeconds: [30, 30, 30, 300], fresh: [500, 1000], burst: 500 },
    ),
  bursts: (figures: Figures, quick: boolean) => bursts(figures, quick ? [50, 100] : [500, 1000]),
  crashes: (figures: Figures, quick: boolean) =>
    crashes(figures, quick ? { due: 60, missed: 20 } : { due: 300, missed: 50 }),
  round: (figures: Figures, quick: boolean) =>
    round(
      figures,
      quick
        ? { services: 60, nodes: 15, maxParallelJobs: 10, seconds: [1, 3] }
        : { services: 2000, nodes: 500, maxParallelJobs: 200, seconds: [5, 15] },
    ),
  makespan: () => makespan(),
};
type Phase = keyof typeof PHASES;

/** In simulated time, without a cluster: a program of its own, which prints its figures and judges them by its exit code. */
async function makespan(): Promise<void> {
  const program = join(__dirname, 'makespan.ts');
  if (!existsSync(program)) return;
  const { status } = spawnSync(process.execPath, [...process.execArgv, program], { stdio: 'inherit' });
  if (status !== 0) process.exitCode = 1;
}

async function main(): Promise<void> {
  const program = new Command('bench:scale')
    .option('--quick', 'with small numbers, to see that it works: its figures tell nothing')
    .argument('[phases...]', `which of ${Object.keys(PHASES).join(', ')}`, [])
    .parse();
  const { quick = false } = program.opts<{ quick?: boolean }>();
  const chosen = (program.args.length > 0 ? program.args : Object.keys(PHASES)) as Phase[];
  await build();
  const figures = new Figures();
  for (const name of chosen) {
    const phase = PHASES[name];
    if (!phase)
      throw new Error(`There is no phase '${name}': name one of ${Object.keys(PHASES).join(', ')}.`);
    console.log(`\n${name}`);
    await phase(figures, quick);
  }
  console.log(`\n${figures.table()}`);
  if (figures.missed > 0) process.exitCode = 1;
}

main().catch((error: Error) => {
  console.error(error.message);
  process.exitCode = 1;
});
