import type { ItemOutcome, Outcome } from '../../src/api/outcome';
import type { ServiceBackupStatus } from '../../src/api/service-backup';
import { plan } from '../../src/operator/plan';
import type { PodView } from '../../src/operator/views';
import {
  actionsOf,
  at,
  backup,
  ended,
  group,
  item,
  job,
  observed,
  outcome,
  pod,
  run,
  success,
  written,
} from './fixtures';

const NAMES = ['a', 'b', 'c'];
const lastSuccess = '2026-11-20T01:31:00Z';

/** The end of a Job that reads three volumes. */
const ending = (
  view: PodView,
  status: ServiceBackupStatus = {},
  changes: Parameters<typeof observed>[1] = {},
) =>
  plan(
    observed(
      backup(NAMES, {
        status: { scheduledThrough: written('01:30'), run: run([group('j1', 'node-1', NAMES)]), ...status },
      }),
      { jobs: [job('j1')], pods: { j1: view }, ...changes },
    ),
    at('01:40'),
  );
const oom = (report: Outcome): PodView => {
  const view = ended('j1', report, 137);
  return { ...view, terminated: { ...view.terminated!, reason: 'OOMKilled' } };
};
const told = (first: ItemOutcome, changes: Partial<Outcome> = {}) =>
  ended('j1', outcome([first, success(), success()], changes));
const ends = ({ items = [] }: ServiceBackupStatus) =>
  items.map(({ name, state, reason }) => [name, state, reason]);
const events = (made: ReturnType<typeof plan>, type: string) =>
  actionsOf(made.actions, 'event').flatMap(({ event }) =>
    event.type === type ? [[event.reason, event.message]] : [],
  );

describe('a mover that did not live to tell all', () => {
  test('keeps what it told of; the rest has the reason of its end', () => {
    expect(ends(ending(oom(outcome([success('5nap')], { partial: true }))).status)).toEqual([
      ['a', 'Success', undefined],
      ['b', 'Failed', 'OutOfMemory'],
      ['c', 'Failed', 'OutOfMemory'],
    ]);
  });

  test('that says itself why it went no further is believed', () => {
    const failure = { reason: 'StorageNotAnswering' as const, message: 'silence' };
    const stopped = ended('j1', outcome([success()], { failure }), 1);
    expect(ends(ending(stopped).status).slice(1)).toEqual([
      ['b', 'Failed', 'StorageNotAnswering'],
      ['c', 'Failed', 'StorageNotAnswering'],
    ]);
  });

  test('when only retention was left: no item fails, and the run is a Warning', () => {
    const killed = oom(outcome([success(), success(), success()], { partial: true }));
    const { status } = ending(killed);
    expect(ends(status).map(([, state]) => state)).toEqual(['Success', 'Success', 'Success']);
    expect(status.lastBackup).toMatchObject({ state: 'Warning', reason: 'OutOfMemory' });
  });
});

test('one volume that is not mounted fails alone: the others are placed again, without a mark', () => {
  const stuck = pod('j1', 'node-1', {
    phase: 'Pending',
    started: false,
    sandbox: false,
    waiting: { reason: 'ContainerCreating', message: '' },
  });
  const made = ending(
    stuck,
    {},
    {
      failedMounts: ['MountVolume.SetUp failed for volume "volume-1" : hostPath type check failed'],
      places: { a: 'node-1', b: 'node-1', c: 'node-1' },
    },
  );
  expect(made.status.run?.done.map(({ name, reason }) => [name, reason])).toEqual([['b', 'VolumeNotStaged']]);
  const { status } = made;
  const next = plan(
    observed(backup(['a', 'b', 'c'], { status }), { places: { a: 'node-1', c: 'node-1' } }),
    at('01:40'),
  );
  expect(next.status.run?.groups[1]).toMatchObject({ node: 'node-1', items: ['a', 'c'] });
});

test('what is settled stands in the run alone, and has left the list of before', () => {
  const items = NAMES.map((name) => item(name, { snapshot: 'old', lastSuccess }));
  const status = { items, run: run([group('j1', 'node-1', ['a'])]) };
  const made = ending(ended('j1', outcome([success()])), status, { places: { b: 'node-2', c: 'node-2' } });
  expect(made.status.run?.done.map(({ name }) => name)).toEqual(['a']);
  expect(made.status.items?.map(({ name }) => name)).toEqual(['b', 'c']);
});

describe('what an outcome tells of the repository', () => {
  test('that it has a recovery key', () => {
    expect(ending(told(success(), { recoveryKey: true })).status.repository).toEqual({
      id: 'repo-id',
      recoveryKey: true,
    });
  });

  test('leaves what is known of it', () => {
    const repository = {
      id: 'repo-id',
      recoveryKey: true,
      prune: { timestamp: lastSuccess, state: 'Success' as const },
    };
    expect(ending(told(success()), { repository }).status.repository).toEqual(repository);
  });

  test('notes become events', () => {
    const made = ending(told(success(), { notes: ['The lock of dead Job j0 was removed.'] }));
    expect(events(made, 'Normal')).toContainEqual(['LockRemoved', 'The lock of dead Job j0 was removed.']);
  });

  test.each<[string, ItemOutcome, Partial<Outcome>]>([
    ['an item', { state: 'Failed', reason: 'RepositoryDamaged', message: 'pack 1f' }, {}],
    [
      'retention',
      success(),
      { retention: { kept: 0, forgotten: 0, failure: { reason: 'RepositoryDamaged', message: 'pack 1f' } } },
    ],
  ])('damage that %s met is checked at once', (_, first, changes) => {
    const made = ending(told(first, changes));
    expect(made.status.repository?.check).toMatchObject({
      reason: 'RepositoryDamaged',
      message: 'pack 1f',
      part: 1,
      parts: 13,
    });
    expect(made.status.run?.maintenance).toMatchObject([{ check: true, part: 1, parts: 13 }]);
  });
});

describe('an item that shrank', () => {
  const items = [item('a', { bytes: 1000, files: 10, lastSuccess })];
  const small = { bytes: 400, files: 9 };
  const shrunk: ItemOutcome = { state: 'Warning', reason: 'SuspiciousShrink', message: 'shrank', ...small };
  const then = (first: ItemOutcome, known = items) => ending(told(first), { items: known }).status.items?.[0];

  test('remembers what it measured before', () => {
    expect(then(shrunk)).toMatchObject({ bytes: 400, shrunkFrom: { bytes: 1000, files: 10 } });
  });

  test('goes on remembering it while it stays small, or fails', () => {
    const known = [item('a', { ...small, lastSuccess, shrunkFrom: { bytes: 1000, files: 10 } })];
    expect(then(shrunk, known)?.shrunkFrom).toEqual({ bytes: 1000, files: 10 });
    expect(then({ state: 'Failed', reason: 'NoFiles', message: 'empty' }, known)?.shrunkFrom).toEqual({
      bytes: 1000,
      files: 10,
    });
  });

  test('forgets it with a Success', () => {
    const known = [item('a', { ...small, lastSuccess, shrunkFrom: { bytes: 1000, files: 10 } })];
    expect(then(success(), known)).not.toHaveProperty('shrunkFrom');
  });

  test('is not measured anew by a backup that could not read everything', () => {
    const unread: ItemOutcome = {
      state: 'Warning',
      reason: 'UnreadableFiles',
      message: 'no',
      bytes: 100,
      files: 1,
    };
    expect(then(unread)?.shrunkFrom).toEqual({ bytes: 1000, files: 10 });
    expect(then({ ...unread, bytes: 900, files: 9 })).not.toHaveProperty('shrunkFrom');
  });
});
