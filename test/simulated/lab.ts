import { RESOURCES } from '../../src/kube/resources';
import type { Rest } from '../../src/kube/rest';
import { administrator } from '../../testbed/simulation/access';
import { Ledger } from '../../testbed/simulation/ledger';
import { OperatorProcess } from '../../testbed/simulation/operator';
import { createNodes, createServices, keyOf, type SimulatedService } from '../../testbed/simulation/services';
import { itemName } from '../../testbed/simulation/stages';
import { Gate, type Trap } from './gate';
import { type Record, recordOf } from './record';

const SECONDS = 30;

/** Two volumes on two nodes of its own, of which one's report is lost. */
export const service = (name: string): SimulatedService => ({
  namespace: name,
  name,
  items: [
    { name: itemName('ok', 60, 1), node: `${name}-a` },
    { name: itemName('silent', 60, 2), node: `${name}-b` },
  ],
});

/** Where an operator is killed: a simulated control plane, and a gate between the two. */
export class Lab {
  private constructor(
    readonly kube: Rest,
    readonly ledger: Ledger,
    readonly gate: Gate,
    readonly operator: OperatorProcess,
  ) {}

  static async open(): Promise<Lab> {
    const kube = administrator();
    const ledger = await Ledger.open(kube);
    const gate = await Gate.open();
    const operator = new OperatorProcess({ apiServer: gate.port });
    operator.start();
    await operator.ready();
    return new Lab(kube, ledger, gate, operator);
  }

  async close(): Promise<void> {
    await this.operator.kill();
    await this.gate.close();
    await this.ledger.close();
    this.kube.close();
  }

  /** Gives the instant at which the last was declared. */
  async declare(services: readonly SimulatedService[]): Promise<number> {
    await createNodes(
      this.kube,
      services.flatMap(({ items }) => items.map(({ node }) => node)),
    );
    const { ended } = await createServices(this.kube, services);
    await this.ledger.until('every service to be scheduled', SECONDS, () =>
      services.every((one) => this.ledger.scheduled(keyOf(one))),
    );
    return ended;
  }

  begin = ({ namespace, name }: SimulatedService): Promise<unknown> =>
    this.kube.patch(RESOURCES.serviceBackups, name, namespace, { spec: { runNow: 'now' } });

  /** What is on record when its run has ended, and none of its Jobs is left. */
  async settled(one: SimulatedService): Promise<Record> {
    const key = keyOf(one);
    const isSettled = () =>
      this.ledger.runsOf(key).some(({ ends }) => ends.length > 0) &&
      this.ledger.jobsOf(key).every(({ goneAt }) => goneAt);
    try {
      await this.ledger.until(`the run of ${key} to end, and its Jobs to go`, SECONDS, isSettled);
    } catch (error) {
      const record = JSON.stringify(await recordOf(this.kube, this.ledger, one));
      throw new Error(`${(error as Error).message} ${record} ${this.operator.log().slice(-3000)}`);
    }
    return recordOf(this.kube, this.ledger, one);
  }

  /** What the operator wrote for a service so far. */
  writesOf = (one: SimulatedService): string[] =>
    this.gate.writes.filter(({ of }) => of === keyOf(one)).map(({ what }) => what);

  /** Sets a trap at the k-th write (from 1) for a service. */
  trap(one: SimulatedService, k: number, when: Trap['when'], spring: Trap['spring']): void {
    let seen = 0;
    this.gate.set({
      when,
      spring,
      isAt: ({ of }) => {
        if (of !== keyOf(one)) return false;
        seen += 1;
        return seen === k;
      },
    });
  }

  killAndRestart = async (): Promise<void> => {
    await this.operator.kill();
    this.operator.start();
  };
}
