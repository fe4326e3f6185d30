import fc from 'fast-check';
import { HOUR, MINUTE } from './agenda';
import { move } from './displacement';
import { apply, type Event, events, inWords } from './events';
import type { Deciding } from './operator';
import {
  BEGIN,
  declaration,
  ITEMS,
  NODES,
  RUN_DEADLINE_HOURS,
  type Start,
  start,
  theBackup,
  theConfig,
} from './start';
import { World } from './world';

/** What happened to one ServiceBackup, one event after the other. */
export interface History {
  start: Start;
  events: Event[];
}

export const histories = (most = 14): fc.Arbitrary<History> => fc.record({ start, events: events(most) });

/** The deadline of a run, and what its last Job may need to end. */
const LONGEST_RUN = RUN_DEADLINE_HOURS * HOUR + 10 * MINUTE;

/** Plays a history to its end; throws the first Violation. */
export function play(deciding: Deciding, { start: given, events: happened }: History): World {
  const world = new World(deciding, theBackup(given), theConfig(given), BEGIN);
  for (const name of NODES)
    world.cluster.nodes.set(name, { name, ready: true, since: '2026-11-20T00:00:00Z', labels: {} });
  ITEMS.forEach((item, index) => {
    move(world.cluster, item, NODES[index % 2]!);
  });
  world.cluster.nodes.forgetThePast();
  world.cluster.volumes.forgetThePast();
  for (const event of happened) apply(world, event);
  quieten(world, given);
  world.rest(LONGEST_RUN + ahead(happened));
  return world;
}

/** A run that began by a clock that was ahead ends by it, too. */
const ahead = (happened: readonly Event[]): number =>
  happened.reduce(
    (sum, event) => sum + (event.what === 'its clock jumps' ? Math.max(0, event.minutes) : 0),
    0,
  ) * MINUTE;

/** Nothing happens any more; what can heal by itself does. */
function quieten(world: World, { heals }: Start): void {
  if (heals) for (const name of NODES) world.nodes.comeBack(name);
  apply(world, { what: 'storage', reachable: true });
  apply(world, { what: 'Jobs are refused', code: undefined });
  apply(world, { what: 'others are busy', nodes: [] });
  apply(world, { what: 'config', becomes: 'back' });
  apply(world, { what: 'another version' });
  for (const operator of Object.values(world.operators)) {
    operator.skew = 0;
    operator.goOn();
    operator.kill();
  }
}

export const historyInWords = ({ start: given, events: happened }: History): string =>
  [
    `A ServiceBackup of ${declaration(given.items, given.buckets)
      .map(({ type, name }) => `${type} ${name}`)
      .join(
        ', ',
      )}, ${given.known ? 'backed up before' : 'new'}, ${JSON.stringify({ ...given.settings, backoffLimit: given.backoffLimit })}${given.keys ? ', with keys of maintenance' : ''};`,
    ...happened.map((event, index) => `  ${index + 1}. ${inWords(event)}`),
    `  then quiet${given.heals ? '; nodes come back' : '; nodes that are lost stay so'}.`,
  ].join('\n');
