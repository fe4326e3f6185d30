import { loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import type { Objects } from './bucket-objects';
import { Setting } from './bucket-setting';
import { type Cost, medianInterval } from './pairs';

/**
 * A bucket's backup by the mover beside the same by hand, `rclone sync` and then `restic backup`, in turns. It needs root (a mount)
 * and 12 GB of free memory; it builds rclone at first.
 *
 *   npm run bench:buckets                  all of it: about a quarter of an hour on 2 quiet cores
 *   npm run bench:buckets -- --quick       a fiftieth of the objects: shows that it works, not how fast it is
 *   --rounds N   --only speed|memory
 */
const BARS = { first: 1.1, unchanged: 0.3, memoryMB: 150, growth: 1.1 };

/** rclone asks for the time of each object, one request each; this flag spares them, and few know it. */
const FEW_REQUESTS = '--use-server-modtime';

const { values: flags } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    rounds: { type: 'string', default: '3' },
    only: { type: 'string' },
  },
});
const rounds = Number(flags.rounds);
const share = (count: number) => Math.ceil(flags.quick ? count / 50 : count);
const SMALL: Objects = { count: share(20_000), from: 2_000, to: 20_000 };
const BIG: Objects = { count: share(50), from: 20_000_000, to: 20_000_000 };
/** Of which the mover's memory is looked at. */
const MEMORY_OF: Record<string, Record<string, Objects>> = {
  speed: { small: SMALL, big: BIG },
  few: { tiny: { count: share(20_050), from: 10, to: 200 } },
  many: { tiny: { count: share(100_000), from: 10, to: 200 } },
};

const verdicts: boolean[] = [];
const sides = ['mover', 'by hand', FEW_REQUESTS] as const;
type Side = (typeof sides)[number];

async function main(): Promise<number> {
  const setting = new Setting();
  try {
    console.log(`Load of the machine before: ${loadavg()[0]?.toFixed(1)}`);
    await setting.start();
    if (flags.only !== 'memory') await speed(setting);
    if (flags.only !== 'speed') await memory(setting);
  } finally {
    setting.stop();
  }
  return verdicts.every(Boolean) ? 0 : 1;
}

async function speed(setting: Setting): Promise<void> {
  await setting.fill('speed', { small: SMALL, big: BIG });
  const objects = SMALL.count + BIG.count;
  console.log(`\n${objects.toLocaleString('en')} objects, ${rounds} rounds, medians of wall time:`);
  const byHand =
    (...more: string[]) =>
    async () => {
      const { rclone, restic } = await setting.byHand('speed', ...more);
      parts.push(`rclone ${rclone.wallSeconds.toFixed(1)} s, restic ${restic.wallSeconds.toFixed(1)} s`);
      return add(rclone, restic);
    };
  const parts: string[] = [];
  const run: Record<Side, () => Promise<Cost>> = {
    mover: () => setting.mover('speed', objects),
    'by hand': byHand(),
    [FEW_REQUESTS]: byHand(FEW_REQUESTS),
  };
  for (const which of ['first', 'unchanged'] as const) {
    const costs: Record<Side, Cost[]> = { mover: [], 'by hand': [], [FEW_REQUESTS]: [] };
    if (which === 'unchanged') {
      // Each has a copy and a snapshot before it is measured.
      setting.reset();
      await run.mover();
      await run['by hand']();
    }
    for (let round = 0; round < rounds; round++) {
      // Each goes first in turn.
      for (const [at] of sides.entries()) {
        const side = sides[(at + round) % sides.length]!;
        if (which === 'first') setting.reset();
        costs[side].push(await run[side]());
        process.stderr.write(`\r\x1b[K  ${which} run, round ${round + 1}: ${side}`);
      }
    }
    process.stderr.write('\r\x1b[K');
    for (const side of sides) console.log(`  ${which} run, ${side}: ${inSeconds(costs[side])}`);
    const ratio = (side: Side) =>
      medianInterval(costs.mover.map((cost, i) => cost.wallSeconds / costs[side][i]!.wallSeconds)).median;
    verdict(`  ${which} run beside that by hand`, ratio('by hand'), '×', BARS[which]);
    console.log(`  … beside rclone ${FEW_REQUESTS}: ${ratio(FEW_REQUESTS).toFixed(2)}× (no bar)`);
  }
  console.log(`  the last by hand, in parts: ${parts.at(-2)}; ${parts.at(-1)}`);
}

/** Of two runs: the first fetches everything, the second compares everything. */
async function memory(setting: Setting): Promise<void> {
  const peaks: Record<string, number> = {};
  for (const [bucket, objects] of Object.entries(MEMORY_OF)) {
    const count = Object.values(objects).reduce((sum, some) => sum + some.count, 0);
    await setting.fill(bucket, objects);
    setting.reset();
    const both = [await setting.moverMemory(bucket, count), await setting.moverMemory(bucket, count)];
    peaks[bucket] = Math.max(...both);
    console.log(
      `\n${count.toLocaleString('en')} objects (${Object.keys(objects).join(', ')}): first run ${both[0]?.toFixed(0)} MB, unchanged run ${both[1]?.toFixed(0)} MB`,
    );
    verdict("  the mover's memory beside restic's own", peaks[bucket], ' MB', BARS.memoryMB);
  }
  verdict(
    '  the larger bucket of tiny objects beside the smaller',
    (peaks.many ?? 0) / (peaks.few ?? 1),
    '×',
    BARS.growth,
  );
}

const add = (a: Cost, b: Cost): Cost => ({
  wallSeconds: a.wallSeconds + b.wallSeconds,
  cpuSeconds: a.cpuSeconds + b.cpuSeconds,
});

const inSeconds = (costs: Cost[]) => {
  const median = (what: keyof Cost) => medianInterval(costs.map((cost) => cost[what])).median.toFixed(1);
  return `${median('wallSeconds')} s, ${median('cpuSeconds')} CPU-s`;
};

function verdict(what: string, value: number, unit: string, bar: number): void {
  const held = value <= bar;
  verdicts.push(held);
  const digits = unit === '×' ? 2 : 0;
  console.log(
    `${what}: ${value.toFixed(digits)}${unit} (at most ${bar}${unit}): ${held ? 'held' : 'NOT HELD'}`,
  );
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
