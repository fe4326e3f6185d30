import { decodeOutcome } from '../../src/api/outcome';
import type { ServiceBackupStatus } from '../../src/api/service-backup';
import { taskFrom } from '../../src/mover/task-from';
import { plan } from '../../src/operator/plan';
import { actionsOf, at, backup, config, ended, job, observed, pod } from './fixtures';
import { OUTCOMES, STATUS_IN_MID_RUN, TASKS } from './recorded-version-1';

const figures = {
  bytes: 50_331_648,
  bytesAdded: 1204,
  files: 1204,
  filesNew: 3,
  filesChanged: 1,
  filesUnmodified: 1200,
  seconds: 4,
};
const success = { state: 'Success', snapshot: '6740aaa6e1f2a3b4', ...figures };
const repository = 'c3a1f0aa';

describe('what version 1 wrote is understood', () => {
  test.each<[keyof typeof OUTCOMES, object]>([
    [
      'group',
      {
        version: 1,
        repository,
        recoveryKey: false,
        items: [
          success,
          {
            ...success,
            state: 'Warning',
            reason: 'UnreadableFiles',
            message: '3 files could not be read (appdata/x, …).',
            snapshot: '8a1c02fe00112233',
          },
          { state: 'Failed', reason: 'VolumeNotStaged', message: 'No mount.' },
        ],
        retention: { kept: 20, forgotten: 1 },
        notes: ['The lock of dead Job j0 was removed.'],
      },
    ],
    ['partial', { version: 1, partial: true, repository, items: [success] }],
    [
      'failed',
      {
        version: 1,
        items: [],
        failure: { reason: 'WrongPassword', message: 'The password does not open it.' },
      },
    ],
    [
      'damaged',
      {
        version: 1,
        repository,
        items: [],
        check: { failure: { reason: 'RepositoryDamaged', message: 'Pack 1f is not whole.' } },
        prune: { freed: 0, failure: { reason: 'PruneFailed', message: 'Damaged.' } },
      },
    ],
    ['whole', { version: 1, repository, items: [], check: {}, prune: { freed: 7_000_000 } }],
  ])('the outcome %s', (name, outcome) => {
    expect(decodeOutcome(OUTCOMES[name])).toEqual(outcome);
  });

  test.each(['backup', 'maintain'] as const)('the task %s', (name) => {
    const text = TASKS[name];
    expect(taskFrom({ SERVICE_BACKUP_TASK: text })).toEqual(JSON.parse(text));
  });
});

type Status = ServiceBackupStatus & { run: NonNullable<ServiceBackupStatus['run']> };
const inMidRun = (change: (status: Status) => void = () => {}): Status => {
  const status = JSON.parse(STATUS_IN_MID_RUN) as Status;
  change(status);
  return status;
};
const places = { b: 'node-2', c: 'node-1' };
/** What an operator makes of a run that another version began. */
const goOn = (status: Status, changes: Parameters<typeof observed>[1] = {}, clock = '01:40') =>
  plan(
    observed(backup(['a', 'b', 'c'], { status }), {
      jobs: [job('j2', 'node-2')],
      pods: { j2: pod('j2', 'node-2') },
      config: config({ jobSpec: { backoffLimit: 3 } }),
      places,
      ...changes,
    }),
    at(clock),
  );
/** The open Job has ended with this report. */
const reported = (message: string, exitCode = 0, status = inMidRun()) =>
  goOn(status, { pods: { j2: ended('j2', message, exitCode, 'node-2') } });
const one = (wire: object) =>
  JSON.stringify({ v: 1, r: repository, i: [['S', '', 'b2', [1000], '']], ...wire });

describe('a run that version 1 began', () => {
  test('goes on: its Job is waited for', () => {
    const { run } = inMidRun();
    expect(goOn(inMidRun())).toMatchObject({ status: { run }, actions: [] });
  });

  test("goes on: its Job's end is taken, and what waited is tried again", () => {
    const made = reported(one({}));
    expect(made.status.run).toMatchObject({
      id: '0tovstcs',
      done: [{ name: 'a' }, { name: 'b', state: 'Success', snapshot: 'b2' }],
      retries: [{ name: 'c', attempts: 1 }],
    });
    expect(actionsOf(made.actions, 'createJob')).toMatchObject([{ job: { step: { items: ['c'] } } }]);
  });
});

describe('an outcome of a later version, after a roll-back', () => {
  test.each([
    ['has another version', one({ v: 2 })],
    ['has a reason that is not known yet', one({ i: [['W', 'NotKnownYet', 'b2', [1000], 'x']] })],
    ['has a state that is not known yet', one({ i: [['P', '', 'b2', [1000], '']] })],
    ['failed for a reason that is not known yet', one({ f: ['NotKnownYet', 'x'] })],
  ])('that %s is no Success and no failure: what was made is read back', (_, message) => {
    const made = reported(message);
    expect(made.status.run?.done).toMatchObject([
      { name: 'a', state: 'Success' },
      // What could be restored is known on.
      { name: 'b', state: 'Unknown', reason: 'OutcomeLost', snapshot: 'b1' },
    ]);
    const { run } = made.status as Status;
    const rest = { ...made.status, run: { ...run, retries: undefined, groups: [] } } as unknown as Status;
    rest.run.done.push({ type: 'pvc', name: 'c', state: 'Success', snapshot: 'c2' });
    expect(goOn(rest, { jobs: [], pods: {} }).status.run?.maintenance).toMatchObject([{ recall: ['b'] }]);
  });

  test('that has more than is known is read without it', () => {
    expect(reported(one({ z: { more: true } })).status.run?.done).toMatchObject([
      { name: 'a' },
      { name: 'b', state: 'Success' },
    ]);
  });

  test('of a check is no passed check', () => {
    const check = { job: 'j3', check: true, part: 4, parts: 13, startedAt: '2026-11-21T01:33:00Z' };
    const status = inMidRun(({ run }) => {
      Object.assign(run, { groups: [], retries: undefined, maintenance: [check] });
      run.done = ['a', 'b', 'c'].map((name) => ({ type: 'pvc', name, state: 'Success', snapshot: name }));
    });
    const pods = { j3: ended('j3', '{"v":2,"r":"c3a1f0aa","i":[],"c":[]}') };
    const made = goOn(status, { jobs: [job('j3', '')], pods });
    expect(made.status).toMatchObject({
      repository: { check: { state: 'Failed', reason: 'OutcomeLost', part: 4 } },
      lastBackup: { run: '0tovstcs', state: 'Warning', reason: 'OutcomeLost' },
    });
  });
});

describe('a status of a later version, after a roll-back', () => {
  test('goes on: fields that the older kind does not have are not needed', () => {
    const later = inMidRun((status) => {
      Object.assign(status, { later: [1] });
      Object.assign(status.run, { later: { of: 'run' } });
      for (const step of status.run.groups) Object.assign(step, { later: 'of group' });
    });
    expect(goOn(later)).toMatchObject({ status: { run: inMidRun().run }, actions: [] });
  });

  test('an item that failed for a reason that is not known yet is tried again when it is time', () => {
    const later = inMidRun(({ run }) => {
      run.groups[1]!.finishedAt = '2026-11-21T01:32:10Z';
      run.retries![0]!.reason = 'NotKnownYet';
      run.done.push({ type: 'pvc', name: 'b', state: 'Success', snapshot: 'b2' });
    });
    const none = { jobs: [], pods: {} };
    expect(goOn(later, none, '01:32:15').wakeAt).toEqual(at('01:32:30'));
    expect(actionsOf(goOn(later, none, '01:32:30').actions, 'createJob')).toMatchObject([
      { job: { step: { items: ['c'] } } },
    ]);
  });
});

test('a mover that does not understand its task yet is tried again: soon operator and templates are of one version', () => {
  const message = 'The mover does not understand its task: it is of version 2, and this mover speaks 1.';
  const made = reported(JSON.stringify({ v: 1, i: [], f: ['TaskInvalid', message] }), 1);
  expect(made.status.run?.retries).toMatchObject([
    { name: 'c' },
    { name: 'b', attempts: 1, reason: 'TaskInvalid' },
  ]);
});
