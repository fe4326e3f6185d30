import type { ServiceBackupStatus } from '../../src/api/service-backup';
import { at, backup, written } from './fixtures';
import { World } from './world';

const places = { a: 'node-1', b: 'node-2', c: 'node-1' };
const due = { scheduledThrough: '2026-11-20T01:30:00Z' };
const earlier = { timestamp: '2026-11-01T06:00:00Z', state: 'Success' as const };
const long = { id: 'repo-id', check: { ...earlier, part: 1, parts: 13 }, prune: earlier };
const damage = { failure: { reason: 'RepositoryDamaged' as const, message: 'pack 1f' } };
const upkeep = { check: {}, prune: { freed: 7 } };
const noFiles = { state: 'Failed' as const, reason: 'NoFiles' as const, message: 'empty' };

interface Changes extends Partial<Pick<World, 'outcomes' | 'lost' | 'upkeep'>> {
  status?: ServiceBackupStatus;
  items?: string[];
}

function played(
  killAfter: number,
  { status = {}, items = ['a', 'b', 'c'], ...changes }: Changes = {},
): World {
  const world = new World(backup(items, { status: { ...due, ...status } }), places, at('01:30'));
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
  ['when a report is lost', { lost: ['b'] }],
  ['when there is a bucket, and its report is lost', { items: ['s3:x', 'a'], lost: ['s3:x'] }],
  ['when the repository is looked after', { status: { repository: long }, upkeep }],
  ['when damage is found', { status: { repository: long }, upkeep: { check: damage } }],
] as [string, Changes][])('killed after any write, and started again, %s', (_, changes) => {
  const whole = played(NEVER, changes);

  test.each(Array.from({ length: whole.writes }, (_, n) => [n + 1]))(
    'after write %i: no run is lost, doubled or falsified',
    (n) => {
      const world = played(n, changes);
      expect(world.made).toEqual(whole.made);
      expect(world.read).toEqual(whole.read);
      expect(world.maintained).toEqual(whole.maintained);
      expect(timeless(world)).toEqual(timeless(whole));
      expect(world.jobsLeft).toEqual(whole.jobsLeft);
    },
  );
});

test('a report that is lost is read back, once, and the run is a Warning', () => {
  const world = played(NEVER, { lost: ['b'] });
  expect(world.maintained).toEqual([{ recall: ['b'] }]);
  expect(world.backup.status?.lastBackup).toMatchObject({ state: 'Warning', reason: 'OutcomeLost' });
});

test('the repository is looked after once, when every item has been read', () => {
  const world = played(NEVER, { status: { repository: long }, upkeep });
  expect(world.maintained).toEqual([{ check: true, part: 2, parts: 13, prune: true }]);
  expect(world.made).toHaveLength(3);
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
