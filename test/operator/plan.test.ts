import { misfitOf } from '../../src/api/misfit';
import type { Outcome } from '../../src/api/outcome';
import type { ServiceBackupStatus } from '../../src/api/service-backup';
import type { Action } from '../../src/operator/draft';
import { plan } from '../../src/operator/plan';
import { readsVolumes } from '../../src/operator/step-job';
import {
  actionsOf,
  at,
  backup,
  config,
  ended,
  group,
  item,
  job,
  node,
  observed,
  outcome,
  pod,
  run,
  success,
  written,
} from './fixtures';

const settled: ServiceBackupStatus = {
  scheduledThrough: written('01:30'),
  schedule: '30 1 * * * Etc/UTC',
  seenRunNow: ['old'],
};
const retentionAsked = (actions: Action[]) => {
  const wanted = actionsOf(actions, 'createJob')[0]!.job;
  return readsVolumes(wanted) ? wanted.retentionOf : undefined;
};
const due: ServiceBackupStatus = { scheduledThrough: '2026-11-20T01:30:00Z' };

describe('start of a run', () => {
  test('the places of items are only looked up when a run needs them', () => {
    expect(plan(observed(backup(['data'], { status: settled })), at('12:00')).needsPlaces).toBe(false);
    expect(plan(observed(backup(['data'], { status: due })), at('01:30')).needsPlaces).toBe(true);
  });

  test('a tick that is due starts a run, written into status before its Job is made', () => {
    const made = plan(
      observed(backup(['data'], { status: due }), { places: { data: 'node-1' } }),
      at('01:30'),
    );
    const [create] = actionsOf(made.actions, 'createJob');
    expect(made.changed).toBe(true);
    expect(made.status.run?.groups).toEqual([
      {
        node: 'node-1',
        job: create!.job.step.job,
        items: ['data'],
        because: ['VolumeAttachment csi-data'],
        startedAt: written('01:30'),
      },
    ]);
    expect(made.status).toMatchObject({
      state: 'Running',
      scheduledThrough: written('01:30'),
      nextBackup: '2026-11-22T01:30:00Z',
    });
  });

  test('nothing is due before the tick, and the operator wakes at it', () => {
    const made = plan(observed(backup(['data'], { status: due })), at('01:29:59'));
    expect(made.status.run).toBeUndefined();
    expect(made.wakeAt).toEqual(at('01:30'));
  });

  test('ticks that were missed run once', () => {
    const away = { scheduledThrough: '2026-11-15T01:30:00Z' };
    const made = plan(
      observed(backup(['data'], { status: away }), { places: { data: 'node-1' } }),
      at('09:00'),
    );
    expect(made.status.run?.trigger).toBe('Schedule');
    expect(made.status.scheduledThrough).toBe(written('01:30'));
  });

  test('a tick before the declaration whose jitter ends after it runs when nextBackup says', () => {
    const late = config({ schedule: '59 11 * * *', jitterSeconds: 3600 });
    const fresh = backup(['data']);
    const seen = (status: ServiceBackupStatus | undefined, now: Date) =>
      plan(observed({ ...fresh, status }, { places: { data: 'node-1' }, config: late }), now).status;

    const first = seen(undefined, new Date('2026-11-20T12:00:01Z'));
    const announced = new Date(first.nextBackup!);
    expect(announced.getTime()).toBeGreaterThan(Date.parse(fresh.metadata.creationTimestamp!));
    expect(announced.getTime()).toBeLessThan(Date.parse('2026-11-20T12:59:00Z'));
    expect(first.run).toBeUndefined();
    expect(seen(first, announced).run?.trigger).toBe('Schedule');
  });

  test('one tick gives one run id, whenever it is seen', () => {
    const seenAt = (clock: string) =>
      plan(observed(backup(['data'], { status: due }), { places: { data: 'node-1' } }), at(clock)).status.run
        ?.id;
    expect(seenAt('01:30')).toBe(seenAt('05:12'));
  });

  test('a declaration made while the operator was away gets the tick it missed', () => {
    const made = plan(observed(backup(), { places: { data: 'node-1' } }), at('01:31'));
    expect(made.status.run?.trigger).toBe('Schedule');
  });

  test('a value of runNow that was not seen starts a run, once', () => {
    const asked = backup(['data'], { spec: { runNow: 'new' }, status: settled });
    const made = plan(observed(asked, { places: { data: 'node-1' } }), at('12:00'));
    expect(made.status.run?.trigger).toBe('RunNow');
    expect(made.status.seenRunNow).toEqual(['old', 'new']);
  });

  test.each(['old', '', undefined])('runNow %j starts none', (runNow) => {
    const asked = backup(['data'], { spec: { runNow }, status: settled });
    const made = plan(observed(asked, { places: { data: 'node-1' } }), at('12:00'));
    expect(made.status.run).toBeUndefined();
  });

  test('ten values of runNow are remembered', () => {
    const seen = Array.from({ length: 10 }, (_, n) => `v${n}`);
    const asked = backup(['data'], { spec: { runNow: 'v10' }, status: { ...settled, seenRunNow: seen } });
    const made = plan(observed(asked, { places: { data: 'node-1' } }), at('12:00'));
    expect(made.status.seenRunNow).toEqual([...seen.slice(1), 'v10']);
  });

  test.each([
    ['the ServiceBackup', { spec: { suspend: true } }, {}],
    ['the config', {}, { suspend: true }],
  ])('while %s is suspended no tick starts a run, and none is made up for later', (_, changes, settings) => {
    const quiet = backup(['data'], { ...changes, status: due });
    const made = plan(observed(quiet, { config: config(settings) }), at('01:31'));
    expect(made.status.run).toBeUndefined();
    expect(made.status.scheduledThrough).toBe(written('01:30'));
    expect(made.status.nextBackup).toBeUndefined();
  });

  test('while suspended, runNow works', () => {
    const asked = backup(['data'], { spec: { suspend: true, runNow: 'new' }, status: settled });
    const made = plan(observed(asked, { places: { data: 'node-1' } }), at('12:00'));
    expect(made.status.run?.trigger).toBe('RunNow');
  });

  test('a tick that comes due during a run gets its run afterwards', () => {
    const open = { ...due, run: run([group('j1', 'node-1', ['data'])]) };
    const done = plan(
      observed(backup(['data'], { status: open }), {
        jobs: [job('j1')],
        pods: { j1: ended('j1', outcome([success()])) },
      }),
      at('01:31'),
    );
    expect(done.status.run).toBeUndefined();
    expect(done.wakeAt).toEqual(at('01:31'));
    const next = plan(
      observed(backup(['data'], { status: done.status }), { places: { data: 'node-1' } }),
      at('01:31'),
    );
    expect(next.status.run?.trigger).toBe('Schedule');
  });
});

describe('what keeps a run from starting', () => {
  test('a config that is missing is waited for', () => {
    const made = plan(observed(backup(['data'], { status: due }), { config: undefined }), at('01:31'));
    expect(made.status).toMatchObject({ state: 'Failed', reason: 'ConfigMissing' });
    expect(made.status.message).toBe(
      "There is no BackupConfig 'default' in namespace service-backup: create it there, or name another in spec.backupConfig.",
    );
    expect(made.status.scheduledThrough).toBe(due.scheduledThrough);
    expect(made.status.nextBackup).toBeUndefined();
  });

  test("a bucket that an older ServiceBackup uses is not touched: 'BucketClaimed', and no Job", () => {
    const made = plan(
      observed(backup(['data'], { status: due }), { bucketOwner: 'old/backup', places: { data: 'node-1' } }),
      at('01:31'),
    );
    expect(made.status).toMatchObject({ state: 'Failed', reason: 'BucketClaimed' });
    expect(made.status.message).toBe(
      "Bucket 'wiki-backup' already holds the repository of ServiceBackup old/backup, which is older: give this one a bucket of its own.",
    );
    expect(actionsOf(made.actions, 'createJob')).toEqual([]);
  });

  test('a bucket or a namespace that the config does not allow: no run, by tick or by hand, until it is allowed', () => {
    const asked = backup(['data'], { status: due, spec: { runNow: 'now' } });
    const refused = (settings: Parameters<typeof config>[0], status = asked.status) =>
      plan(
        observed(
          { ...asked, status },
          { config: config(settings), bucketOwner: 'old/backup', places: { data: 'node-1' } },
        ),
        at('01:31'),
      );
    const first = refused({ allowedNamespaces: ['blog'] });
    expect(first.status).toMatchObject({ state: 'Failed', reason: 'NamespaceNotAllowed' });
    // Whose bucket it is, is told to nobody who may not have it.
    const second = refused({ buckets: [{ backup: ['{namespace}.*'] }] }, first.status);
    expect(second.status).toMatchObject({ state: 'Failed', reason: 'BucketNotAllowed' });
    expect(actionsOf([...first.actions, ...second.actions], 'createJob')).toEqual([]);
    expect(actionsOf([...first.actions, ...second.actions], 'event')).toHaveLength(2);
    const allowed = config({ allowedNamespaces: ['wiki'], buckets: [{ backup: ['{namespace}-*'] }] });
    const mended = observed(
      { ...asked, status: second.status },
      { config: allowed, places: { data: 'node-1' } },
    );
    expect(plan(mended, at('01:32')).status.run?.trigger).toBe('RunNow');
  });

  test('a schedule that cannot be read is said where it stands', () => {
    const made = plan(observed(backup(['data'], { spec: { schedule: '30 25 * * *' } })), at('01:31'));
    expect(made.status.reason).toBe('ConfigInvalid');
    expect(made.status.message).toMatch(/^the ServiceBackup: schedule '30 25 \* \* \*'/);
  });

  test('what was wrong is told once, and gone when it is mended', () => {
    const first = plan(observed(backup(['data'], { status: settled }), { config: undefined }), at('12:00'));
    expect(actionsOf(first.actions, 'event')).toHaveLength(1);
    const second = plan(
      observed(backup(['data'], { status: first.status }), { config: undefined }),
      at('12:01'),
    );
    expect(second).toMatchObject({ changed: false, actions: [] });
    const mended = plan(observed(backup(['data'], { status: second.status })), at('12:02'));
    expect(mended.status.state).toBeUndefined();
    expect(mended.status.reason).toBeUndefined();
    expect(mended.status.conditions?.[0]).toMatchObject({ type: 'Ready', status: 'True' });
  });
});

describe('groups', () => {
  const status = { ...settled, run: run() };

  test('items on two nodes become two groups, one after the other', () => {
    const two = backup(['a', 'b', 'c'], { status });
    const made = plan(observed(two, { places: { a: 'node-1', b: 'node-2', c: 'node-1' } }), at('01:30'));
    expect(made.status.run?.groups.map(({ node: on, items }) => [on, items])).toEqual([
      ['node-1', ['a', 'c']],
    ]);
  });

  test('while a Job runs no other is made', () => {
    const open = { ...settled, run: run([group('j1', 'node-1', ['a'])]) };
    const made = plan(
      observed(backup(['a', 'b'], { status: open }), { jobs: [job('j1')], pods: { j1: pod('j1') } }),
      at('01:31'),
    );
    expect(made.actions).toEqual([]);
    expect(made.status.run?.groups).toHaveLength(1);
  });

  test('a Job that has ended gives its outcome to status, is deleted, and the next group starts', () => {
    const open = { ...settled, run: run([group('j1', 'node-1', ['a'])]) };
    const made = plan(
      observed(backup(['a', 'b'], { status: open }), {
        jobs: [job('j1')],
        pods: { j1: ended('j1', outcome([success('5nap')])) },
        places: { b: 'node-2' },
      }),
      at('01:32'),
    );
    expect(made.status.run?.done).toEqual([
      {
        type: 'pvc',
        name: 'a',
        state: 'Success',
        snapshot: '5nap',
        bytes: 1000,
        files: 10,
        seconds: 4,
        placement: { node: 'node-1', because: 'VolumeAttachment csi-a' },
        job: 'j1',
        consistency: 'Live',
        lastSuccess: written('01:32'),
      },
    ]);
    expect(made.status.repository).toEqual({ id: 'repo-id' });
    expect(actionsOf(made.actions, 'deleteJob')).toEqual([{ type: 'deleteJob', name: 'j1', uid: 'uid-j1' }]);
    expect(actionsOf(made.actions, 'createJob')[0]?.job.step).toMatchObject({ node: 'node-2' });
  });

  test('a node on which another service is read is left for a free one', () => {
    const made = plan(
      observed(backup(['a', 'b'], { status }), {
        places: { a: 'node-1', b: 'node-2' },
        busy: ['node-1'],
      }),
      at('01:30'),
    );
    expect(made.status.run?.groups[0]?.node).toBe('node-2');
  });

  test.each([
    ['its only node is taken', ['node-1'], { maxParallelJobs: 2 }],
    ['as many Jobs run as may', ['node-2'], { maxParallelJobs: 1 }],
  ])('a run waits while %s', (_, busy, settings) => {
    const made = plan(
      observed(backup(['a'], { status }), { places: { a: 'node-1' }, busy, config: config(settings) }),
      at('01:30'),
    );
    expect(made.turn).toEqual({ nodes: ['node-1'], seconds: 3600, limit: settings.maxParallelJobs });
    expect(actionsOf(made.actions, 'createJob')).toEqual([]);
    expect(made.status.message).toBe('Waits for its turn: as many Jobs run as may.');
  });

  test('the group that is expected to take longest goes first', () => {
    const known = {
      ...status,
      items: [item('a', { seconds: 5 }), item('b', { seconds: 500 })],
    };
    const made = plan(
      observed(backup(['a', 'b'], { status: known }), { places: { a: 'node-1', b: 'node-2' } }),
      at('01:30'),
    );
    expect(made.status.run?.groups[0]?.items).toEqual(['b']);
  });

  test('a group whose node is not ready is put last', () => {
    const made = plan(
      observed(backup(['a', 'b'], { status }), {
        places: { a: 'node-1', b: 'node-2' },
        nodes: [node('node-1', { ready: false }), node('node-2')],
      }),
      at('01:30'),
    );
    expect(made.status.run?.groups[0]?.node).toBe('node-2');
  });

  test('a node that is not ready is waited for as long as a pod may take to start, then its items fail', () => {
    const seen = observed(backup(['a'], { status }), {
      places: { a: 'node-1' },
      nodes: [node('node-1', { ready: false })],
    });
    const early = plan(seen, at('01:34'));
    expect(early).toMatchObject({ waiting: true, wakeAt: at('01:35') });
    const late = plan(seen, at('01:35'));
    expect(late.status.lastBackup).toMatchObject({ state: 'Failed', reason: 'NodeNotReady' });
    expect(late.status.items?.[0]?.message).toBe(
      'The volume of a is on node-1 (VolumeAttachment csi-a), which is not ready: bring the node back, or move the service; the next run tries again.',
    );
  });

  test('more than 20 items of a node are read in several Jobs', () => {
    const names = Array.from({ length: 25 }, (_, n) => `v${n}`);
    const made = plan(
      observed(backup(names, { status }), {
        places: Object.fromEntries(names.map((name) => [name, 'node-1'])),
      }),
      at('01:30'),
    );
    expect(made.status.run?.groups[0]?.items).toHaveLength(20);
  });

  test('an item without placement fails only when the others are done, looked at once more', () => {
    const nowhere = { reason: 'VolumeNotAttached' as const, message: 'nowhere' };
    const first = plan(
      observed(backup(['a', 'b'], { status }), { places: { a: nowhere, b: 'node-2' } }),
      at('01:30'),
    );
    expect(first.status.run?.done).toEqual([]);
    const open = first.status.run!.groups[0]!.job;
    const afterwards = (a: string | typeof nowhere) =>
      plan(
        observed(backup(['a', 'b'], { status: first.status }), {
          jobs: [job(open, 'node-2')],
          pods: { [open]: ended(open, outcome([success()])) },
          places: { a, b: 'node-2' },
        }),
        at('01:31'),
      );
    expect(afterwards('node-1').status.run?.groups[1]?.items).toEqual(['a']);
    expect(afterwards(nowhere).status.lastBackup).toMatchObject({
      state: 'Failed',
      reason: 'VolumeNotAttached',
      message: '1 of 2 items (a): nowhere',
    });
  });
});

describe('retention', () => {
  test('goes with the last group, and names what succeeded before', () => {
    const status = {
      ...settled,
      run: run(
        [group('j1', 'node-1', ['a', 'b'], { finishedAt: written('01:31') })],
        [item('a', { snapshot: '5nap' }), item('b', { state: 'Warning', snapshot: 'other' })],
      ),
    };
    const made = plan(
      observed(backup(['a', 'b', 'c'], { status }), { places: { c: 'node-2' } }),
      at('01:31'),
    );
    expect(retentionAsked(made.actions)).toEqual([{ name: 'a', snapshot: '5nap' }]);
  });

  test('does not go with a group after which another can be read', () => {
    const made = plan(
      observed(backup(['a', 'b'], { status: { ...settled, run: run() } }), {
        places: { a: 'node-1', b: 'node-2' },
      }),
      at('01:30'),
    );
    expect(retentionAsked(made.actions)).toBeUndefined();
  });

  test('is not held up by an item that cannot be read', () => {
    const made = plan(
      observed(backup(['a', 'b'], { status: { ...settled, run: run() } }), {
        places: { a: 'node-1', b: { reason: 'ClaimNotFound', message: 'no' } },
      }),
      at('01:30'),
    );
    expect(retentionAsked(made.actions)).toEqual([]);
  });

  const ending = (retention: Outcome['retention']) =>
    plan(
      observed(backup(['a'], { status: { ...settled, run: run([group('j1', 'node-1', ['a'])]) } }), {
        jobs: [job('j1')],
        pods: { j1: ended('j1', outcome([success()], { retention })) },
      }),
      at('01:32'),
    );

  test.each<[NonNullable<Outcome['retention']>, string, string]>([
    [{ kept: 7, forgotten: 2 }, 'Success', '7 snapshots kept, 2 forgotten'],
    [
      { kept: 0, forgotten: 0, failure: { reason: 'RepositoryLocked' as const, message: 'locked by x' } },
      'Warning',
      'RepositoryLocked: locked by x',
    ],
  ])('is told in the last backup: %j', (retention, state, text) => {
    expect(ending(retention).status.lastBackup).toMatchObject({ state, retention: text });
  });

  test('that failed for a reason that takes many words is told in as many as status takes', () => {
    const failure = { reason: 'RetentionFailed' as const, message: 'x'.repeat(2000) };
    const made = ending({ kept: 0, forgotten: 0, failure });
    expect(misfitOf({ ...backup(['a']), status: made.status })).toBeUndefined();
    expect(made.status.lastBackup?.message).toMatch(/^Retention: x+…$/);
    expect(made.status.lastBackup?.retention).toMatch(/^RetentionFailed: x+…$/);
  });

  test('that waits for an acknowledgement makes the run a Warning, and is told in a condition and an event', () => {
    const failure = { reason: 'AcknowledgementNeeded' as const, message: 'a: 9 of 10 would go.' };
    const made = ending({ kept: 7, forgotten: 2, failure });
    const message = 'a: 9 of 10 would go. In all: 7 snapshots kept, 2 forgotten.';
    expect(made.status).toMatchObject({
      state: 'Warning',
      reason: 'AcknowledgementNeeded',
      message: `Retention: ${message}`,
      lastBackup: { retention: `AcknowledgementNeeded: ${message}` },
      heldRetention: {
        run: '0tovstcs',
        reason: 'AcknowledgementNeeded',
        policy: 'daily 7, weekly 6, monthly 6, yearly 1',
      },
    });
    expect(made.status.conditions).toContainEqual(
      expect.objectContaining({ type: 'RetentionHeld', status: 'True', reason: 'AcknowledgementNeeded' }),
    );
    expect(actionsOf(made.actions, 'event').map(({ event }) => event.reason)).toEqual([
      'AcknowledgementNeeded',
      'BackupWarned',
    ]);
  });
});

describe('end of a run', () => {
  const open = { ...settled, run: run([group('j1', 'node-1', ['a', 'b'])]) };
  const ending = (report: Parameters<typeof ended>[1], previous: ServiceBackupStatus = {}) =>
    plan(
      observed(backup(['a', 'b'], { status: { ...previous, ...open } }), {
        jobs: [job('j1')],
        pods: { j1: ended('j1', report) },
      }),
      at('01:40'),
    );

  test('is the worst of its items', () => {
    const failed = { state: 'Failed' as const, reason: 'NoFiles' as const, message: 'empty' };
    const warned = { ...success(), state: 'Warning' as const, reason: 'UnreadableFiles' as const };
    expect(ending(outcome([success(), success()])).status.state).toBe('Success');
    expect(ending(outcome([success(), warned])).status).toMatchObject({
      state: 'Warning',
      reason: 'UnreadableFiles',
    });
    expect(ending(outcome([failed, warned])).status).toMatchObject({ state: 'Failed', reason: 'NoFiles' });
  });

  test('is counted while it is no Success', () => {
    const failed = { state: 'Failed' as const, reason: 'NoFiles' as const, message: 'empty' };
    const before = { consecutiveFailures: 2 };
    expect(ending(outcome([failed, success()]), before).status.consecutiveFailures).toBe(3);
    expect(ending(outcome([success(), success()]), before).status.consecutiveFailures).toBe(0);
  });

  test('names every failure when reasons differ', () => {
    const made = ending(
      outcome([
        { state: 'Failed', reason: 'NoFiles', message: 'empty.' },
        { state: 'Failed', reason: 'VolumeNotStaged', message: 'not there.' },
      ]),
    );
    expect(made.status.lastBackup).toMatchObject({
      reason: 'ItemsFailed',
      message: '2 of 2 items: a: empty. b: not there.',
    });
  });

  test('keeps of an item that failed what could be restored', () => {
    const items = [
      item('a', {
        snapshot: 'old5nap',
        bytes: 7,
        consistency: 'Live',
        lastSuccess: '2026-11-20T01:31:00Z',
      }),
    ];
    const made = ending(outcome([{ state: 'Failed', reason: 'NoFiles', message: 'empty' }, success()]), {
      items,
    });
    expect(made.status.items?.[0]).toMatchObject({
      state: 'Failed',
      reason: 'NoFiles',
      snapshot: 'old5nap',
      bytes: 7,
      lastSuccess: '2026-11-20T01:31:00Z',
    });
  });

  test('a failure of the whole Job is the failure of each item', () => {
    const failure = { reason: 'WrongPassword' as const, message: 'the password does not open it' };
    const made = ending(outcome([], { failure }));
    expect(made.status.items?.map(({ state, reason }) => [state, reason])).toEqual([
      ['Failed', 'WrongPassword'],
      ['Failed', 'WrongPassword'],
    ]);
  });

  test('without a report nobody guesses', () => {
    const stateOf = (report: Parameters<typeof ending>[0]) =>
      ending(report).status.run?.done.map(({ state, reason }) => [state, reason]);
    const unknown = ['Unknown', 'OutcomeLost'];
    expect(stateOf('{"v":1,"i":[["S"')).toEqual([unknown, unknown]);
    expect(stateOf(outcome([success()]))).toEqual([['Success', undefined], unknown]);
  });

  test('the last failed Job stays until the next run; others go', () => {
    const failed = ending(outcome([success(), { state: 'Failed', reason: 'NoFiles', message: 'empty' }]));
    expect(actionsOf(failed.actions, 'deleteJob')).toEqual([]);
    const next = plan(
      observed(backup(['a', 'b'], { spec: { runNow: 'again' }, status: failed.status }), {
        jobs: [job('j1')],
        pods: { j1: ended('j1', '') },
        places: { a: 'node-1', b: 'node-1' },
      }),
      at('02:00'),
    );
    expect(actionsOf(next.actions, 'deleteJob')).toHaveLength(1);
  });

  test('a success says what the copies are worth: in its event, and in the condition', () => {
    const { actions, status } = ending(outcome([success(), success()]));
    expect(actionsOf(actions, 'event').at(-1)?.event).toMatchObject({
      reason: 'BackupSucceeded',
      message: expect.stringMatching(/: 2 of 2 items backed up \(Live\)\.$/),
    });
    expect(status.conditions?.[1]?.message).toMatch(/backed up every item \(Live\)\.$/);
  });

  test('nothing is written when nothing has changed, and a condition keeps its time', () => {
    const first = ending(outcome([success(), success()]));
    const again = plan(observed(backup(['a', 'b'], { status: first.status })), at('12:00'));
    expect(again).toMatchObject({ changed: false, actions: [] });
    expect(again.status.conditions?.map(({ type, status }) => [type, status])).toEqual([
      ['Ready', 'True'],
      ['LastBackupSucceeded', 'True'],
      ['RetentionHeld', 'False'],
      ['RecoveryKeyMissing', 'True'],
    ]);
  });
});

describe('a group without a Job', () => {
  const status = { ...settled, run: run([group('j1', 'node-1', ['a'])]) };

  test('gets it, under the same name', () => {
    const made = plan(observed(backup(['a'], { status }), { places: { a: 'node-1' } }), at('01:31'));
    expect(actionsOf(made.actions, 'createJob')[0]?.job.step.job).toBe('j1');
    expect(made.status.run?.groups).toHaveLength(1);
  });

  test('whose volume has moved is closed, and its items are placed again under a new name', () => {
    const made = plan(observed(backup(['a'], { status }), { places: { a: 'node-2' } }), at('01:31'));
    expect(made.status.run?.groups.map(({ node: on, finishedAt }) => [on, finishedAt !== undefined])).toEqual(
      [
        ['node-1', true],
        ['node-2', false],
      ],
    );
    expect(actionsOf(made.actions, 'createJob')[0]?.job.step.job).not.toBe('j1');
  });

  test('whose volume moves again and again fails', () => {
    const retry = { name: 'a', attempts: 2, at: written('01:31'), reason: 'VolumeMoved' };
    const moved = { ...settled, run: { ...run([group('j3', 'node-1', ['a'])]), retries: [retry] } };
    const made = plan(observed(backup(['a'], { status: moved }), { places: { a: 'node-2' } }), at('01:32'));
    expect(made.status.lastBackup).toMatchObject({
      state: 'Failed',
      message: 'The volume of a moved before it could be read (tried 3 times).',
    });
  });

  test('that the API server refuses fails in its words: at once what is invalid, after the start deadline what is forbidden', () => {
    const refused = (final: boolean, clock: string) =>
      plan(
        observed(backup(['a'], { status }), {
          refusal: { job: 'j1', reason: 'NotPermitted', message: 'exceeded quota', final },
          places: { a: 'node-1' },
        }),
        at(clock),
      ).status.lastBackup?.message;
    expect(refused(true, '01:31')).toBe('exceeded quota');
    expect(refused(false, '01:31')).toBeUndefined();
    expect(refused(false, '01:35')).toBe('exceeded quota');
  });

  test('ends when the config is gone, with that reason', () => {
    const made = plan(observed(backup(['a'], { status }), { config: undefined }), at('01:31'));
    expect(made.status.lastBackup?.reason).toBe('ConfigMissing');
  });
});
