import fc from 'fast-check';
import { HOUR, MINUTE, SECOND } from './agenda';
import { isTerminal } from './cluster';
import { move } from './displacement';
import type { Fate, ReportFate } from './mover';
import { type Fault, FRESH, type Lag } from './operator';
import { declaration, ITEMS, LABELS, NODES } from './start';
import type { Name, World } from './world';

const NAMES = ['A', 'B'] as const;
/** Whichever it is. */
const MOVERS_NODE = 'of the last mover';
const SPANS = {
  '5 s': 5 * SECOND,
  '20 s': 20 * SECOND,
  '1 min': MINUTE,
  '6 min': 6 * MINUTE,
  '1 h': HOUR,
  '7 h': 7 * HOUR,
};
/** Two operators are awake at once for as long as a Lease takes to be lost, and a little. */
const OVERLAP = MINUTE;
type Span = keyof typeof SPANS;

/** What can happen. Each is applied wherever it makes sense, and is nothing where it makes none. */
export type Event =
  | { what: 'time passes'; span: Span; awake: readonly Name[]; lags: readonly Lag[] }
  | { what: 'a mover gets to work'; slow: boolean }
  | { what: 'a look'; who: Name; lag: Lag; writes: number; fault?: Fault }
  | { what: 'goes on with what it decided'; who: Name }
  | { what: 'killed'; who: Name }
  | { what: 'its clock jumps'; who: Name; minutes: number }
  | { what: 'runNow'; value: string }
  | { what: 'suspend'; on: boolean; where: 'config' | 'backup' }
  | { what: 'schedule'; expression: string }
  | { what: 'config'; becomes: 'gone' | 'back' | 'wrong' }
  | { what: 'items'; claims: number; buckets: number }
  | { what: 'scratch'; claim: string }
  | { what: 'labels'; on: readonly string[]; declared: boolean }
  | { what: 'node'; name: string; becomes: 'cut off' | 'without power' | 'back' | 'deleted' }
  | { what: 'pod deleted'; force: boolean }
  | { what: 'Job deleted' }
  | { what: 'volume'; item: string; node: string }
  | { what: 'pod of the service must move'; item: string; node: string }
  | { what: 'report'; becomes: ReportFate }
  | { what: 'item'; item: string; fate: Fate }
  | { what: 'storage'; reachable: boolean }
  | { what: 'Jobs are refused'; code: 403 | 422 | undefined }
  | { what: 'others are busy'; nodes: readonly string[] }
  | { what: 'its program is pruned' }
  | { what: 'another version' };

export function apply(world: World, event: Event): void {
  const { cluster, nodes, kubelets, operators } = world;
  switch (event.what) {
    case 'time passes':
      world.live(Math.min(SPANS[event.span], OVERLAP), event.awake, event.lags);
      world.live(SPANS[event.span] - OVERLAP, event.awake.slice(0, 1), event.lags);
      return;
    case 'a mover gets to work':
      if (event.slow) for (const name of ITEMS) world.fates.set(name, 'Slow');
      world.liveUntil(7 * HOUR, () => kubelets.running().some(({ atWork }) => atWork));
      return;
    case 'a look':
      operators[event.who].reconcile(event.lag, event.writes, event.fault);
      return;
    case 'goes on with what it decided':
      operators[event.who].goOn();
      return;
    case 'killed':
      operators[event.who].kill();
      return;
    case 'its clock jumps':
      operators[event.who].skew += event.minutes * MINUTE;
      return;
    case 'runNow':
      cluster.declare({ runNow: event.value || undefined });
      return;
    case 'suspend':
      if (event.where === 'backup') cluster.declare({ suspend: event.on });
      else world.configure({ suspend: event.on });
      return;
    case 'schedule':
      cluster.declare({ schedule: event.expression });
      return;
    case 'config':
      if (event.becomes === 'gone') cluster.configs.delete('default');
      else
        world.configure(
          event.becomes === 'wrong'
            ? { resticRetentionPolicy: { daily: 0 } }
            : { resticRetentionPolicy: undefined },
        );
      return;
    case 'items':
      cluster.declare({ backups: declaration(event.claims, event.buckets) });
      return;
    case 'scratch':
      world.configure({ scratchVol: event.claim === '' ? undefined : { claimName: event.claim } });
      return;
    case 'labels':
      cluster.labelled = event.on;
      if (event.declared)
        cluster.declare({
          backups: [
            { type: 'pvc', name: 'a' },
            { type: 'pvc', selector: { matchLabels: LABELS } },
            { type: 's3', name: 'x' },
          ],
        });
      return;
    case 'node': {
      const name = event.name === MOVERS_NODE ? kubelets.running().at(-1)?.node : event.name;
      if (name === undefined) return;
      if (event.becomes === 'back') nodes.comeBack(name);
      else if (event.becomes === 'deleted') nodes.delete(name);
      else nodes.lose(name, event.becomes === 'cut off');
      return;
    }
    case 'pod deleted': {
      const pod = cluster.pods.list().findLast((each) => !isTerminal(each));
      if (pod && event.force) cluster.pods.delete(pod.name);
      else if (pod) cluster.deletePod(pod.name);
      return;
    }
    case 'Job deleted': {
      const job = cluster.jobs.list().at(-1);
      if (job) cluster.jobs.delete(job.name);
      return;
    }
    case 'volume':
      move(cluster, event.item, event.node);
      return;
    case 'pod of the service must move':
      world.displacement.wish(event.item, event.node);
      for (const name of NAMES) operators[name].look();
      return;
    case 'report':
      world.reportFates.push(event.becomes);
      return;
    case 'item':
      world.fates.set(event.item, event.fate);
      return;
    case 'storage':
      world.repository.reachable = event.reachable;
      // What hangs in a system that is gone does not hear SIGTERM.
      for (const container of kubelets.running()) container.deaf = !event.reachable;
      return;
    case 'Jobs are refused':
      cluster.refuses = event.code;
      return;
    case 'others are busy':
      cluster.busy = event.nodes;
      for (const name of NAMES) operators[name].onTurn();
      return;
    case 'its program is pruned':
      cluster.pruneProgram();
      return;
    case 'another version':
      cluster.upgrade();
  }
}

const changes = fc.constantFrom(0, 0, 0, 1, 2, 5);
const lag: fc.Arbitrary<Lag> = fc.oneof(
  { weight: 2, arbitrary: fc.constant(FRESH) },
  {
    weight: 1,
    arbitrary: fc.record({
      jobs: changes,
      pods: changes,
      nodes: changes,
      volumes: changes,
      backup: fc.constantFrom(0, 0, 0, 1),
    }),
  },
);
const who = fc.constantFrom(...NAMES);
const item = fc.constantFrom(...ITEMS);
const node = fc.constantFrom(...NODES);
const fault: fc.Arbitrary<Fault> = fc.record({
  write: fc.integer({ min: 1, max: 4 }),
  answer: fc.constantFrom('Refused', 'Lost'),
});
const is = <W extends Event['what']>(what: W) => fc.constant(what);
const weighted = (weight: number, arbitrary: fc.Arbitrary<Event>) => ({ weight, arbitrary });

const anEvent: fc.Arbitrary<Event> = fc.oneof(
  weighted(
    30,
    fc.record({
      what: is('time passes'),
      span: fc.constantFrom<Span>('5 s', '20 s', '20 s', '1 min', '1 min', '6 min', '1 h', '7 h'),
      awake: fc.constantFrom<readonly Name[]>(['A'], ['A'], ['A'], ['A', 'B'], []),
      lags: fc.array(lag, { maxLength: 3 }),
    }),
  ),
  weighted(
    16,
    fc.record(
      {
        what: is('a look'),
        who,
        lag,
        writes: fc.constantFrom(0, 1, 1, 2, 3, 99),
        fault,
      },
      { requiredKeys: ['what', 'who', 'lag', 'writes'] },
    ),
  ),
  weighted(10, fc.record({ what: is('a mover gets to work'), slow: fc.boolean() })),
  weighted(4, fc.record({ what: is('goes on with what it decided'), who })),
  weighted(4, fc.record({ what: is('killed'), who })),
  weighted(
    3,
    fc.record({ what: is('its clock jumps'), who, minutes: fc.constantFrom(-20, -3, 3, 20, 180, 600) }),
  ),
  weighted(6, fc.record({ what: is('runNow'), value: fc.constantFrom('', '1', '2', '3', '4') })),
  weighted(
    2,
    fc.record({ what: is('suspend'), on: fc.boolean(), where: fc.constantFrom('config', 'backup') }),
  ),
  weighted(
    1,
    fc.record({
      what: is('schedule'),
      expression: fc.constantFrom('0 */6 * * *', '30 */4 * * *', '0 */1 * * *'),
    }),
  ),
  weighted(2, fc.record({ what: is('config'), becomes: fc.constantFrom('gone', 'back', 'back', 'wrong') })),
  weighted(
    2,
    fc.record({
      what: is('items'),
      claims: fc.integer({ min: 0, max: 3 }),
      buckets: fc.integer({ min: 0, max: 2 }),
    }),
  ),
  weighted(2, fc.record({ what: is('scratch'), claim: fc.constantFrom('', 'one', 'two') })),
  weighted(4, fc.record({ what: is('labels'), on: fc.subarray([...ITEMS]), declared: fc.boolean() })),
  weighted(
    8,
    fc.record({
      what: is('node'),
      name: fc.constantFrom(...NODES, MOVERS_NODE, MOVERS_NODE),
      becomes: fc.constantFrom('cut off', 'cut off', 'without power', 'back', 'back', 'deleted'),
    }),
  ),
  weighted(3, fc.record({ what: is('pod deleted'), force: fc.boolean() })),
  weighted(3, fc.record({ what: is('Job deleted') })),
  weighted(4, fc.record({ what: is('volume'), item, node: fc.constantFrom('', ...NODES) })),
  weighted(2, fc.record({ what: is('pod of the service must move'), item, node })),
  weighted(
    4,
    fc.record({
      what: is('report'),
      becomes: fc.constantFrom<ReportFate>('Lost', 'Malformed', 'Killed', 'OutOfMemory', 'Short'),
    }),
  ),
  weighted(
    4,
    fc.record({ what: is('item'), item, fate: fc.constantFrom<Fate>('Passing', 'Final', 'Warning', 'Slow') }),
  ),
  weighted(2, fc.record({ what: is('storage'), reachable: fc.boolean() })),
  weighted(1, fc.record({ what: is('Jobs are refused'), code: fc.constantFrom(403, 422, undefined) })),
  weighted(
    2,
    fc.record({
      what: is('others are busy'),
      nodes: fc.constantFrom<readonly string[]>([], [], ['node-1'], ['node-1', 'node-2'], ['scratch/one']),
    }),
  ),
  weighted(1, fc.record({ what: is('its program is pruned') })),
  weighted(3, fc.record({ what: is('another version') })),
);

export const events = (most: number): fc.Arbitrary<Event[]> =>
  fc.array(anEvent, { maxLength: most, size: 'max' });

/** An event as a person reads it. */
export function inWords({ what, ...rest }: Event): string {
  const details = Object.entries(rest).flatMap(([name, value]) => {
    if (value === undefined || JSON.stringify(value) === JSON.stringify(FRESH)) return [];
    if (name === 'lag' || name === 'lags') return [`${name} ${lagInWords(value)}`];
    return [`${name} ${typeof value === 'object' ? JSON.stringify(value) : value}`];
  });
  return `${what}${details.length > 0 ? `: ${details.join(', ')}` : ''}`;
}

const lagInWords = (value: unknown): string =>
  [value]
    .flat()
    .map(
      (lag) =>
        Object.entries(lag as Lag)
          .filter(([, behind]) => behind > 0)
          .map(([kind, behind]) => `${kind}-${behind}`)
          .join(' ') || 'none',
    )
    .join(' | ');
