import { setTimeout as pause } from 'node:timers/promises';
import { keyOf } from '../../testbed/simulation/services';
import { mark, since } from './audit';
import { type Figures, spread } from './figures';
import { nullOperator } from './null-operator';
import { Setting } from './setting';

const K8UP = {
  created: ['17', '87'],
  recorded: [
    ['6', '10'],
    ['48', '74'],
  ],
};

/** Many are due in one minute, and as many Jobs may run as there are. */
export async function bursts(figures: Figures, counts: readonly [number, number]): Promise<void> {
  await Setting.with({ nodes: counts[1] }, async (setting) => {
    for (const [index, count] of counts.entries()) {
      await setting.declare(count - setting.services.length);
      await burst(figures, setting, index);
    }
    await setting.operator.kill();
    for (const count of counts) {
      const { created, ended } = await nullOperator(setting, count);
      figures.add({
        what: `${count} due in one minute, null operator: last Job created`,
        value: created,
        unit: 's',
        note: `last seen to end after ${ended.toFixed(1)} s`,
      });
    }
  });
}

async function burst(figures: Figures, setting: Setting, index: number): Promise<void> {
  const { ledger, services, operator } = setting;
  const count = services.length;
  const tick = await setting.dueAtOnce(15);
  const from = mark();
  const cpu = operator.cpuSeconds();
  const runs = await ended(setting, tick);
  await pause(3000);
  const { work, writes, kinds } = since(from);
  const jobs = [...ledger.jobs.values()].filter(({ createdAt }) => createdAt >= tick);
  const what = `${count} due in one minute`;
  const created = (Math.max(...jobs.map(({ createdAt }) => createdAt)) - tick) / 1000;
  const k8up = K8UP.created[index]!;
  figures.add({ what: `${what}: last Job created`, value: created, unit: 's', bar: Number(k8up) / 2, k8up });
  const gaps = jobs.map(({ of, endedAt }) => (runs.get(of)! - endedAt!) / 1000);
  const { median, max } = spread(gaps);
  figures.add({
    what: `${what}: mover ended → recorded, median`,
    value: median,
    unit: 's',
    bar: 1,
    k8up: K8UP.recorded[index]![0],
  });
  figures.add({
    what: `${what}: mover ended → recorded, longest`,
    value: max,
    unit: 's',
    bar: 3,
    k8up: K8UP.recorded[index]![1],
  });
  figures.add({
    what: `${what}: requests a backup`,
    value: work / count,
    unit: '',
    bar: 8,
    k8up: '5.2',
    note: JSON.stringify(kinds),
  });
  figures.add({ what: `${what}: writes a backup`, value: writes / count, unit: '', bar: 5 });
  figures.add({
    what: `${what}: the operator's CPU time a backup`,
    value: ((operator.cpuSeconds() - cpu) * 1000) / count,
    unit: 'ms',
  });
  await pause(20_000);
  figures.add({
    what: `resident memory, idle, ${count} declarations, after that`,
    value: operator.residentMemory(),
    unit: 'MiB',
    bar: 130,
    ...(index === 1 && { k8up: '164' }),
  });
}

/** When each service's run since then was recorded. */
async function ended(setting: Setting, since: number): Promise<Map<string, number>> {
  const end = (key: string) =>
    setting.ledger
      .runsOf(key)
      .flatMap(({ ends }) => ends)
      .find(({ at }) => at >= since)?.at;
  const keys = setting.services.map(keyOf);
  await setting.ledger.until('every run to end', 900, () => keys.every((key) => end(key)));
  return new Map(keys.map((key) => [key, end(key)!]));
}
