import { setTimeout as pause } from 'node:timers/promises';
import { until } from '../../testbed/machine/wait';
import { keyOf, type SimulatedService } from '../../testbed/simulation/services';
import { mark, since } from './audit';
import type { Figures } from './figures';
import { Setting } from './setting';

export interface CrashSizes {
  /** Due when the operator is killed. */
  due: number;
  /** Due while it is away. */
  missed: number;
}

/** How long nobody starts the operator again. */
const AWAY = 10_000;

/** The operator is killed while Jobs are being created, while runs are being decided, and before the minute at which all is due. */
export async function crashes(figures: Figures, { due, missed }: CrashSizes): Promise<void> {
  await Setting.with({ nodes: due }, async (setting) => {
    const { ledger, operator } = setting;
    await setting.declare(missed);
    const beforeTheMinute = async (tick: number) => {
      await pauseUntil(tick - 5000);
      await operator.kill();
      await pauseUntil(tick + 5000);
      operator.start();
    };
    await crash(figures, setting, 'down over the minute', '50 of 50', beforeTheMinute);

    await setting.declare(due - missed);
    const restart = async () => {
      await operator.kill();
      const killedAt = Date.now();
      const from = mark();
      await pause(AWAY);
      operator.start();
      return { killedAt, from };
    };
    await crash(figures, setting, 'killed while Jobs are created', '0', async (tick) => {
      const created = () => [...ledger.jobs.values()].filter(({ createdAt }) => createdAt >= tick).length;
      await ledger.until('a third of the Jobs to be created', 120, () => created() >= due / 3);
      const { killedAt, from } = await restart();
      const seen = created();
      const back = () => since(from, killedAt + AWAY).firstWrite;
      await until({ what: 'the next write', seconds: 120 }, async () => back());
      figures.add({
        what: 'killed while Jobs are created, restarted after 10 s: without an operator',
        value: (back()! - killedAt) / 1000,
        unit: 's',
        bar: 12,
        k8up: '27',
        note: `${seen} Jobs were there`,
      });
    });
    await crash(figures, setting, 'killed while runs are decided', '48 of 300', async (tick) => {
      const begun = () =>
        setting.services.some((one) => ledger.runsOf(keyOf(one)).some(({ beganAt }) => beganAt >= tick));
      await ledger.until('the first run to be decided', 120, begun);
      await restart();
    });
  });
}

async function crash(
  figures: Figures,
  setting: Setting,
  what: string,
  k8up: string,
  strike: (tick: number) => Promise<void>,
): Promise<void> {
  const tick = await setting.dueAtOnce(20);
  await strike(tick);
  const { services, ledger } = setting;
  const runs = (one: SimulatedService) =>
    ledger.runsOf(keyOf(one)).filter(({ beganAt }) => beganAt >= tick - 1000);
  const ran = (one: SimulatedService) => runs(one).some(({ ends }) => ends.length > 0);
  await ledger.until('every run to end', 240, () => services.every(ran)).catch(() => undefined);
  // What comes twice, comes late.
  await pause(5000);
  const jobs = (one: SimulatedService) =>
    ledger.jobsOf(keyOf(one)).filter(({ createdAt }) => createdAt >= tick);
  const doubled = services.filter(
    (one) => runs(one).length > 1 || jobs(one).length > 1 || runs(one).some(({ ends }) => ends.length > 1),
  );
  const lost = services.filter((one) => !ran(one));
  figures.add({ what: `${what} (${services.length} due): lost`, value: lost.length, unit: '', bar: 0, k8up });
  figures.add({ what: `${what} (${services.length} due): doubled`, value: doubled.length, unit: '', bar: 0 });
}

const pauseUntil = (instant: number): Promise<void> => pause(Math.max(0, instant - Date.now()));
