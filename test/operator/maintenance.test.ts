import type { Outcome } from '../../src/api/outcome';
import type { ItemStatus, ServiceBackupStatus } from '../../src/api/service-backup';
import { nextPart } from '../../src/operator/maintenance-due';
import { maintainTask } from '../../src/operator/maintenance-job';
import { plan } from '../../src/operator/plan';
import { repositoryRef } from '../../src/operator/repository-ref';
import { type Settings, settingsOf } from '../../src/operator/settings';
import {
  actionsOf,
  at,
  backup,
  config,
  ended,
  group,
  item,
  job,
  maintenance,
  observed,
  outcome,
  pod,
  run,
  success,
  written,
} from './fixtures';

type Repository = NonNullable<ServiceBackupStatus['repository']>;
type Check = NonNullable<Repository['check']>;

/** A Sunday in November; both ticks of the default config are on Sundays, before this one's run. */
const SUNDAY = '2026-11-15T06:00:00Z';
const lastSuccess = '2026-11-20T01:31:00Z';
const checked = (changes: Partial<Check> = {}): Check => ({
  timestamp: SUNDAY,
  state: 'Success',
  part: 3,
  parts: 13,
  ...changes,
});
const damaged = (changes: Partial<Check> = {}): Check =>
  checked({ state: 'Failed', reason: 'RepositoryDamaged', message: 'pack 1f does not match', ...changes });
const pruned: Repository['prune'] = { timestamp: SUNDAY, state: 'Success' };
const known: Repository = { id: 'repo-id', check: checked(), prune: pruned };

const finished = group('j1', 'node-1', ['a'], { finishedAt: written('01:35') });

/** A run whose every volume has been dealt with. */
const closing = (
  repository: Repository | undefined,
  {
    now = new Date('2026-11-22T06:00:00Z'),
    done = [item('a', { snapshot: '5nap', lastSuccess })],
    ...changes
  }: { now?: Date; done?: ItemStatus[] } & Parameters<typeof observed>[1] = {},
) => {
  const underWay = { ...run([finished], done), startedAt: now.toISOString() };
  const status = { scheduledThrough: written('01:30'), repository, run: underWay };
  return plan(observed(backup(['a'], { status }), changes), now);
};
const steps = (...given: Parameters<typeof closing>) => closing(...given).status.run?.maintenance;

describe('check and prune are due', () => {
  test('at the end of the first run after their ticks, in one Job', () => {
    const made = closing(known);
    expect(made.status.run?.maintenance).toEqual([
      {
        job: expect.stringMatching(/-2$/),
        check: true,
        part: 4,
        parts: 13,
        prune: true,
        startedAt: '2026-11-22T06:00:00Z',
      },
    ]);
    expect(actionsOf(made.actions, 'createJob')).toHaveLength(1);
    expect(made.status.message).toMatch(
      /checks part 4 of 13 of the repository, frees the space of forgotten snapshots\.$/,
    );
  });

  test('not between their ticks, and each for itself', () => {
    expect(steps(known, { now: new Date('2026-11-21T06:00:00Z') })).toBeUndefined();
    const [step] = steps(known, { now: new Date('2026-11-22T04:30:00Z') })!;
    expect(step).toMatchObject({ check: true });
    expect(step).not.toHaveProperty('prune');
  });

  test('for the first time after a tick since the declaration: not at the end of the first run', () => {
    expect(steps({ id: 'repo-id' }, { now: new Date('2026-11-21T06:00:00Z') })).toBeUndefined();
    expect(steps({ id: 'repo-id' })).toMatchObject([{ check: true, part: 1, parts: 13, prune: true }]);
  });

  test('anew in the next run when they failed', () => {
    const check = checked({ state: 'Failed', reason: 'CheckFailed' });
    const prune = { ...pruned, state: 'Failed' as const };
    const now = new Date('2026-11-16T06:00:00Z');
    expect(steps({ ...known, check, prune }, { now })).toMatchObject([{ check: true, part: 3, prune: true }]);
  });

  test.each([
    ['check', { prune: true }],
    ['prune', { check: true }],
  ])('never while %s is suspended', (field, other) => {
    const [step] = steps(known, { config: config({ [field]: { suspend: true } }) })!;
    expect(step).toMatchObject(other);
    expect(step).not.toHaveProperty(field);
  });

  test.each<[string, Repository | undefined, ItemStatus[]]>([
    ['the repository is unknown', undefined, [item('a', { lastSuccess })]],
    ['no item ever had a snapshot', known, [item('a', { state: 'Failed', reason: 'VolumeNotAttached' })]],
    [
      'the run has just seen that nobody gets at it',
      known,
      [item('a', { state: 'Failed', reason: 'StorageUnreachable', lastSuccess })],
    ],
  ])('never when %s', (_, repository, done) => {
    expect(steps(repository, { done })).toBeUndefined();
  });

  test('once in a run, whatever came of them', () => {
    const step = maintenance('m1', { check: true, part: 4, parts: 13, prune: true });
    const status = {
      scheduledThrough: '2026-11-22T01:30:00Z',
      repository: known,
      run: { ...run([finished], [item('a', { lastSuccess })]), maintenance: [step] },
    };
    const failed = ended(
      'm1',
      outcome([], { check: { failure: { reason: 'CheckFailed', message: 'no' } } }),
      1,
    );
    const made = plan(
      observed(backup(['a'], { status }), { jobs: [job('m1', '')], pods: { m1: failed } }),
      new Date('2026-11-22T06:00:00Z'),
    );
    expect(made.status.lastBackup).toMatchObject({ state: 'Warning', reason: 'CheckFailed' });
  });
});

test.each<[string, Check | undefined, number, { part: number; parts: number }]>([
  ['the first check reads the first part', undefined, 13, { part: 1, parts: 13 }],
  ['after a success comes the next', checked(), 13, { part: 4, parts: 13 }],
  ['after the last comes the first', checked({ part: 13 }), 13, { part: 1, parts: 13 }],
  [
    'what failed is tried again',
    checked({ state: 'Failed', reason: 'CheckFailed' }),
    13,
    { part: 3, parts: 13 },
  ],
  ['another number of parts begins anew', checked(), 4, { part: 1, parts: 4 }],
  ['what is damaged is read again as it was cut then', damaged(), 4, { part: 3, parts: 13 }],
])('%s', (_, last, parts, expected) => {
  expect(nextPart(last, parts)).toEqual(expected);
});

describe('a Job that looks after the repository', () => {
  const step = maintenance('m1', { check: true, part: 4, parts: 13, prune: true });
  const now = new Date('2026-11-22T06:10:00Z');
  const then = (report: Partial<Outcome> | string, repository = known, exitCode = 0) => {
    const status = {
      scheduledThrough: '2026-11-22T01:30:00Z',
      repository,
      run: { ...run([finished], [item('a', { snapshot: '5nap', lastSuccess })]), maintenance: [step] },
    };
    const pods = { m1: ended('m1', typeof report === 'string' ? report : outcome([], report), exitCode) };
    return plan(observed(backup(['a'], { status }), { jobs: [job('m1', '')], pods }), now);
  };
  const failure = (reason: 'RepositoryDamaged' | 'CheckFailed' | 'PruneFailed' | 'StorageUnreachable') => ({
    failure: { reason, message: `${reason} it is` },
  });

  test('that found all well is told in the last backup', () => {
    const { status } = then({ check: {}, prune: { freed: 12_345_678 } });
    expect(status.repository).toEqual({
      id: 'repo-id',
      check: { timestamp: '2026-11-22T06:10:00Z', state: 'Success', part: 4, parts: 13 },
      prune: { timestamp: '2026-11-22T06:10:00Z', state: 'Success' },
    });
    expect(status.lastBackup).toMatchObject({
      state: 'Success',
      maintenance: 'Checked part 4 of 13: whole. Pruned: 12.3 MB freed.',
    });
  });

  test('that found damage makes the service Failed, though every item is a Success', () => {
    const made = then({ check: failure('RepositoryDamaged') });
    expect(made.status).toMatchObject({
      state: 'Failed',
      reason: 'RepositoryDamaged',
      items: [{ name: 'a', state: 'Success' }],
      repository: { check: { state: 'Failed', reason: 'RepositoryDamaged', part: 4 }, prune: pruned },
      lastBackup: { maintenance: 'Check of part 4 of 13: RepositoryDamaged: RepositoryDamaged it is' },
      heldRetention: {
        reason: 'RepositoryDamaged',
        message:
          'Nothing is forgotten or pruned until a check finds the repository whole: RepositoryDamaged it is',
      },
    });
    expect(actionsOf(made.actions, 'event').map(({ event }) => event.reason)).toContain('RepositoryDamaged');
  });

  test('whose prune met damage counts as one that found it, though its check passed', () => {
    const { status } = then({ check: {}, prune: { freed: 0, ...failure('RepositoryDamaged') } });
    expect(status).toMatchObject({
      reason: 'RepositoryDamaged',
      repository: { check: { reason: 'RepositoryDamaged' } },
    });
  });

  test.each<[string, Partial<Outcome>, string]>([
    ['its check failed', { check: failure('CheckFailed') }, 'CheckFailed'],
    ['its prune failed', { check: {}, prune: { freed: 0, ...failure('PruneFailed') } }, 'PruneFailed'],
    ['it got nowhere', failure('StorageUnreachable'), 'StorageUnreachable'],
  ])('makes the run a Warning when %s', (_, report, reason) => {
    const { status } = then(report, known, 1);
    expect(status.lastBackup).toMatchObject({ state: 'Warning', reason });
    expect([status.repository?.check, status.repository?.prune]).toContainEqual(
      expect.objectContaining({ state: 'Failed', reason }),
    );
  });

  test('that was killed has neither checked nor pruned', () => {
    const { status } = then('', known, 137);
    expect(status.repository).toMatchObject({
      check: { state: 'Failed', reason: 'MoverKilled', part: 4 },
      prune: { state: 'Failed', reason: 'MoverKilled' },
    });
  });

  test('that was killed after its check has checked', () => {
    const { status } = then({ partial: true, check: {} }, known, 137);
    expect(status.repository).toMatchObject({
      check: { state: 'Success', part: 4 },
      prune: { state: 'Failed', reason: 'MoverKilled' },
    });
  });

  test('that could not check does not make damage undone', () => {
    const { status } = then(failure('StorageUnreachable'), { ...known, check: damaged({ part: 4 }) }, 1);
    expect(status).toMatchObject({ state: 'Failed', reason: 'RepositoryDamaged' });
    expect(status.repository?.check).toEqual(damaged({ part: 4 }));
  });

  test('that finds the damaged part whole makes an end of it', () => {
    const { status } = then({ check: {}, prune: { freed: 0 } }, { ...known, check: damaged({ part: 4 }) });
    expect(status).toMatchObject({ state: 'Success', repository: { check: { state: 'Success' } } });
    expect(status).not.toHaveProperty('heldRetention');
  });

  test('whose node is lost is given up, and the run ends', () => {
    const status = {
      scheduledThrough: '2026-11-22T01:30:00Z',
      repository: known,
      run: { ...run([finished], [item('a', { lastSuccess })]), maintenance: [step] },
    };
    const made = plan(
      observed(backup(['a'], { status }), { jobs: [job('m1', '')], pods: { m1: pod('m1', 'node-gone') } }),
      now,
    );
    expect(made.status.lastBackup).toMatchObject({ state: 'Warning', reason: 'NodeLost' });
  });

  test('without a Job gets it, under the same name, wherever volumes are', () => {
    const status = {
      repository: known,
      run: { ...run([finished], [item('a', { lastSuccess })]), maintenance: [step] },
    };
    const made = plan(observed(backup(['a'], { status })), new Date('2026-11-21T01:31:00Z'));
    expect(actionsOf(made.actions, 'createJob')).toEqual([
      { type: 'createJob', job: { step, run: '0tovstcs', deadlineSeconds: 86_340 } },
    ]);
  });

  test('is told its part, what to read back, and how much may stay unused', () => {
    const declared = backup(['a']);
    const settings = settingsOf(
      declared,
      config({ prune: { maxUnusedPercent: 5 } }),
      'service-backup-jobs',
    ) as Settings;
    const repository = repositoryRef(declared, settings, 'cluster-uid');
    expect(
      maintainTask(
        { step: { ...step, recall: ['a'] }, run: 'r', deadlineSeconds: 60 },
        declared,
        settings,
        repository,
      ),
    ).toEqual({
      version: 1,
      kind: 'maintain',
      run: 'r',
      repository,
      recall: ['a'],
      check: { part: 4, parts: 13 },
      prune: { maxUnusedPercent: 5 },
    });
  });
});

test('a check that was decided is not begun beside a mover that has appeared since', () => {
  const step = maintenance('m1', { check: true, part: 4, parts: 13 });
  const status = {
    scheduledThrough: written('01:30'),
    repository: known,
    run: { ...run([finished], [item('a', { lastSuccess })]), maintenance: [step] },
  };
  const pods = { j0: pod('j0', 'node-1', { deleting: true }) };
  const made = plan(observed(backup(['a'], { status }), { pods }), at('01:36'));
  expect(actionsOf(made.actions, 'createJob')).toEqual([]);
  expect(made.status.lastBackup).toMatchObject({ state: 'Warning', reason: 'MoverMayLive' });
});

describe('while the repository is damaged', () => {
  const repository = { ...known, check: damaged() };

  test('each run checks the same part, and prunes nothing', () => {
    for (const startedAt of ['2026-11-16T06:00:00Z', '2026-11-22T06:00:00Z'])
      expect(steps(repository, { now: new Date(startedAt) })).toEqual([
        { job: expect.any(String), check: true, part: 3, parts: 13, startedAt },
      ]);
  });

  test('no task carries retention', () => {
    const status = { scheduledThrough: written('01:30'), repository, run: run() };
    const made = plan(observed(backup(['a'], { status }), { places: { a: 'node-1' } }), at('01:30'));
    expect(actionsOf(made.actions, 'createJob')[0]?.job).not.toHaveProperty('retentionOf');
  });

  test('it is checked though checks be suspended: nothing else could end it', () => {
    const suspended = config({ check: { suspend: true } });
    expect(steps(repository, { config: suspended })).toMatchObject([{ check: true, part: 3 }]);
  });

  test('every run ends Failed, though every item was saved', () => {
    const status = {
      scheduledThrough: written('01:30'),
      repository,
      run: {
        ...run([group('j1', 'node-1', ['a'])]),
        maintenance: [{ job: 'm1', check: true, startedAt: written('01:31'), finishedAt: written('01:32') }],
      },
    };
    const made = plan(
      observed(backup(['a'], { status }), {
        jobs: [job('j1')],
        pods: { j1: ended('j1', outcome([success()])) },
      }),
      at('01:40'),
    );
    expect(made.status.lastBackup).toMatchObject({
      state: 'Failed',
      reason: 'RepositoryDamaged',
      message: 'pack 1f does not match',
    });
    expect(made.status.items).toMatchObject([{ state: 'Success' }]);
  });
});
