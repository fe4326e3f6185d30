import fc from 'fast-check';
import { backupConfigSpec } from '../../src/api/backup-config';
import type { ServiceBackup } from '../../src/api/kinds';
import { misfitOf } from '../../src/api/misfit';
import { serviceBackupSpec, serviceBackupStatus } from '../../src/api/service-backup';
import type { Event, KubeObject } from '../../src/kube/objects';
import { RESOURCES, type Resource } from '../../src/kube/resources';
import { each } from '../../testbed/simulation/access';
import { configure, OPERATOR_NAMESPACE } from '../../testbed/simulation/cluster';
import { keyOf, type SimulatedService } from '../../testbed/simulation/services';
import { itemName } from '../../testbed/simulation/stages';
import { misfitting } from '../model/hostile';
import { Lab } from './lab';
import { relaxCrds } from './relaxed-crds';

const SEED = 4711;
const BACKUPS = 200;
const CONFIGS = 40;
/** The hostile ones stand beside them, in their namespaces. */
const ORDINARY = ['ordinary-1', 'ordinary-2', 'ordinary-3'];
/** What its pod may take; an operator with nothing to do takes about 90. MiB. */
const MOST_MEMORY = 256;

const ordinary = (name: string): SimulatedService => ({
  namespace: name,
  name,
  items: [1, 2].map((n) => ({ name: itemName('ok', 60, n), node: `${name}-${n}` })),
});
const services = ORDINARY.map(ordinary);
const namespaceOf = (n: number): string => ORDINARY[n % ORDINARY.length]!;

let lab: Lab;
let restore: () => Promise<void>;
let stored: ServiceBackup[];
let configs: KubeObject[];

beforeAll(async () => {
  lab = await Lab.open();
  await configure(lab.kube, { recoveryKey: 'Declined', maxParallelJobs: 1000 });
  restore = await relaxCrds(lab.kube);
  await lab.declare(services);
  configs = (
    await storeAll(RESOURCES.backupConfigs, CONFIGS, backupConfigSpec, () => OPERATOR_NAMESPACE)
  ).map(({ object }) => object);
  stored = await storeBackups();
  await lab.killAndRestart();
  await lab.operator.ready();
}, 60_000);

afterAll(async () => {
  await lab?.operator.kill();
  const remove = (resource: Resource, all: readonly KubeObject[] = []) =>
    each(all, ({ metadata }) => lab.kube.delete(resource, metadata.name, metadata.namespace));
  await remove(RESOURCES.serviceBackups, stored);
  await remove(RESOURCES.backupConfigs, configs);
  await restore?.();
  await lab?.close();
}, 60_000);

/** Stores what the API server can take of so many hostile objects. */
async function storeAll(
  resource: Resource,
  many: number,
  schema: Parameters<typeof misfitting>[0],
  namespace: (n: number) => string,
): Promise<{ n: number; object: KubeObject }[]> {
  const specs = fc.sample(misfitting(schema), { numRuns: many, seed: SEED });
  const made: { n: number; object: KubeObject }[] = [];
  await each([...specs.entries()], async ([n, spec]) => {
    const metadata = { name: `hostile-${n}`, namespace: namespace(n) };
    // Some are too big for it, or nested too deeply for anybody.
    const object = await lab.kube.create(resource, { metadata, spec } as KubeObject).catch(() => undefined);
    if (object) made.push({ n, object });
  });
  return made;
}

async function storeBackups(): Promise<ServiceBackup[]> {
  const statuses = fc.sample(misfitting(serviceBackupStatus), { numRuns: BACKUPS, seed: SEED });
  const made = await storeAll(RESOURCES.serviceBackups, BACKUPS, serviceBackupSpec, namespaceOf);
  await each(made, async ({ n, object }) => {
    if (n % 2 === 0) return;
    const status = statuses[n];
    await lab.kube
      .replaceStatus(RESOURCES.serviceBackups, { ...object, status } as KubeObject)
      .catch(() => {});
  });
  return made.map(({ object }) => object as ServiceBackup);
}

test('ordinary services beside hundreds of hostile objects are backed up, and each of those is told what is wrong with it', async () => {
  expect(stored.length).toBeGreaterThan(BACKUPS * 0.9);
  expect(configs.length).toBeGreaterThan(CONFIGS * 0.9);
  const pid = lab.operator.pid;
  await Promise.all(services.map(lab.begin));
  for (const one of services) {
    await lab.settled(one);
    const { status } = (await lab.kube.get<ServiceBackup>(
      RESOURCES.serviceBackups,
      one.name,
      one.namespace,
    ))!;
    expect({ of: keyOf(one), ...status }).toMatchObject({ state: 'Success', consecutiveFailures: 0 });
  }
  const refused = await told();
  expect(refused.length).toBeGreaterThan(BACKUPS / 2);
  expect(refused.filter(({ isTold }) => !isTold)).toEqual([]);
  expect(lab.operator.pid).toBe(pid);
}, 60_000);

type Told = Event & { involvedObject?: { name?: string } };

/** The hostile ones that do not fit: a wrong spec is told in status, a wrong status in an event. */
async function told(): Promise<{ name: string; what: string; isTold: boolean }[]> {
  const found: { name: string; what: string; isTold: boolean }[] = [];
  for (const namespace of ORDINARY) {
    const events = await lab.kube.list<Told>(RESOURCES.events, { namespace });
    for (const one of await lab.kube.list<ServiceBackup>(RESOURCES.serviceBackups, { namespace })) {
      const misfit = misfitOf(one);
      if (!misfit) continue;
      const { name } = one.metadata;
      const inEvents = events.some(
        ({ involvedObject, reason }) => involvedObject?.name === name && reason === 'ConfigInvalid',
      );
      const inStatus = one.status?.conditions?.[0]?.reason === 'ConfigInvalid';
      found.push({ name, what: misfit.what, isTold: misfit.in === 'spec' ? inStatus : inEvents });
    }
  }
  return found;
}

test('the operator comes to rest: a few requests a second, and no more memory than its pod has', async () => {
  const quiet = 3;
  const [requests, cpu] = [lab.gate.requests, lab.operator.cpuSeconds()];
  await new Promise((resolve) => setTimeout(resolve, quiet * 1000));
  expect(lab.gate.requests - requests).toBeLessThan(10 * quiet);
  expect(lab.operator.cpuSeconds() - cpu).toBeLessThan(quiet / 2);
  expect(lab.operator.residentMemory()).toBeLessThan(MOST_MEMORY);
}, 20_000);
