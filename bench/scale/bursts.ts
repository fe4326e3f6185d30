import { setTimeout as pause } from 'node:timers/promises';
import { keyOf } from '../../testbed/simulation/services';
import { mark, since } from './audit';
import { type Figure, type Figures, spread } from './figures';
import { type K8up, k8up } from './k8up';
import { nullOperator } from './null-operator';
import { Setting } from './setting';

/** Many are due in one minute, and as many Jobs may run as there are; K8up first, then the operator, then the floor. */
export async function bursts(figures: Figures, counts: readonly [number, number]): Promise<void> {
  const nodes = counts[1];
  const peers: K8up[] = [];
  for (const count of counts) peers.push(await k8up(count, nodes));
  await Setting.with({ nodes }, async (setting) => {
    for (const [index, count] of counts.entries()) {
      await setting.declare(count - setting.services.length);
      await burst(figures, setting, peers[index]!);
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

async function burst(figures: Figures, setting: Setting, peer: K8up): Promise<void> {
  const { ledger, services, operator } = setting;
  const count = services.length;
  const tick = await setting.dueAtOnce(15);
  const from = mark();
  const cpu = operator.cpuSeconds();
  const runs = await ended(setting, tick);
  await pause(3000);
  const { work, writes, kinds } = since(from);
  const jobs = [...ledger.jobs.values()].filter(({ createdAt }) => createdAt >= tick);
  const created = (Math.max(...jobs.map(({ createdAt }) => createdAt)) - tick) / 1000;
  const { median, max } = spread(jobs.map(({ of, endedAt }) => (runs.get(of)! - endedAt!) / 1000));
  const add = (what: string, figure: Omit<Figure, 'what'>) =>
    figures.add({ what: `${count} due in one minute: ${what}`, ...figure });
  add('last Job created', { value: created, unit: 's', bar: peer.created / 2, k8up: peer.created });
  add('mover ended → recorded, median', { value: median, unit: 's', bar: 1, k8up: peer.finished.median });
  add('mover ended → recorded, longest', { value: max, unit: 's', bar: 3, k8up: peer.finished.max });
  const note = JSON.stringify(kinds);
  add('requests a backup', { value: work / count, unit: '', bar: 8, k8up: peer.requests, note });
  add('writes a backup', { value: writes / count, unit: '', bar: 5, k8up: peer.writes });
  const spent = operator.cpuSeconds() - cpu;
  add('CPU time a backup', { value: (spent * 1000) / count, unit: 'ms', k8up: peer.cpuMilliseconds });
  await pause(20_000);
  figures.add({
    what: `resident memory, idle, ${count} declarations, after that`,
    value: operator.residentMemory(),
    unit: 'MiB',
    bar: 130,
    k8up: peer.residentMemory,
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
