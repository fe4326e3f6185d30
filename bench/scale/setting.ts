import { setTimeout as pause } from 'node:timers/promises';
import type { ServiceBackupSettings } from '../../src/api/backup-config';
import type { ServiceBackup } from '../../src/api/kinds';
import { RESOURCES } from '../../src/kube/resources';
import type { Rest } from '../../src/kube/rest';
import { down, up } from '../../testbed/simulation';
import { configure, deployOperator } from '../../testbed/simulation/cluster';
import { Ledger } from '../../testbed/simulation/ledger';
import { OperatorProcess } from '../../testbed/simulation/operator';
import { createNodes, createServices, keyOf, type SimulatedService } from '../../testbed/simulation/services';
import { itemName } from '../../testbed/simulation/stages';

export const MINUTE = 60_000;

/** Only backups: check and prune have their own days. Nothing is spread out: all that is due is due at once. */
const SETTINGS = {
  jitterSeconds: 0,
  maxParallelJobs: 1000,
  recoveryKey: 'Declined',
  check: { suspend: true },
  prune: { suspend: true },
} as const;

/** Seconds from the first declaration: until the API server had taken all of them, and until all were scheduled. */
export interface Taken {
  declared: number;
  scheduled: number;
}

/** So many services of one item, ten a namespace, numbered from `first` on. */
export const servicesOf = (
  first: number,
  count: number,
  nodeOf: (number: number) => string,
  milliseconds: number,
): SimulatedService[] =>
  Array.from({ length: count }, (_, n) => first + n).map((number) => ({
    namespace: `ns-${Math.floor(number / 10)}`,
    name: `s-${number}`,
    items: [{ name: itemName('ok', milliseconds, number), node: nodeOf(number) }],
  }));

/** A control plane of its own, an operator, and somebody who writes down what happens. */
export class Setting {
  readonly services: SimulatedService[] = [];

  private constructor(
    readonly kube: Rest,
    readonly ledger: Ledger,
    readonly operator: OperatorProcess,
    readonly nodes: readonly string[],
  ) {}

  static async with<T>(
    options: { nodes: number; settings?: Partial<ServiceBackupSettings> },
    use: (setting: Setting) => Promise<T>,
  ): Promise<T> {
    await up();
    const kube = await deployOperator({ ...SETTINGS, ...options.settings });
    const nodes = Array.from({ length: options.nodes }, (_, n) => `node-${n}`);
    const ledger = await Ledger.open(kube);
    try {
      await createNodes(kube, nodes);
      const operator = new OperatorProcess();
      operator.start();
      await operator.ready();
      return await use(new Setting(kube, ledger, operator, nodes));
    } finally {
      await ledger.close();
      kube.close();
      await down();
    }
  }

  /** Declares so many more services of one item, ten a namespace. */
  async declare(count: number, milliseconds = 5000): Promise<Taken> {
    const nodeOf = (number: number) => this.nodes[number % this.nodes.length]!;
    return this.take(servicesOf(this.services.length, count, nodeOf, milliseconds));
  }

  async take(services: readonly SimulatedService[]): Promise<Taken> {
    this.services.push(...services);
    const { began, ended } = await createServices(this.kube, services);
    const at = () => services.map((one) => this.ledger.scheduled(keyOf(one)));
    await this.ledger.until('every service to be scheduled', 600, () => at().every((when) => when));
    const last = Math.max(...at().map((when) => when!));
    return { declared: (ended - began) / 1000, scheduled: (last - began) / 1000 };
  }

  /** All services become due at the next minute that is at least so far away. Gives that instant, before it has come. */
  async dueAtOnce(leadSeconds: number): Promise<number> {
    const tick = Math.ceil((Date.now() + leadSeconds * 1000) / MINUTE) * MINUTE;
    const at = new Date(tick);
    await configure(this.kube, {
      schedule: `${at.getUTCMinutes()} ${at.getUTCHours()} * * *`,
      timeZone: 'Etc/UTC',
    });
    const next = `${at.toISOString().slice(0, 19)}Z`;
    for (;;) {
      const backups = await this.kube.list<ServiceBackup>(RESOURCES.serviceBackups);
      if (backups.every(({ status }) => status?.nextBackup === next)) return tick;
      if (Date.now() > tick - 2000)
        throw new Error(`The operator did not take up a new schedule within ${leadSeconds} s.`);
      await pause(500);
    }
  }

  /** Until the process has done nothing to speak of for a while: ms since `from`. */
  async quietSince(from: number): Promise<number> {
    const SAMPLE = 100;
    const QUIET = 2000;
    let before = this.operator.cpuSeconds();
    let busyAt = Date.now();
    while (Date.now() - busyAt < QUIET) {
      await pause(SAMPLE);
      const now = this.operator.cpuSeconds();
      // More than a fifth of one core.
      if (now - before > (SAMPLE / 1000) * 0.2) busyAt = Date.now();
      before = now;
    }
    return busyAt - from;
  }
}
