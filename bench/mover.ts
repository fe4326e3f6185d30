import { parseArgs } from 'node:util';
import { type DataSet, Setting } from './mover-setting';
import { type Cost, type Interval, medianInterval } from './pairs';

/**
 * The mover against bare `restic backup` with the same flags on the same data, in interleaved pairs. It needs root (mounts) and
 * 6 GB of free memory.
 *
 *   npm run bench:mover                    all of it: about half an hour on 2 quiet cores
 *   npm run bench:mover -- --quick         small data, 3 pairs: shows that it works, not how fast it is
 *   --pairs N   --only big|small           --run first|unchanged
 */
const BARS = { cpu: 1.03, wall: 1.05, memoryMB: 70 };

const { values: flags } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    pairs: { type: 'string' },
    only: { type: 'string' },
    run: { type: 'string' },
  },
});
const pairs = Number(flags.pairs ?? (flags.quick ? 3 : 9));
const size = flags.quick ? 0.02 : 1;
const SETS: DataSet[] = [
  { name: 'big', files: Math.ceil(200 * size), bytesPerFile: 10_000_000 },
  { name: 'small', files: Math.ceil(100_000 * size), bytesPerFile: 1_000 },
];

const verdicts: boolean[] = [];

async function main(): Promise<number> {
  const setting = new Setting();
  try {
    await setting.start();
    for (const set of SETS.filter(({ name }) => !flags.only || flags.only === name)) {
      console.log(
        `\n${set.files.toLocaleString('en')} files of ${set.bytesPerFile.toLocaleString('en')} bytes`,
      );
      setting.fill(set);
      for (const run of ['first', 'unchanged'] as const) {
        if (!flags.run || flags.run === run) await measure(setting, run);
      }
      const memory = await setting.moverMemory('data');
      verdict(
        `  memory: ${memory.toFixed(1)} MB beside restic's own (at most ${BARS.memoryMB})`,
        memory <= BARS.memoryMB,
      );
    }
  } finally {
    setting.stop();
  }
  return verdicts.every(Boolean) ? 0 : 1;
}

async function measure(setting: Setting, run: 'first' | 'unchanged'): Promise<void> {
  const mover: Cost[] = [];
  const restic: Cost[] = [];
  setting.reset();
  // The unchanged run has a parent and a cache; the first run has neither. One more of each warms the page cache.
  await setting.restic('data');
  for (let i = 0; i < pairs; i++) {
    const both = [
      async () => mover.push(await once(setting, run, (item) => setting.mover(item))),
      async () => restic.push(await once(setting, run, (item) => setting.restic(item))),
    ];
    // Each goes first every other time.
    for (const one of i % 2 ? both.reverse() : both) await one();
    process.stderr.write(`\r  ${run} run: pair ${i + 1} of ${pairs}`);
  }
  process.stderr.write('\r\x1b[K');
  console.log(
    `  ${run} run, ${pairs} pairs: restic alone ${seconds(restic, 'cpuSeconds')} CPU-s, ${seconds(restic, 'wallSeconds')} s; mover ${seconds(mover, 'cpuSeconds')} CPU-s, ${seconds(mover, 'wallSeconds')} s (medians)`,
  );
  judge('CPU', 'cpuSeconds', BARS.cpu, mover, restic);
  judge('wall', 'wallSeconds', BARS.wall, mover, restic);
}

async function once(
  setting: Setting,
  run: 'first' | 'unchanged',
  backup: (item: string) => Promise<Cost>,
): Promise<Cost> {
  if (run === 'first') setting.reset();
  return backup('data');
}

function judge(name: string, what: keyof Cost, bar: number, mover: Cost[], restic: Cost[]): void {
  const ratio = medianInterval(mover.map((cost, i) => cost[what] / restic[i]![what]));
  const more = medianInterval(mover.map((cost, i) => cost[what] - restic[i]![what]));
  verdict(
    `    ${name}: ${ratio.median.toFixed(3)}× (at most ${bar}; ${inWords(ratio)}), ${(more.median * 1000).toFixed(0)} ms more`,
    ratio.median <= bar,
  );
}

const inWords = ({ low, high, confidence }: Interval) =>
  `${low.toFixed(3)}–${high.toFixed(3)} with ${(confidence * 100).toFixed(0)} %`;
const seconds = (costs: Cost[], what: keyof Cost) =>
  medianInterval(costs.map((cost) => cost[what])).median.toFixed(2);

function verdict(line: string, good: boolean): void {
  verdicts.push(good);
  console.log(`${line}: ${good ? 'held' : 'NOT HELD'}`);
}

main().then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    console.error(error);
    process.exitCode = 1;
  },
);
