import { REASONS, type Reason } from '../../src/api/reasons';
import type { ServiceBackupStatus } from '../../src/api/service-backup';
import { plan } from '../../src/operator/plan';
import {
  actionsOf,
  at,
  backup,
  config,
  ended,
  group,
  job,
  node,
  observed,
  outcome,
  run,
  success,
  written,
} from './fixtures';

const settled = { scheduledThrough: written('01:30'), schedule: '30 1 * * * Etc/UTC' };
const open: ServiceBackupStatus = { ...settled, run: run([group('j1', 'node-1', ['a', 'b'])]) };
const often = (backoffLimit: number, runDeadlineSeconds = 86_400) =>
  config({ jobSpec: { backoffLimit, runDeadlineSeconds } });
const failed = (reason: Reason) => ({ state: 'Failed' as const, reason, message: 'It was so.' });

/** A run of a and b on node-1: a's first try ends so at 01:31. */
const tried = (reason: Reason, settings = often(2), status = open) =>
  plan(
    observed(backup(['a', 'b'], { status }), {
      config: settings,
      jobs: [job('j1')],
      pods: { j1: ended('j1', outcome([failed(reason), success()]), 1) },
      places: { a: 'node-1', b: 'node-1' },
    }),
    at('01:31'),
  );
const later = (status: ServiceBackupStatus, clock: string, changes: Parameters<typeof observed>[1] = {}) =>
  plan(
    observed(backup(['a', 'b'], { status }), { config: often(2), places: { a: 'node-1' }, ...changes }),
    at(clock),
  );

test('an item whose failure may pass is tried again in the same run; the others are done', () => {
  const { status, wakeAt, actions } = tried('StorageUnavailable');
  expect(status.run?.done).toMatchObject([{ name: 'b', state: 'Success' }]);
  expect(status.run?.retries).toEqual([
    {
      name: 'a',
      attempts: 1,
      at: written('01:31:30'),
      job: 'j1',
      reason: 'StorageUnavailable',
      message: 'It was so.',
    },
  ]);
  expect(wakeAt).toEqual(at('01:31:30'));
  expect(actionsOf(actions, 'createJob')).toEqual([]);
});

test('while it waits, the run says why, and until when', () => {
  expect(tried('StorageUnavailable').status).toMatchObject({
    state: 'Running',
    reason: 'StorageUnavailable',
    message: `a: It was so. Tried again at ${written('01:31:30')}.`,
  });
});

test('its failed Job stays meanwhile, for people to look at', () => {
  expect(actionsOf(tried('MoverKilled').actions, 'deleteJob')).toEqual([]);
});

test('it gets a Job of another name, and not before its time', () => {
  const { status } = tried('StorageUnavailable');
  expect(actionsOf(later(status, '01:31:29').actions, 'createJob')).toEqual([]);
  const [again] = actionsOf(later(status, '01:31:30').actions, 'createJob');
  expect(again?.job.step).toMatchObject({ items: ['a'], node: 'node-1' });
  expect(again?.job.step.job).not.toBe('j1');
});

test('a clock that was put back does not make it wait longer than it ever does', () => {
  const { status } = tried('StorageUnavailable');
  expect(actionsOf(later(status, '01:31:00').actions, 'createJob')).toEqual([]);
  expect(actionsOf(later(status, '00:10').actions, 'createJob')).toHaveLength(1);
});

test('others are not held up by one that waits', () => {
  const status = { ...open, run: run([group('j1', 'node-1', ['a'])]) };
  const made = plan(
    observed(backup(['a', 'b'], { status }), {
      config: often(2),
      jobs: [job('j1')],
      pods: { j1: ended('j1', outcome([failed('StorageUnavailable')]), 1) },
      places: { a: 'node-1', b: 'node-2' },
    }),
    at('01:31'),
  );
  expect(actionsOf(made.actions, 'createJob')).toMatchObject([{ job: { step: { items: ['b'] } } }]);
});

test('it waits twice as long each time, and has failed when it was tried as often as is allowed', () => {
  const ends = (attempts: number) => {
    const retry = { name: 'a', attempts, at: written('01:30'), reason: 'StorageUnavailable' };
    return tried('StorageUnavailable', often(2), { ...open, run: { ...open.run!, retries: [retry] } }).status;
  };
  expect(ends(1).run?.retries).toMatchObject([{ name: 'a', attempts: 2, at: written('01:32') }]);
  expect(ends(2).run).toBeUndefined();
  expect(ends(2).lastBackup).toMatchObject({
    state: 'Failed',
    reason: 'StorageUnavailable',
    message: '1 of 2 items (a): It was so (tried 3 times).',
  });
});

test('a success ends it: nothing of the failure stays', () => {
  const retry = { name: 'a', attempts: 1, at: written('01:30'), reason: 'StorageUnavailable' };
  const status = { ...settled, run: { ...run([group('j1', 'node-1', ['a'])]), retries: [retry] } };
  const made = plan(
    observed(backup(['a'], { status }), {
      config: often(2),
      jobs: [job('j1')],
      pods: { j1: ended('j1', outcome([success()])) },
    }),
    at('01:33'),
  );
  expect(made.status.lastBackup).toMatchObject({ state: 'Success' });
  expect(JSON.stringify(made.status)).not.toContain('StorageUnavailable');
});

test.each(['WrongPassword', 'NoFiles', 'BucketMissing', 'OutOfMemory'] as const)(
  '%s would be the same again: it is not tried',
  (reason) => {
    expect(REASONS[reason].passing).toBeUndefined();
    expect(tried(reason).status.lastBackup).toMatchObject({ state: 'Failed', reason });
  },
);

test('with backoffLimit 0 nothing is tried again', () => {
  expect(tried('StorageUnavailable', often(0)).status.lastBackup).toMatchObject({ state: 'Failed' });
});

test('a volume that is attached nowhere is looked for again', () => {
  const nowhere = { reason: 'VolumeNotAttached' as const, message: 'No pod uses it.' };
  const status = { ...settled, run: run() };
  const made = later(status, '01:31', { places: { a: nowhere, b: nowhere } });
  expect(made.status.run?.retries).toMatchObject([{ name: 'a' }, { name: 'b' }]);
  expect(made.needsPlaces).toBe(false);
});

test('nothing is looked up while all that is left waits', () => {
  const { status } = tried('StorageUnavailable');
  expect(later(status, '01:31:10', { places: undefined }).needsPlaces).toBe(false);
  expect(later(status, '01:31:30', { places: undefined }).needsPlaces).toBe(true);
});

test('a failure of the settings is not tried again: they were changed in mid-run', () => {
  const { status } = tried('StorageUnavailable');
  expect(later(status, '01:31:10', { config: undefined }).status.lastBackup).toMatchObject({
    state: 'Failed',
    reason: 'ConfigMissing',
  });
});

test('a node that is lost is tried again while its mover may still be at work: backups may run beside it', () => {
  const lost = later({ ...open }, '01:40', {
    jobs: [job('j1')],
    pods: { j1: { ...ended('j1', ''), phase: 'Running', terminated: undefined } },
    nodes: [node('node-1', { ready: false, since: written('01:31') }), node('node-2')],
    places: { a: 'node-2', b: 'node-2' },
  });
  expect(lost.status.run?.retries).toMatchObject([{ reason: 'NodeLost' }, { reason: 'NodeLost' }]);
});
