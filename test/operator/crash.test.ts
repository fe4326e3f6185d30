import { at, backup, written } from './fixtures';
import { World } from './world';

const places = { a: 'node-1', b: 'node-2', c: 'node-1' };
const due = { scheduledThrough: '2026-11-20T01:30:00Z' };
const noFiles = { state: 'Failed' as const, reason: 'NoFiles' as const, message: 'empty' };

function played(killAfter: number, changes: { outcomes?: World['outcomes'] } = {}): World {
  const world = new World(backup(['a', 'b', 'c'], { status: due }), places, at('01:30'));
  world.killAfter = killAfter;
  Object.assign(world, changes);
  world.runToEnd();
  return world;
}

/** A status without its instants: these may differ by the time a restart takes. */
const timeless = (world: World): unknown =>
  JSON.parse(
    JSON.stringify(world.backup.status, (key, value) =>
      ['startedAt', 'finishedAt', 'timestamp', 'lastSuccess', 'lastTransitionTime'].includes(key)
        ? ''
        : value,
    ),
  );

const NEVER = Number.POSITIVE_INFINITY;

test('a run reads every item once, node after node', () => {
  const world = played(NEVER);
  expect(world.read).toEqual(['a', 'c', 'b']);
  expect(world.backup.status).toMatchObject({ state: 'Success', lastBackup: { state: 'Success' } });
  expect(world.jobsLeft).toEqual([]);
});

describe.each([
  ['when all goes well', {}],
  ['when an item fails', { outcomes: { b: noFiles } }],
])('killed after any write, and started again, %s', (_, changes) => {
  const whole = played(NEVER, changes);

  test.each(Array.from({ length: whole.writes }, (_, n) => [n + 1]))(
    'after write %i: no run is lost, doubled or falsified',
    (n) => {
      const world = played(n, changes);
      expect(world.made).toEqual(whole.made);
      expect(world.read).toEqual(whole.read);
      expect(timeless(world)).toEqual(timeless(whole));
      expect(world.jobsLeft).toEqual(whole.jobsLeft);
    },
  );
});

test('an operator that was away while a Job ended takes its outcome from the pod', () => {
  const world = new World(backup(['a'], { status: due }), places, at('01:30'));
  world.reconcile();
  world.progress();
  world.now = at('09:00');
  world.reconcile();
  expect(world.backup.status?.lastBackup).toMatchObject({
    state: 'Success',
    timestamp: written('09:00'),
  });
});
