import { podTemplateName } from '../../src/api';
import type { Outcome } from '../../src/api/outcome';
import type { ItemStatus, Run, ServiceBackupStatus } from '../../src/api/service-backup';
import { maintainTask } from '../../src/operator/maintenance-job';
import { plan } from '../../src/operator/plan';
import { repositoryRef } from '../../src/operator/repository-ref';
import { type Settings, settingsOf } from '../../src/operator/settings';
import { type StepJob, stepJob } from '../../src/operator/step-job';
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
  placement,
  pod,
  run,
  serviceS3,
  written,
} from './fixtures';

const { s3BackupConfig } = config().spec.serviceBackup;
/** Two users of the S3 system: the first may delete nothing but locks. */
const withKeys = (changes: Parameters<typeof config>[0] = {}) =>
  config({
    s3BackupConfig: {
      ...s3BackupConfig,
      maintenanceCredentials: {
        secretName: 'maintenance-{bucket}',
        accessKeyIDProperty: 'Id',
        secretKeyProperty: 'Key',
      },
    },
    s3ServiceConfig: serviceS3,
    ...changes,
  });

const lastSuccess = '2026-11-20T01:31:00Z';
const good = item('a', { snapshot: '5nap', lastSuccess });
const finished = group('j1', 'node-1', ['a'], { finishedAt: written('01:31') });

/** What is decided when every volume has been read. */
const closing = (
  status: ServiceBackupStatus = {},
  changes: Parameters<typeof observed>[1] = {},
  now = at('01:31'),
  underWay: Run = run([finished], [good]),
) =>
  plan(
    observed(backup(['a'], { status: { scheduledThrough: written('01:30'), run: underWay, ...status } }), {
      config: withKeys(),
      ...changes,
    }),
    now,
  );
const jobsOf = (made: ReturnType<typeof plan>) =>
  actionsOf(made.actions, 'createJob').map((made) => made.job);

describe('with keys of maintenance', () => {
  const read = { run: '0tovstcs', deadlineSeconds: 60 };
  const bucket = { node: '', because: 'a test', secret: 'service-s3' } as const;
  test.each<[string, StepJob, string[]]>([
    [
      'a Job that reads volumes has those of backups',
      { ...read, step: group('j1', 'node-1', ['a']), placements: [placement('node-1', 'a')] },
      ['s3 AccessKey', 's3 SecretKey', 'restic pw'],
    ],
    [
      'a Job that reads buckets has those of backups',
      { ...read, step: group('j1', '', ['s3:files']), buckets: [bucket] },
      ['s3 AccessKey', 's3 SecretKey', 'restic pw', 'service-s3 Id', 'service-s3 Key'],
    ],
    [
      'a Job that looks after the repository has them, of its bucket',
      { ...read, step: maintenance('j1', { prune: true }) },
      ['maintenance-wiki-backup Id', 'maintenance-wiki-backup Key', 'restic pw'],
    ],
  ])('%s', (_, wanted, expected) => {
    const declared = backup(['a']);
    const settings = settingsOf(declared, withKeys(), 'service-backup-jobs') as Settings;
    const metadata = { name: podTemplateName('mover'), namespace: 'service-backup-jobs' };
    const spec = { containers: [{ name: 'mover', image: 'node' }] };
    const made = stepJob(wanted, {
      template: { metadata, template: { spec } },
      backup: declared,
      settings,
      repository: repositoryRef(declared, settings, 'cluster-uid'),
      jobNamespace: 'service-backup-jobs',
    });
    const refs = made.spec!.template.spec.containers[0]!.env!.flatMap(
      ({ valueFrom }) => valueFrom?.secretKeyRef ?? [],
    );
    expect(refs.map(({ name, key }) => `${name} ${key}`)).toEqual(expected);
  });

  test('no Job that reads data applies retention', () => {
    const status = { scheduledThrough: written('01:30'), run: run() };
    const reads = (of: ReturnType<typeof config>) =>
      jobsOf(plan(observed(backup(['a'], { status }), { places: { a: 'node-1' }, config: of }), at('01:30')));
    expect(reads(withKeys())).toEqual([expect.not.objectContaining({ retentionOf: expect.anything() })]);
    expect(reads(config())).toEqual([expect.objectContaining({ retentionOf: [] })]);
  });

  test('a Job does that has them, when all has been read: for what the run backed up with success', () => {
    const bad = item('b', { state: 'Warning', snapshot: 'bad', lastSuccess });
    const made = closing({}, {}, at('01:31'), run([finished], [good, bad]));
    expect(made.status.run?.maintenance).toEqual([
      { job: expect.stringMatching(/-2$/), retention: true, startedAt: written('01:31') },
    ]);
    expect(jobsOf(made)).toMatchObject([{ retentionOf: [{ name: 'a', snapshot: '5nap' }] }]);
    expect(made.status.message).toMatch(/^Job \S+ forgets old snapshots\.$/);
  });

  test('which also checks and prunes, if that is due', () => {
    const now = new Date('2026-11-22T06:00:00Z');
    const underWay = { ...run([finished], [good]), startedAt: '2026-11-22T05:59:00Z' };
    const made = closing({ repository: { id: 'repo-id' } }, {}, now, underWay);
    expect(made.status.run?.maintenance).toMatchObject([{ retention: true, check: true, prune: true }]);
  });

  test('which is made under the same name, and with the same work, if it was not made', () => {
    const step = maintenance('m1', { retention: true });
    const made = closing({}, {}, at('01:31'), { ...run([finished], [good]), maintenance: [step] });
    expect(jobsOf(made)).toMatchObject([{ step, retentionOf: [{ name: 'a', snapshot: '5nap' }] }]);
  });

  test.each<[string, ServiceBackupStatus, ItemStatus[]]>([
    ['nothing was a success', {}, [item('a', { state: 'Warning', snapshot: '5nap' })]],
    [
      'the repository is damaged',
      {
        repository: {
          id: 'repo-id',
          check: { timestamp: lastSuccess, state: 'Failed', reason: 'RepositoryDamaged', part: 1, parts: 13 },
        },
      },
      [good],
    ],
  ])('nothing is forgotten when %s', (_, status, done) => {
    const made = closing(status, {}, at('01:31'), run([finished], done));
    expect(made.status.run?.maintenance?.some(({ retention }) => retention)).not.toBe(true);
  });

  test('without them no Job of its own forgets', () => {
    expect(closing({}, { config: config() }).status).toMatchObject({ lastBackup: { state: 'Success' } });
  });

  test('nothing is forgotten beside a mover that may live: it is waited for, and then told', () => {
    const pods = { j0: pod('j0', 'node-1', { deleting: true }) };
    const waits = closing({}, { pods });
    expect([jobsOf(waits), waits.status.run?.retention]).toEqual([[], undefined]);

    const { status } = closing({}, { pods }, at('01:40'));
    expect(status.lastBackup).toMatchObject({
      state: 'Warning',
      reason: 'MoverMayLive',
      retention: expect.stringMatching(
        /^MoverMayLive: The mover of pod j0-abcde on node-1 may still be at work/,
      ),
    });
  });

  test('what the run did not come to before its deadline is told', () => {
    const { status } = closing({}, {}, at('01:31:01'), {
      ...run([finished], [good]),
      startedAt: lastSuccess,
    });
    expect(status.lastBackup).toMatchObject({
      state: 'Warning',
      reason: 'RunDeadlineExceeded',
      retention: expect.stringMatching(
        /^RunDeadlineExceeded: Nothing was forgotten before the run's deadline/,
      ),
    });
  });

  test('so is what it could not do, since nobody understands the config any more', () => {
    const { status } = closing({}, { config: withKeys({ schedule: 'x' }) });
    expect(status.lastBackup).toMatchObject({ state: 'Warning', reason: 'ConfigInvalid' });
    const retention = { message: '8 snapshots kept, 2 forgotten', failed: false };
    const done = { ...run([finished], [good]), retention };
    const told = closing({}, { config: withKeys({ schedule: 'x' }) }, at('01:31'), done);
    expect(told.status.lastBackup).toMatchObject({ state: 'Success' });
    const other = closing({}, { config: config({ schedule: 'x' }) });
    expect(other.status.lastBackup).toMatchObject({ state: 'Success' });
  });

  test('it is told the policy, and what it may forget at once', () => {
    const declared = backup(['a'], {
      status: {
        heldRetention: { run: 'r1', reason: 'AcknowledgementNeeded', policy: 'daily 3' },
      },
    });
    declared.metadata.annotations = { 'servicebackup.io/acknowledge': 'r1' };
    const all = withKeys({ resticRetentionPolicy: { daily: 3 }, maxForgetPercent: 7 });
    const settings = settingsOf(declared, all, 'service-backup-jobs') as Settings;
    const repository = repositoryRef(declared, settings, 'cluster-uid');
    const items = [{ name: 'a', snapshot: '5nap' }];
    const wanted = {
      step: maintenance('m1', { retention: true }),
      run: 'r',
      deadlineSeconds: 60,
      retentionOf: items,
    };
    expect(maintainTask(wanted, declared, settings, repository)).toEqual({
      version: 1,
      kind: 'maintain',
      run: 'r',
      repository,
      retention: { policy: { daily: 3 }, items, maxForgetPercent: 7, acknowledged: true },
    });
  });
});

describe('a Job that forgets', () => {
  const then = (report: Partial<Outcome> | string, exitCode = 0, work = {}) => {
    const step = maintenance('m1', { retention: true, ...work });
    const view = ended('m1', typeof report === 'string' ? report : outcome([], report), exitCode);
    return closing({}, { jobs: [job('m1', '')], pods: { m1: view } }, at('01:40'), {
      ...run([finished], [good]),
      maintenance: [step],
    });
  };

  test('and has forgotten ends the run, which tells it as retention', () => {
    const { status } = then({ retention: { kept: 8, forgotten: 2 } });
    expect(status.lastBackup).toMatchObject({ state: 'Success', retention: '8 snapshots kept, 2 forgotten' });
    expect(status.lastBackup).not.toHaveProperty('maintenance');
    expect(status).not.toHaveProperty('heldRetention');
  });

  test.each(['AcknowledgementNeeded', 'RetentionFailed'] as const)(
    'and did not, for %s, makes the run a Warning, and holds retention',
    (reason) => {
      const failure = { reason, message: 'Too much.' };
      const made = then({ retention: { kept: 8, forgotten: 0, failure } });
      expect(made.status.lastBackup).toMatchObject({ state: 'Warning', reason });
      expect(made.status.lastBackup).not.toHaveProperty('maintenance');
      expect(made.status.heldRetention).toMatchObject({
        reason,
        message: expect.stringMatching(/^Too much\./),
      });
      expect(actionsOf(made.actions, 'event').map(({ event }) => event.reason)).toContain(reason);
    },
  );

  test('and met damage makes the service Failed', () => {
    const failure = { reason: 'RepositoryDamaged' as const, message: 'pack 1f' };
    const { status } = then({ retention: { kept: 0, forgotten: 0, failure } });
    expect(status).toMatchObject({ run: { maintenance: [{}, { check: true }] } });
  });

  test.each<[string, Parameters<typeof then>, string]>([
    ['was killed', ['', 137], 'MoverKilled'],
    ['got nowhere', [{ failure: { reason: 'StorageUnreachable', message: 'no' } }, 1], 'StorageUnreachable'],
    ['did not say', [{}], 'RetentionFailed'],
  ])('and %s has forgotten nothing that is known, and that is told once', (_, report, reason) => {
    const { status } = then(...report);
    expect(status.lastBackup).toMatchObject({
      state: 'Warning',
      reason,
      retention: expect.stringMatching(new RegExp(`^${reason}: `)),
    });
    expect(status.lastBackup).not.toHaveProperty('maintenance');
    expect(status.heldRetention).toMatchObject({ reason });
  });

  test('and was killed thereafter has forgotten; what it was to do then is told apart', () => {
    const told = { partial: true, retention: { kept: 8, forgotten: 2 } };
    const { status } = then(told, 137, { prune: true });
    expect(status.lastBackup).toMatchObject({
      reason: 'MoverKilled',
      retention: '8 snapshots kept, 2 forgotten',
      maintenance: expect.stringMatching(/^Prune: MoverKilled/),
    });
    expect(then(told, 137).status.lastBackup).toMatchObject({ reason: 'MoverKilled', state: 'Warning' });
  });

  test.each<[string, Parameters<typeof then>, object]>([
    [
      'and told',
      [{ retention: { kept: 8, forgotten: 2 } }],
      { state: 'Success', retention: '8 snapshots kept, 2 forgotten' },
    ],
    ['and was killed', ['', 137], { state: 'Warning', reason: 'MoverKilled' }],
    [
      'and checked',
      [{ retention: { kept: 8, forgotten: 2 }, check: {} }, 0, { check: true, part: 1, parts: 13 }],
      { state: 'Success', retention: '8 snapshots kept, 2 forgotten' },
    ],
  ])('%s is not made again, though kinds of an earlier version kept no mark of it', (_, report, last) => {
    const [told, exitCode, work] = report;
    const { status } = then(told, exitCode, { ...work, retention: undefined });
    expect(status).not.toHaveProperty('run');
    expect(status.lastBackup).toMatchObject(last);
  });

  test('that others were told of is not made: each run forgets once', () => {
    const retention = { message: '8 snapshots kept, 2 forgotten', failed: false };
    const { status } = closing({}, {}, at('01:31'), { ...run([finished], [good]), retention });
    expect(status.lastBackup).toMatchObject({ state: 'Success' });
  });

  test('waits for a program that is gone: another is made in its place', () => {
    const jobs = [job('m1', '')];
    const gone = { jobs, pods: { m1: pod('m1', '', { started: false }) }, goneProgram: 'mover-old' };
    const step = maintenance('m1', { retention: true });
    const given = closing({}, gone, at('01:31'), { ...run([finished], [good]), maintenance: [step] });
    const made = closing({}, {}, at('01:31'), given.status.run);
    expect(made.status.run?.maintenance).toMatchObject([{ job: 'm1' }, { retention: true }]);
    expect(jobsOf(made)).toMatchObject([{ retentionOf: [{ name: 'a' }] }]);
  });
});
