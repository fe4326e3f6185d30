import type { ServiceBackupSettings } from '../../src/api/backup-config';
import type { ServiceBackupStatus } from '../../src/api/service-backup';
import { plan } from '../../src/operator/plan';
import {
  actionsOf,
  at,
  backup,
  config,
  ended,
  group,
  item,
  job,
  observed,
  pod,
  run,
  written,
} from './fixtures';

const settled = { scheduledThrough: written('01:30'), schedule: '30 1 * * * Etc/UTC' };
const scheduled = { ...run(), tick: written('01:30'), startedAt: written('01:40') };
const seen = (
  clock: string,
  settings: Partial<ServiceBackupSettings>,
  status: ServiceBackupStatus = { ...settled, run: scheduled },
  changes: Parameters<typeof observed>[1] = {},
  spec = {},
) =>
  plan(
    observed(backup(['a', 'b'], { status, spec }), {
      places: { a: 'node-1', b: 'node-2' },
      config: config(settings),
      ...changes,
    }),
    at(clock),
  );
const hour = { jobSpec: { runDeadlineSeconds: 3600 } };

test('a run that waited until its deadline ends, and says of each item what kept it', () => {
  const retry = { name: 'a', attempts: 1, at: written('02:00'), reason: 'NodeLost', message: 'node-1 died.' };
  const { status, actions } = seen('02:40', hour, { ...settled, run: { ...scheduled, retries: [retry] } });
  expect(actionsOf(actions, 'createJob')).toEqual([]);
  expect(status.lastBackup).toMatchObject({ state: 'Failed', reason: 'RunDeadlineExceeded' });
  expect(status.items?.map(({ message }) => message)).toEqual([
    `a was not backed up before the run's deadline (${written('02:40')}): raise jobSpec.runDeadlineSeconds or roundDeadlineSeconds in BackupConfig, or maxParallelJobs if it waited for others. Before: node-1 died.`,
    `b was not backed up before the run's deadline (${written('02:40')}): raise jobSpec.runDeadlineSeconds or roundDeadlineSeconds in BackupConfig, or maxParallelJobs if it waited for others.`,
  ]);
});

test('before it, a Job gets the time that is left', () => {
  const [made] = actionsOf(seen('02:39', hour).actions, 'createJob');
  expect(made?.job.deadlineSeconds).toBe(60);
});

test('a clock that was put back since its start does not give it more time', () => {
  const [made] = actionsOf(seen('01:00', hour).actions, 'createJob');
  expect(made?.job.deadlineSeconds).toBe(3600);
});

test('a round that ends earlier ends its runs: it counts from the tick', () => {
  const round = { roundDeadlineSeconds: 1800 };
  expect(actionsOf(seen('01:59', round).actions, 'createJob')[0]?.job.deadlineSeconds).toBe(60);
  expect(seen('02:00', round).status.lastBackup).toMatchObject({ reason: 'RunDeadlineExceeded' });
});

test.each<[string, ServiceBackupStatus['run'], object]>([
  ['that somebody asked for', { ...scheduled, trigger: 'RunNow', tick: undefined }, {}],
  ['of a schedule of its own', scheduled, { schedule: '30 1 * * *' }],
])('a run %s is in no round', (_, underWay, spec) => {
  const made = seen('05:00', { roundDeadlineSeconds: 1800 }, { ...settled, run: underWay }, {}, spec);
  expect(actionsOf(made.actions, 'createJob')).toHaveLength(1);
});

test('a run that waits for its turn wakes at its deadline', () => {
  const made = seen('02:30', hour, undefined, { busy: ['node-1', 'node-2'] });
  expect(made.turn).toBeDefined();
  expect(made.wakeAt).toEqual(at('02:40'));
});

test('a Job that was never made ends at the deadline', () => {
  const open = { ...scheduled, groups: [group('j1', 'node-1', ['a', 'b'])] };
  expect(seen('02:40', hour, { ...settled, run: open }).status.lastBackup).toMatchObject({
    reason: 'RunDeadlineExceeded',
    message: expect.stringMatching(/: Job j1 was not made before the run's deadline/),
  });
});

test("a Job that its run's deadline ended says so", () => {
  const open = { ...scheduled, groups: [group('j1', 'node-1', ['a', 'b'])] };
  const late = { state: 'Failed' as const, reason: 'DeadlineExceeded', message: '' };
  const { status } = seen(
    '02:40',
    hour,
    { ...settled, run: open },
    {
      jobs: [job('j1', 'node-1', { end: late, createdAt: written('01:41') })],
      pods: { j1: ended('j1', '', 143) },
    },
  );
  expect(status.items?.[0]).toMatchObject({
    reason: 'RunDeadlineExceeded',
    message: `Job j1 on node-1 was ended at the deadline of its run (${written('02:40')}): raise jobSpec.runDeadlineSeconds or roundDeadlineSeconds in BackupConfig if the night is longer.`,
  });
});

test('what was lost is not read back after the deadline', () => {
  const unknown = [item('a', { state: 'Unknown', message: 'Lost.' }), item('b')] as never;
  const { status } = seen('02:40', hour, { ...settled, run: { ...scheduled, done: unknown } });
  expect(status.items?.[0]).toMatchObject({ state: 'Failed', reason: 'OutcomeLost' });
});

describe('a mover that may still be at work on a lost node', () => {
  const zombie = { j0: pod('j0', 'node-1', { deleting: true }) };
  const [last] = [{ ...scheduled, done: [item('a', { snapshot: '5nap', lastSuccess: written('01:41') })] }];
  const status = { ...settled, run: last, repository: { id: 'repo-id' } } as ServiceBackupStatus;

  test('keeps old snapshots from being forgotten, and the run says so', () => {
    const { actions, status: after } = seen('01:50', {}, status, { pods: zombie });
    const [made] = actionsOf(actions, 'createJob');
    expect(made?.job).not.toHaveProperty('retentionOf');
    expect(after.run?.retention).toMatchObject({ failed: true, reason: 'MoverMayLive' });
    const [without] = actionsOf(seen('01:50', {}, status).actions, 'createJob');
    expect(without?.job).toHaveProperty('retentionOf');
  });

  test('keeps the repository from being checked and pruned', () => {
    const done = [...last!.done, item('b', { lastSuccess: written('01:41') })];
    const check = { timestamp: '2026-11-01T00:00:00Z', state: 'Success' as const };
    const repository = { id: 'repo-id', check: { ...check, part: 1, parts: 13 }, prune: check };
    const due = { ...settled, repository, run: { ...last!, done } } as ServiceBackupStatus;
    expect(seen('01:50', {}, due).status.run?.maintenance).toHaveLength(1);
    expect(seen('01:50', {}, due, { pods: zombie }).status.lastBackup).toBeDefined();
  });
});
