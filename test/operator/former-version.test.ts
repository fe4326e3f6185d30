import { goneProgram } from '../../src/operator/former-version';
import { plan } from '../../src/operator/plan';
import {
  actionsOf,
  at,
  backup,
  config,
  group,
  item,
  job,
  maintenance,
  observed,
  pod,
  run,
  written,
} from './fixtures';

const template = (name: string) => ({
  metadata: { name: 'service-backup-mover' },
  template: {
    spec: {
      containers: [],
      volumes: [
        { name: 'bundle', configMap: { name } },
        { name: 'tmp', emptyDir: {} },
      ],
    },
  },
});
/** As kubelets word it. */
const notFound = (name: string) =>
  `MountVolume.SetUp failed for volume "bundle" : configmap "${name}" not found`;

describe('the program that a pod waits for is gone for good', () => {
  test('when the kubelet does not find it, and the present template asks for another', () => {
    expect(goneProgram([notFound('mover-1')], template('mover-2'))).toBe('mover-1');
  });

  test.each([
    ['the template still asks for it', [notFound('mover-1')], template('mover-1')],
    ['there is no template', [notFound('mover-1')], undefined],
    ['nothing was said', [], template('mover-2')],
    [
      'the kubelet has just started, and does not know of it yet',
      ['MountVolume.SetUp failed for volume "bundle" : object "jobs"/"mover-1" not registered'],
      template('mover-2'),
    ],
    [
      'another thing is missing',
      ['MountVolume.SetUp failed for volume "s" : secret "mover-1" not found'],
      template('mover-2'),
    ],
  ])('but not when %s', (_, words, of) => {
    expect(goneProgram(words, of)).toBeUndefined();
  });
});

const waits = pod('j1', 'node-1', { phase: 'Pending', started: false, sandbox: false });
const goneFor = { failedMounts: [notFound('mover-1')], goneProgram: 'mover-1' };
const known = { scheduledThrough: written('01:30'), schedule: '30 1 * * * Etc/UTC' };
/** The open step's Job waits for a program that is gone. */
const waiting = (clock: string, changes: Parameters<typeof observed>[1] = {}, under = open) =>
  plan(
    observed(backup(['a', 'b'], { status: { ...known, run: under } }), {
      jobs: [job('j1')],
      pods: { j1: waits },
      places: { a: 'node-1', b: 'node-1' },
      ...goneFor,
      ...changes,
    }),
    at(clock),
  );
const open = run([group('j1', 'node-1', ['a', 'b'])]);

describe('a Job of a former version whose program is gone', () => {
  // Even when nobody could see to it before the start deadline.
  test.each(['01:30:10', '01:45'])('is ended at %s, and its items have not failed', (clock) => {
    const made = waiting(clock);
    expect(actionsOf(made.actions, 'deleteJob')).toEqual([{ type: 'deleteJob', name: 'j1', uid: 'uid-j1' }]);
    expect(made.status.run).toMatchObject({ groups: [{ job: 'j1', finishedAt: written(clock) }], done: [] });
    expect(made.status.run).not.toHaveProperty('retries');
    expect(made.status).not.toHaveProperty('reason');
    // What comes next has retention with it, and must be alone.
    expect(actionsOf(made.actions, 'createJob')).toEqual([]);
  });

  test('is told of', () => {
    expect(actionsOf(waiting('01:30:10').actions, 'event')).toEqual([
      {
        type: 'event',
        event: {
          type: 'Normal',
          reason: 'JobOutdated',
          message:
            'Job j1 waits for ConfigMap mover-1, which is gone with the version that it is of: another is made, of PodTemplate service-backup-mover as it is now.',
        },
      },
    ]);
  });

  test('is followed by another, under a name of its own, as soon as its pod is gone', () => {
    const { status } = waiting('01:30:10');
    const gone = { jobs: [], pods: {}, failedMounts: undefined, goneProgram: undefined };
    const made = waiting('01:30:12', gone, status.run!);
    expect(actionsOf(made.actions, 'createJob')).toMatchObject([
      { job: { step: { job: expect.stringMatching(/-2$/), items: ['a', 'b'] }, retentionOf: [] } },
    ]);
  });

  test('that looks after the repository is followed by one for the same work', () => {
    const finished = group('j0', 'node-1', ['a', 'b'], { finishedAt: written('01:20') });
    const lost = item('a', { state: 'Unknown', reason: 'OutcomeLost', message: 'Lost.' });
    const check = maintenance('j1', { recall: ['a'], check: true, part: 1, parts: 13 });
    const under = { ...run([finished], [lost, item('b')]), maintenance: [check] };
    const status = {
      ...known,
      repository: { id: 'repo-id' },
      items: [item('b', { lastSuccess: written('01:20') })],
    };
    const looked = (clock: string, changes: Parameters<typeof observed>[1], run = under) =>
      plan(
        observed(backup(['a', 'b'], { status: { ...status, run } }), {
          config: config({ check: { schedule: '0 * * * *' }, prune: { schedule: '0 0 1 1 *' } }),
          ...changes,
        }),
        at(clock),
      );
    const ended = looked('01:45', { jobs: [job('j1', '')], pods: { j1: waits }, ...goneFor });
    expect(actionsOf(ended.actions, 'deleteJob')).toMatchObject([{ name: 'j1' }]);
    expect(ended.status.run?.maintenance).toEqual([
      { job: 'j1', startedAt: written('01:30'), finishedAt: written('01:45') },
    ]);
    expect(ended.status.run?.done).toMatchObject([{ name: 'a', state: 'Unknown' }, { name: 'b' }]);

    const next = looked('01:45:02', {}, ended.status.run as typeof under);
    expect(next.status.run?.maintenance?.[1]).toMatchObject({ recall: ['a'], check: true, part: 1 });
    expect(actionsOf(next.actions, 'createJob')).toHaveLength(1);
  });

  test('that the cluster has ended, ends as it says', () => {
    const failed = job('j1', 'node-1', { end: { state: 'Failed', reason: 'DeadlineExceeded', message: '' } });
    expect(waiting('01:45', { jobs: [failed] }).status.lastBackup).toMatchObject({
      reason: 'DeadlineExceeded',
    });
  });
});
