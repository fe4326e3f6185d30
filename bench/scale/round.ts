import { keyOf, type SimulatedService } from '../../testbed/simulation/services';
import { type Fate, itemName } from '../../testbed/simulation/stages';
import { mark, since } from './audit';
import type { Figures } from './figures';
import { Setting } from './setting';

export interface RoundSizes {
  services: number;
  nodes: number;
  maxParallelJobs: number;
  /** Of a volume, from and to, in seconds. */
  seconds: readonly [number, number];
}

const FAILING = 0.05;
const SEED = 20_250_101;

/** Pseudo-random numbers from 0 to 1, the same for one seed always (mulberry32). */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

interface Read {
  service: number;
  node: string;
  milliseconds: number;
}

/** One round: services of two volumes on two nodes, all due at once. */
export async function round(figures: Figures, sizes: RoundSizes): Promise<void> {
  const { services: count, nodes, maxParallelJobs, seconds } = sizes;
  await Setting.with({ nodes, settings: { maxParallelJobs } }, async (setting) => {
    const random = randomOf(SEED);
    const reads: Read[] = [];
    const services = Array.from({ length: count }, (_, service): SimulatedService => {
      const first = Math.floor(random() * nodes);
      const second = (first + 1 + Math.floor(random() * (nodes - 1))) % nodes;
      const items = [first, second].map((at, index) => {
        const milliseconds = Math.round((seconds[0] + random() * (seconds[1] - seconds[0])) * 1000);
        const fate: Fate = random() < FAILING ? 'fails' : 'ok';
        const node = setting.nodes[at]!;
        reads.push({ service, node, milliseconds });
        return { name: itemName(fate, milliseconds, 2 * service + index), node };
      });
      return { namespace: `ns-${Math.floor(service / 10)}`, name: `s-${service}`, items };
    });
    await setting.take(services);
    const tick = await setting.dueAtOnce(30);
    const from = mark();
    const { ledger } = setting;
    const runs = (one: SimulatedService) => ledger.runsOf(keyOf(one));
    const shortest = shortestMakespan(reads, maxParallelJobs);
    await ledger
      .until('every run to end', 300 + shortest * 4, () =>
        services.every((one) => runs(one).some(({ ends }) => ends.length)),
      )
      .catch(() => undefined);
    const once = services.filter((one) => runs(one).length === 1 && runs(one)[0]!.ends.length === 1);
    const jobs = [...ledger.jobs.values()];
    const names = new Set(jobs.map(({ name }) => name));
    const what = `a round of ${count} services × 2 groups on ${nodes} nodes, ${maxParallelJobs} Jobs at once`;
    figures.add({
      what: `${what}: runs not recorded exactly once`,
      value: count - once.length,
      unit: '',
      bar: 0,
    });
    figures.add({
      what: `${what}: Jobs made twice, or missing`,
      value: jobs.length - names.size + Math.abs(names.size - 2 * count),
      unit: '',
      bar: 0,
    });
    const last = Math.max(
      ...services.flatMap((one) => runs(one).flatMap(({ ends }) => ends.map(({ at }) => at))),
    );
    const makespan = (last - tick) / 1000;
    figures.add({
      what: `${what}: real makespan`,
      value: makespan,
      unit: 's',
      note: `${(makespan / shortest).toFixed(2)} × max(longest node, longest service, total ÷ ${maxParallelJobs}) = ${shortest.toFixed(0)} s, of the pods' own seconds alone`,
    });
    const { work, writes, kinds } = since(from);
    figures.add({
      what: `${what}: requests a group`,
      value: work / names.size,
      unit: '',
      note: JSON.stringify(kinds),
    });
    figures.add({ what: `${what}: writes a group`, value: writes / names.size, unit: '' });
    figures.add({
      what: `${what}: resident memory at its end`,
      value: setting.operator.residentMemory(),
      unit: 'MiB',
    });
  });
}

/** No schedule can be shorter: one Job a node, one of a service, and so many at once. Seconds. */
function shortestMakespan(reads: readonly Read[], maxParallelJobs: number): number {
  const longest = (by: (read: Read) => string | number) => {
    const sums = new Map<string | number, number>();
    for (const read of reads) sums.set(by(read), (sums.get(by(read)) ?? 0) + read.milliseconds);
    return Math.max(...sums.values());
  };
  const total = reads.reduce((sum, { milliseconds }) => sum + milliseconds, 0);
  return (
    Math.max(
      longest(({ node }) => node),
      longest(({ service }) => service),
      total / maxParallelJobs,
    ) / 1000
  );
}
