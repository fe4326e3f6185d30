import type { ServiceBackupStatus } from '../../src/api/service-backup';
import { plan } from '../../src/operator/plan';
import {
  actionsOf,
  at,
  backup,
  ended,
  group,
  job,
  node,
  observed,
  outcome,
  pod,
  run,
  success,
  written,
} from './fixtures';

const settled = { scheduledThrough: written('01:30'), schedule: '30 1 * * * Etc/UTC' };
const open: ServiceBackupStatus = { ...settled, run: run([group('j1', 'node-1', ['a', 'b'])]) };
const displaced = [{ item: 'b', pod: 'wiki-0', node: 'node-2' }];
const seen = (
  clock: string,
  { status = open, ...changes }: { status?: ServiceBackupStatus } & Parameters<typeof observed>[1] = {},
) =>
  plan(
    observed(backup(['a', 'b'], { status }), {
      jobs: [job('j1')],
      pods: { j1: pod('j1') },
      places: { a: 'node-1', b: 'node-1' },
      displaced,
      ...changes,
    }),
    at(clock),
  );
const yielding = seen('01:31').status;
const cancelled = { state: 'Failed' as const, reason: 'Cancelled' as const, message: 'Told to end.' };

test("the Job is ended when the service's pod must start elsewhere; the run goes on", () => {
  const made = seen('01:31');
  expect(made.status.run?.groups[0]).toMatchObject({ yieldsTo: 'wiki-0' });
  expect(made.status.run?.groups[0]).not.toHaveProperty('finishedAt');
  expect(actionsOf(made.actions, 'deleteJob')).toEqual([{ type: 'deleteJob', name: 'j1', uid: 'uid-j1' }]);
  expect(actionsOf(made.actions, 'event')).toMatchObject([
    {
      event: {
        reason: 'BackupYields',
        message:
          'Pod wiki-0 must start on node-2 and needs the volume of b: Job j1 on node-1 is ended, and the volume is read where it goes.',
      },
    },
  ]);
});

test('a volume of another service is none of ours', () => {
  const others = [{ item: 'c', pod: 'x', node: 'node-2' }];
  expect(seen('01:31', { displaced: others })).toMatchObject({ changed: true, actions: [] });
});

test('who was killed before it ended the Job ends it on its return; a Job that is gone is not made again', () => {
  const again = seen('01:32', { status: yielding, displaced: [] });
  expect(actionsOf(again.actions, 'deleteJob')).toHaveLength(1);
  const gone = seen('01:32', { status: yielding, jobs: [] });
  expect(gone.actions).toEqual([]);
  expect(gone.status.run?.groups[0]).not.toHaveProperty('finishedAt');
  expect(gone.wakeAt).toEqual(at('01:32:10'));
});

test('what was read by then counts, the rest is placed again after a while', () => {
  const report = ended('j1', outcome([success(), cancelled]), 1);
  const { status } = seen('01:32', { status: yielding, jobs: [], pods: { j1: report } });
  expect(status.run?.done).toMatchObject([{ name: 'a', state: 'Success' }]);
  expect(status.run?.retries).toMatchObject([{ name: 'b', reason: 'VolumeMoved', at: written('01:32:30') }]);
});

test('when its pod is gone with the report, all is placed again', () => {
  const { status } = seen('01:32', { status: yielding, jobs: [], pods: {} });
  expect(status.run?.groups[0]).toHaveProperty('finishedAt');
  expect(status.run?.retries).toMatchObject([{ name: 'a' }, { name: 'b' }]);
});

test('a mover on a node that does not answer is not waited for longer than the node', () => {
  const silent = { nodes: [node('node-1', { ready: false, since: written('01:32') }), node('node-2')] };
  const lives = seen('01:37', { status: yielding, jobs: [], ...silent });
  expect(lives.status.run?.groups[0]).not.toHaveProperty('finishedAt');
  expect(seen('01:37:30', { status: yielding, jobs: [], ...silent }).status.run?.retries).toHaveLength(2);
});
