import { setTimeout as pause } from 'node:timers/promises';
import { RESOURCES } from '../../src/kube/resources';
import { each } from '../../testbed/simulation/access';
import { keyOf } from '../../testbed/simulation/services';
import { mark, since } from './audit';
import type { Figure, Figures } from './figures';
import { Setting } from './setting';

export interface DeclarationSizes {
  /** How many declarations there are when it is idle. */
  idle: readonly [number, number, number, number];
  /** For how long: watches begin anew every five minutes, all at about the same time. */
  idleSeconds: readonly [number, number, number, number];
  /** How many are declared at once. */
  fresh: readonly [number, number];
  /** How many runs are started at once by hand, with all declared. */
  burst: number;
}

/** Until garbage is collected and watches are quiet. Milliseconds. */
const SETTLING = 30_000;

const K8UP_MEMORY = ['46', '66', '152'];
const MEMORY_BARS = [undefined, undefined, 130, 180];
const K8UP_NEW = ['12', '41'];

/** Declarations that nothing happens to: memory, requests, restarts, and what a new one costs. */
export async function declarations(figures: Figures, sizes: DeclarationSizes): Promise<void> {
  const { idle, idleSeconds, fresh, burst } = sizes;
  await Setting.with({ nodes: 500 }, async (setting) => {
    const { operator, services } = setting;
    for (const [index, count] of idle.entries()) {
      const measured = fresh[index - 1];
      if (measured !== undefined) await declareFresh(figures, setting, measured, K8UP_NEW[index - 1]!);
      await setting.declare(count - services.length);
      await pause(5000);
      const from = mark();
      await pause(idleSeconds[index]! * 1000);
      const last = index === idle.length - 1;
      figures.add({
        what: `resident memory, idle, ${count} declarations`,
        value: operator.residentMemory(),
        unit: 'MiB',
        bar: MEMORY_BARS[index],
        k8up: K8UP_MEMORY[index],
      });
      const { requests, kinds } = since(from);
      figures.add({
        what: `API requests a minute, idle, ${count} declarations`,
        value: (requests * 60) / idleSeconds[index]!,
        unit: '',
        ...(last && { bar: 20 }),
        k8up: '30',
        note: `of ${idleSeconds[index]} s: ${JSON.stringify(kinds)}`,
      });
      if (index >= 2) await restart(figures, setting, last ? {} : { bar: 15, k8up: '61' });
      if (last) await pause(SETTLING);
      if (last)
        figures.add({
          what: `resident memory, idle, ${count} declarations, after a restart`,
          value: operator.residentMemory(),
          unit: 'MiB',
          bar: MEMORY_BARS[index],
        });
    }

    const some = services.slice(0, burst);
    await each(some, ({ namespace, name }) =>
      setting.kube.patch(RESOURCES.serviceBackups, name, namespace, { spec: { runNow: 'burst' } }),
    );
    await setting.ledger.until(`${burst} runs to end`, 600, () =>
      some.every((one) => setting.ledger.runsOf(keyOf(one)).some(({ ends }) => ends.length > 0)),
    );
    await pause(SETTLING);
    figures.add({
      what: `resident memory, idle, ${idle[3]} declarations, after a burst of ${burst} runs`,
      value: operator.residentMemory(),
      unit: 'MiB',
      bar: MEMORY_BARS[3],
    });
  });
}

async function declareFresh(figures: Figures, setting: Setting, count: number, k8up: string): Promise<void> {
  const from = mark();
  const { declared, scheduled } = await setting.declare(count);
  await pause(2000);
  const { work, kinds } = since(from);
  const what = `${count} new declarations`;
  figures.add({
    what: `${what}, until each is scheduled`,
    value: scheduled,
    unit: 's',
    bar: 10,
    k8up,
    note: `the API server had taken them after ${declared.toFixed(1)} s`,
  });
  figures.add({
    what: `${what}, requests each`,
    value: work / count,
    unit: '',
    bar: 2,
    k8up: '6',
    note: JSON.stringify(kinds),
  });
}

async function restart(
  figures: Figures,
  setting: Setting,
  beside: Pick<Figure, 'bar' | 'k8up'>,
): Promise<void> {
  const { operator, services } = setting;
  await operator.kill();
  const from = mark();
  const began = Date.now();
  operator.start();
  await operator.ready();
  const ready = Date.now() - began;
  const quiet = await setting.quietSince(began);
  const { writes, requests, kinds } = since(from);
  const what = `restart over ${services.length} declarations`;
  figures.add({
    what: `${what}, until all are scheduled`,
    value: Math.max(ready, quiet) / 1000,
    unit: 's',
    ...beside,
    note: `ready after ${(ready / 1000).toFixed(1)} s; ${requests} requests ${JSON.stringify(kinds)}`,
  });
  figures.add({ what: `${what}, writes`, value: writes, unit: '', bar: 0 });
}
