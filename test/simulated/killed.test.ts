import { configure, deployBeside } from '../../testbed/simulation/cluster';
import { OperatorProcess } from '../../testbed/simulation/operator';
import type { SimulatedService } from '../../testbed/simulation/services';
import { Lab, service } from './lab';
import type { Record } from './record';

/** A run makes no more writes than this; for each there is a service of its own. */
const MOST_WRITES = 24;
const named = (kind: string) => Array.from({ length: MOST_WRITES }, (_, n) => service(`${kind}-${n}`));
const WHEN = ['before', 'after'] as const;

const shared = named('shared');
const baseline = service('undisturbed');
const killed = { before: named('killed-before'), after: named('killed-after') };
const cut = { before: named('cut-before'), after: named('cut-after') };
const atLease = { before: service('lease-before'), after: service('lease-after') };

let lab: Lab;
let declared: number;
const often = { schedule: '* * * * *' };
const settings = { check: often, prune: often, recoveryKey: 'Declined', maxParallelJobs: 1000 } as const;

beforeAll(async () => {
  lab = await Lab.open();
  await configure(lab.kube, settings);
  const broken = [killed, cut].flatMap(({ before, after }) => [...before, ...after]);
  declared = await lab.declare([...shared, baseline, ...broken, ...Object.values(atLease)]);
}, 60_000);

afterAll(() => lab?.close());

test('two operators that are active at once make each Job once, and record each run once', async () => {
  // Each has a Lease of its own, as if the first had not noticed that it lost it.
  const namespace = 'service-backup-beside';
  await deployBeside(lab.kube, namespace);
  const other = new OperatorProcess({
    name: 'operator-beside',
    namespace,
    apiServer: lab.gate.port,
    port: 28_081,
  });
  other.start();
  try {
    await other.ready();
    await Promise.all(shared.map(lab.begin));
    for (const one of shared) {
      const { jobs, runs, left } = await lab.settled(one);
      // Both groups, and one or two Jobs for the repository: a minute may begin in between.
      expect(jobs).toEqual(['1', '2', '3', '4'].slice(0, jobs.length));
      expect({ runs, left }).toEqual({ runs: [1], left: [] });
    }
    const both = [lab.operator, other].map((operator) => /create Job/.test(operator.log()));
    expect(both).toEqual([true, true]);
  } finally {
    await other.kill();
  }
}, 60_000);

describe('a run', () => {
  let undisturbed: Record;
  let writes: string[];

  beforeAll(async () => {
    // Check and prune are due when a minute has begun since the declaration.
    const minute = (Math.floor(declared / 60_000) + 1) * 60_000 + 1000;
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, minute - Date.now())));
    await lab.begin(baseline);
    undisturbed = await lab.settled(baseline);
    writes = lab.writesOf(baseline);
  }, 90_000);

  /** That its end is as if nothing had happened. `write` names the culprit where it is not. */
  const endsAlike = async (one: SimulatedService, write: string) =>
    expect({ write, ...(await lab.settled(one)) }).toEqual({ write, ...undisturbed });

  test('reads both volumes, asks for the lost report, checks, prunes, and leaves no Job', () => {
    expect(undisturbed).toMatchObject({ jobs: ['1', '2', '3'], runs: [1], left: [] });
    expect(undisturbed.status).toContain('"prune"');
    expect(undisturbed.status).toContain('<snapshot silent-60-2>');
    expect(writes.length).toBeGreaterThan(9);
    expect(writes.length).toBeLessThanOrEqual(MOST_WRITES);
  });

  test.each(WHEN)(
    'whose operator is killed %s the API server took a write ends alike, whichever write it was',
    async (when) => {
      for (const [index, write] of writes.entries()) {
        const one = killed[when][index]!;
        lab.trap(one, index + 1, when, lab.killAndRestart);
        await lab.begin(one);
        await endsAlike(one, `${index + 1}: ${write}`);
      }
    },
    120_000,
  );

  test.each(WHEN)(
    'whose operator is killed, and its successor %s the API server took its Lease, ends alike',
    async (when) => {
      const one = atLease[when];
      lab.trap(one, 1, 'after', async () => {
        lab.gate.set({ when, isAt: ({ what }) => what === 'PUT leases', spring: lab.killAndRestart });
        await lab.killAndRestart();
      });
      await lab.begin(one);
      await endsAlike(one, 'PUT leases');
    },
    60_000,
  );

  test.each(WHEN)(
    'of which a connection breaks %s the API server took a write ends alike, whichever write it was',
    async (when) => {
      const broken = cut[when].slice(0, writes.length);
      for (const [index, one] of broken.entries()) lab.trap(one, index + 1, when, () => {});
      await Promise.all(broken.map(lab.begin));
      for (const [index, one] of broken.entries()) await endsAlike(one, `${index + 1}: ${writes[index]}`);
    },
    60_000,
  );
});
