import type { ServiceBackupStatus } from '../../src/api/service-backup';
import { plan } from '../../src/operator/plan';
import { actionsOf, at, backup, group, job, node, observed, pod, run, written } from './fixtures';

const settled = { scheduledThrough: written('01:30') };
const open: ServiceBackupStatus = { ...settled, run: run([group('j1', 'node-1', ['a'])]) };
const withoutSecret = pod('j1', 'node-1', {
  phase: 'Pending',
  started: false,
  sandbox: true,
  waiting: { reason: 'CreateContainerConfigError', message: 'secret "s3" not found' },
});
const waiting = (
  clock: string,
  { status = open, ...changes }: { status?: ServiceBackupStatus } & Parameters<typeof observed>[1] = {},
) =>
  plan(
    observed(backup(['a'], { status }), {
      jobs: [job('j1')],
      pods: { j1: withoutSecret },
      places: { a: 'node-1' },
      ...changes,
    }),
    at(clock),
  );
const warnings = (made: ReturnType<typeof plan>) =>
  actionsOf(made.actions, 'event').map(({ event }) => [event.reason, event.once]);

describe('what a Job waits for', () => {
  test('is shown within seconds, though the run goes on, and told once', () => {
    const made = waiting('01:31');
    expect(made.status).toMatchObject({
      state: 'Running',
      reason: 'SecretMissing',
      message: expect.stringContaining('secret "s3" not found'),
    });
    expect(warnings(made)).toEqual([['SecretMissing', '0tovstcs j1']]);
    const again = waiting('01:32', { status: made.status });
    expect(again).toMatchObject({ changed: false, actions: [] });
    expect(again.wakeAt).toEqual(at('01:32:10'));
  });

  test('is not shown before an ordinary start is over', () => {
    const made = waiting('01:30:05');
    expect(made.status).not.toHaveProperty('reason');
    expect(made.wakeAt).toEqual(at('01:30:10'));
  });

  test('is gone when its container has started', () => {
    const { status } = waiting('01:31');
    expect(waiting('01:32', { status, pods: { j1: pod('j1') } }).status).not.toHaveProperty('reason');
  });

  test('becomes the failure of its items at the start deadline', () => {
    const { status } = waiting('01:31');
    expect(waiting('01:35', { status }).status.lastBackup).toMatchObject({
      state: 'Failed',
      reason: 'SecretMissing',
    });
  });

  test('is told anew of another run, though the last one failed for it', () => {
    const status = { ...waiting('01:35').status, ...open };
    expect(warnings(waiting('01:31', { status }))).toEqual([['SecretMissing', '0tovstcs j1']]);
  });

  test('may be the API server that refuses it', () => {
    const refusal = { job: 'j1', reason: 'NotPermitted' as const, message: 'exceeded quota', final: false };
    const made = waiting('01:31', { jobs: [], pods: {}, refusal });
    expect(made.status).toMatchObject({
      state: 'Running',
      reason: 'NotPermitted',
      message: 'exceeded quota',
    });
  });
});

test('a node that is not ready is shown while it is waited for', () => {
  const nodes = [node('node-1', { ready: false }), node('node-2')];
  const made = waiting('01:31', { status: { ...settled, run: run() }, jobs: [], pods: {}, nodes });
  expect(made.status).toMatchObject({
    state: 'Running',
    reason: 'NodeNotReady',
    message: expect.stringMatching(/^The volume of a is on node-1 /),
  });
  expect(warnings(made)).toEqual([['NodeNotReady', '0tovstcs node-1']]);
});

describe('a volume that is staged elsewhere meanwhile', () => {
  test('is only looked for while its Job is held up', () => {
    expect(waiting('01:31', { places: undefined }).needsPlaces).toBe(true);
    expect(waiting('01:30:05', { places: undefined }).needsPlaces).toBe(false);
    expect(waiting('01:31', { places: undefined, pods: { j1: pod('j1') } }).needsPlaces).toBe(false);
  });

  test('is placed again: the Job that waits in vain goes, and when its pod is gone another is made', () => {
    const made = waiting('01:31', { places: { a: 'node-2' } });
    expect(made.status.run?.groups[0]).toHaveProperty('finishedAt');
    expect(actionsOf(made.actions, 'deleteJob')).toMatchObject([{ name: 'j1' }]);
    // It comes with retention, which must be alone; the other may have begun.
    expect(actionsOf(made.actions, 'createJob')).toEqual([]);
    expect(made.wakeAt).toEqual(at('01:31:10'));

    const gone = { status: made.status, places: { a: 'node-2' }, jobs: [], pods: {} };
    const next = waiting('01:31:02', gone);
    expect(actionsOf(next.actions, 'createJob')).toMatchObject([{ job: { step: { node: 'node-2' } } }]);
    expect(next.status).not.toHaveProperty('reason');
  });

  test('waits for that no longer than a pod may take to start', () => {
    const made = waiting('01:31', { places: { a: 'node-2' } });
    const stays = { status: made.status, places: { a: 'node-2' } };
    expect(actionsOf(waiting('01:35:59', stays).actions, 'createJob')).toEqual([]);
    const late = waiting('01:36', stays);
    expect(actionsOf(late.actions, 'createJob')[0]?.job).not.toHaveProperty('retentionOf');
    expect(late.status.run?.retention).toMatchObject({ reason: 'MoverMayLive' });
  });

  test('and elsewhere again and again, has moved too often', () => {
    const retry = { name: 'a', attempts: 2, at: written('01:31'), reason: 'VolumeMoved' };
    const moved = { ...run([group('j1', 'node-1', ['a'])]), retries: [retry] };
    const made = waiting('01:32', { status: { ...settled, run: moved }, places: { a: 'node-2' } });
    expect(made.status.lastBackup).toMatchObject({ state: 'Failed', reason: 'VolumeMoved' });
  });

  test.each([
    ['nowhere', { reason: 'VolumeNotAttached' as const, message: 'nowhere' }],
    ['where it was', 'node-1'],
  ])('is waited for while it is %s', (_, a) => {
    expect(waiting('01:31', { places: { a } }).actions.map(({ type }) => type)).toEqual(['event']);
  });
});
